"""`/metrics` of real servers: what is counted is what was done."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from figures import figures_of, until
from processes import healthy, kill_redis, redis_of
from server_process import ServerProcess
from websockets.asyncio.client import ClientConnection
from wire import dial
from wire_door import Door, Room, http

pytestmark = pytest.mark.process


@pytest.fixture
def running(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", {"WHITEBOARD_BACKUP_SECONDS": "0.2"})
    with healthy(server):
        yield server


@pytest.fixture
async def door(running: ServerProcess) -> AsyncIterator[Door]:
    async with Door(running.url) as opened:
        yield opened


async def heard(socket: ClientConnection, texts: list[str], kind: str) -> dict[str, Any]:
    """Keep what comes, up to a frame of a kind."""
    while True:
        texts.append(str(await asyncio.wait_for(socket.recv(), 10)))
        frame: dict[str, Any] = json.loads(texts[-1])
        if frame["t"] == kind:
            return frame


async def test_every_frame_and_byte_is_counted(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    before = await figures_of(running.url)
    socket = await dial(running.url, room.id)
    name = "Zoë"  # two bytes for one letter
    sent = [json.dumps({"t": "hello", "token": await door.token(room, name)})]
    sent += [json.dumps({"t": "ping", "c": each, "x": "ë"}, ensure_ascii=False) for each in range(3)]
    got: list[str] = []
    for text in sent:
        await socket.send(text)
        await heard(socket, got, "pong" if "ping" in text else "snapshot")
    await asyncio.sleep(0.3)  # the tick that tells of oneself
    await socket.close()
    got += [str(text) async for text in socket]
    figures = await until(running.url, lambda now: now.get("connections_closed_total{1000}") == 1)
    assert figures["frames_total{in}"] - before["frames_total{in}"] == len(sent)
    assert figures["frames_total{out}"] - before["frames_total{out}"] == len(got)
    assert figures["frame_bytes_total{in}"] - before["frame_bytes_total{in}"] == size(sent)
    assert figures["frame_bytes_total{out}"] - before["frame_bytes_total{out}"] == size(got)
    assert figures["connections_opened_total"] == 1
    assert figures["connections"] == figures["connections_without_hello"] == 0


def size(texts: list[str]) -> int:
    return sum(len(text.encode()) for text in texts)


async def test_people_ops_and_refusals_are_counted(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    people = await door.several(room, ["Ada", "Bob", "Cyd"])
    for person in people:
        for _ in range(4):
            await person.save(person.put(), person.put())
    bad = await people[0].batch({**people[0].put(), "width": -1}, {**people[0].put(), "ts": 1})
    await people[0].error(n=bad, i=1)
    await people[1].resync()
    stranger = await dial(running.url, room.id)
    figures = await until(running.url, lambda now: now["connections_without_hello"] == 1)
    assert figures["connections"] == 3
    assert (figures["rooms_open"], figures["rooms_live"], figures["rooms_asleep"]) == (1, 1, 0)
    assert figures["ops_total{received}"] == 3 * 4 * 2 + 2
    assert figures["ops_total{committed}"] == figures["ops_total{shown}"] == 3 * 4 * 2
    assert figures["commit_seconds_count"] == figures["commit_seconds_bucket{+Inf}"] >= 4
    assert figures["tick_lag_seconds_count"] >= figures["commit_seconds_count"]
    assert figures["redis_seconds_count"] > figures["commit_seconds_count"]
    assert figures["refused_total{invalid_op,op}"] == figures["refused_total{too_old,op}"] == 1
    assert figures["resyncs_total{join}"] == 3
    assert figures["resyncs_total{asked}"] == 1
    assert figures["storage_up"] == figures["redis_up"] == 1
    await stranger.close()


async def test_each_way_of_being_refused_has_its_count(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    async with http(running.url) as client:
        await client.get(f"/api/rooms/{room.id}")
        await client.post("/api/rooms", json={"name": ""})
    for text in ("nonsense", json.dumps({"t": "hello", "token": "x" * 50})):
        socket = await dial(running.url, room.id)
        await socket.send(text)
        await socket.wait_closed()
    with pytest.raises(Exception, match="403"):
        await dial(running.url, room.id, origin="https://evil.example")
    own = await dial(running.url, room.id)
    await own.close(4999, "a code of the client's own")
    figures = await until(running.url, lambda now: now.get("connections_closed_total{other}") == 1)
    refused = {name: count for name, count in figures.items() if name.startswith("refused_total") and count}
    reasons = ("unauthenticated,request", "invalid_request,request", "4400,connection", "4401,connection")
    assert refused == {f"refused_total{{{each}}}": 1 for each in (*reasons, "origin,connection")}


async def test_who_comes_back_is_counted_by_what_it_needed(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    away = await door.enter(room)
    await away.close()
    here = await door.enter(room, "Bob")
    await here.save(here.put())
    await door.enter(room, memory=away.memory)
    away.memory.epoch = "another"
    await door.enter(room, memory=away.memory)
    figures = await figures_of(running.url)
    kinds = {kind: figures[f"resyncs_total{{{kind}}}"] for kind in ("join", "delta", "full", "epoch")}
    assert kinds == {"join": 2, "delta": 1, "full": 1, "epoch": 0}


async def test_redis_that_is_away_shows(running: ServerProcess, door: Door) -> None:
    person = await door.enter(await door.create())
    redis = redis_of(running)
    assert redis
    os.kill(redis, signal.SIGSTOP)
    figures = await until(running.url, lambda now: now["redis_up"] == 0)
    assert figures["redis_losses_total"] == 1
    os.kill(redis, signal.SIGKILL)
    figures = await until(running.url, lambda now: now["redis_up"] == 1 and now["resyncs_total{epoch}"] >= 2)
    assert figures["redis_losses_total"] == 1
    await person.save(person.put())


async def test_a_backup_that_fails_shows(running: ServerProcess, door: Door) -> None:
    await door.create()
    figures = await until(running.url, lambda now: now.get("backup_age_seconds", 9) < 9 and now["backup_bytes"])
    assert figures["backup_ok"] == 1
    assert figures["backup_failures_total"] == 0
    assert figures["backup_last_duration_seconds"] > 0
    backups = running.data_dir / "backups"
    backups.rename(backups.with_name("elsewhere"))
    backups.write_text("in the way", "utf-8")
    figures = await until(running.url, lambda now: now["backup_failures_total"] > 0)
    assert "backup_age_seconds" not in figures
    backups.unlink()
    backups.with_name("elsewhere").rename(backups)
    await until(running.url, lambda now: now.get("backup_age_seconds", 9) < 9)


async def test_each_process_has_figures_of_its_own(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    other = ServerProcess(running.data_dir, running.env)
    with healthy(other):
        async with Door(other.url) as elsewhere:
            one = await door.enter(room)
            two = await elsewhere.enter(room, "Bob")
            await one.save(one.put())
            await two.until(lambda: two.board.paths)
            here, there = await figures_of(running.url), await figures_of(other.url)
    assert (here["connections"], there["connections"]) == (1, 1)
    assert (here["ops_total{committed}"], there["ops_total{committed}"]) == (1, 0)
    assert (here["ops_total{shown}"], there["ops_total{shown}"]) == (1, 1)


async def test_nothing_at_metrics_tells_of_a_room_or_a_person(running: ServerProcess, door: Door) -> None:
    room = await door.create("Quetzalcoatl")
    person = await door.enter(room)
    await person.save(person.put())
    async with http(running.url) as client:
        text = (await client.get("/metrics")).text
    assert [secret for secret in secrets_of(room) if secret in text] == []


def secrets_of(room: Room) -> list[str]:
    return [room.id, room.invite, room.token, room.created["session"]["id"], "Quetzalcoatl", str(room.created)]


async def test_a_token_may_be_asked_for(tmp_path: Path) -> None:
    with healthy(server := ServerProcess(tmp_path / "data", {"WHITEBOARD_METRICS_TOKEN": "sesame"})):
        async with http(server.url) as client:
            for given in ({}, {"Authorization": "Bearer sesam"}, {"Authorization": "sesame"}):
                answer = await client.get("/metrics", headers=given)
                assert answer.status_code == 401
                assert answer.json()["code"] == "unauthenticated"
            assert (await client.get("/metrics", headers={"Authorization": "Bearer sesame"})).status_code == 200


async def test_redis_that_is_killed_is_counted(running: ServerProcess, door: Door) -> None:
    await door.enter(await door.create())
    await kill_redis(running)
    await until(running.url, lambda now: now["redis_losses_total"] == 1 and now["redis_up"] == 1)
