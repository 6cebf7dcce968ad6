"""Several workers behind one address: one room over both, and what becomes of it when one of them, or all, end."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_crowd import Crowd, on_disk
from fault_gate import gates, kill, owner, workers
from fault_processes import eventually, running, runs
from processes import children, healthy
from server_process import ServerProcess
from wire_door import Door, http

from app.core.workers.slots import SILENT_SECONDS

SETTINGS = {"WHITEBOARD_WORKERS": "2", "WHITEBOARD_BACKUP_SECONDS": "0"}
SEED = 77


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with two workers; who ends them lets them come back."""
    with healthy(started := ServerProcess(tmp_path_factory.mktemp("workers") / "data", SETTINGS)):
        yield started


async def readiness(server: ServerProcess) -> dict[str, Any]:
    async with http(server.url) as client:
        told: dict[str, Any] = (await client.get("/readyz")).json()
    return told


async def until_ready(server: ServerProcess) -> None:
    """Wait until both workers serve."""
    async with asyncio.timeout(20):
        while (await readiness(server))["status"] != "ready":  # noqa: ASYNC110 - it is about other processes
            await asyncio.sleep(0.05)


async def figures_of(server: ServerProcess, *names: str) -> dict[str, float]:
    """The samples whose line begins with one of these names, as they stand there (without `whiteboard_`)."""
    async with http(server.url) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    samples = [line.removeprefix("whiteboard_").rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in samples if name.startswith(names)}


async def test_people_of_one_room_on_both_workers_see_one_room(
    server: ServerProcess, figures: Callable[..., None]
) -> None:
    async with gates(server) as ways, await Crowd.enter([way.url for way in ways], 4, seed=SEED, watchers=1) as crowd:
        there = await figures_of(server, "connections{", "rooms_open")
        assert sum(there[f'connections{{worker="{n}"}}'] for n in "12") == 6
        assert [there[f'rooms_open{{worker="{n}"}}'] for n in "12"] == [1, 1]
        crowd.draw()
        await asyncio.sleep(1)
        result = await crowd.judge(server.data_dir)
        figures("workers", **result, probe=await crowd.probe(10))


async def test_people_of_one_room_are_brought_together(server: ServerProcess) -> None:
    before = await figures_of(server, "rooms_open")
    async with Door(server.url) as door:
        for room in [await door.create() for _ in range(6)]:
            await door.several(room, ["Ada", "Bob", "Cyd"])
        opened = sum((await figures_of(server, "rooms_open")).values()) - sum(before.values())
        people = await figures_of(server, "connections{")
    assert (opened, sum(people.values())) == (6, 18)


async def test_p4_a_worker_that_is_killed_loses_nothing_and_is_replaced(
    server: ServerProcess, long: bool, figures: Callable[..., None]
) -> None:
    await until_ready(server)
    async with gates(server) as ways, await Crowd.enter([way.url for way in ways], 6, seed=SEED + 1) as crowd:
        crowd.draw()
        for _ in range(20 if long else 2):
            await asyncio.sleep(0.5)
            number, before = owner(server), workers(server)
            kill(server, number)
            await eventually(lambda n=number, b=before: workers(server).get(n, b[n]) != b[n], 20, "another is there")
            disk = on_disk(server.data_dir, crowd.room_id)
            assert crowd.book.lost(disk) == []
            await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 20, "all are back")
            await crowd.probe(20)
            await until_ready(server)
        result = await crowd.judge(server.data_dir)
    restarts = await figures_of(server, "worker_restarts_total")
    assert sum(restarts.values()) >= 2
    figures("worker killed", **result, restarts=sum(restarts.values()))


async def test_a_worker_that_hangs_is_told_and_others_serve(server: ServerProcess) -> None:
    await until_ready(server)
    pid = workers(server)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(SILENT_SECONDS + 1)
        for _ in range(3):
            state = await readiness(server)
            assert (state["status"], state["workers"]) == ("degraded", {"expected": 2, "ready": 1})
        there = await figures_of(server, "workers", "connections{")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert there == {'connections{worker="2"}': 0, "workers": 2, "workers_up": 1}
    await until_ready(server)


async def test_whichever_worker_is_asked_tells_of_all(server: ServerProcess) -> None:
    await until_ready(server)
    async with gates(server) as ways, Door(ways[0].url) as door:
        room = await door.create()
        one, other = await door.enter(room, at=ways[0].url), await door.enter(room, "Bob", at=ways[1].url)
        await one.save(one.put())
        await other.until(lambda: other.board.paths)
        pages = []
        for way in ways:
            async with http(way.url) as client:
                page = (await client.get("/metrics")).text.splitlines()
            names = ("whiteboard_connections{", "whiteboard_ops_total", "whiteboard_build", "whiteboard_workers")
            pages.append([line for line in page if line.startswith(names)])
    assert pages[0] == pages[1]
    assert 'whiteboard_connections{worker="1"} 1.0' in pages[0]
    assert 'whiteboard_connections{worker="2"} 1.0' in pages[0]
    assert len([line for line in pages[0] if line.startswith("whiteboard_build")]) == 1


async def test_c4_one_worker_may_be_stopped_in_order(server: ServerProcess) -> None:
    await until_ready(server)
    async with gates(server) as ways, Door(ways[1].url) as door:
        person = await door.enter(await door.create())
        before = workers(server)
        os.kill(before[1], signal.SIGTERM)
        assert (await person.until_closed())[0] == 1012
        assert person.frames[-1]["t"] == "bye"
        await eventually(lambda: workers(server).get(1, before[1]) != before[1], 20, "another is there")
    await until_ready(server)
    assert workers(server)[0] == before[0]


def test_of_two_servers_only_one_gets_the_port(server: ServerProcess, tmp_path: Path) -> None:
    other = ServerProcess(tmp_path / "data", SETTINGS, port=server.port)
    assert refused(other) == (
        f"whiteboard: The port {server.port} is in use on 127.0.0.1: "
        "choose another with --port, or end the program that has it.\n"
    )


def test_what_keeps_all_from_starting_is_told_once(tmp_path: Path) -> None:
    said = refused(ServerProcess(tmp_path / "data", {**SETTINGS, "REDIS_URL": "redis://127.0.0.1:1/0"}))
    assert said.startswith("whiteboard: REDIS_URL: the Redis that it names does not answer")


def refused(server: ServerProcess) -> str:
    """Start a server that cannot start; give the one line that it says."""
    assert server.launch().wait() == 1, server.stderr
    assert not server.output
    assert server.stderr.count("\n") == 1, server.stderr
    return server.stderr


async def test_c4_the_end_of_all(data_dir: Path) -> None:
    server = ServerProcess(data_dir, {**SETTINGS, "WHITEBOARD_WORKERS": "3"})
    with healthy(server):
        assert server.output == [f"Whiteboard is ready: http://localhost:{server.port}\n"]
        processes = [*workers(server).values(), *children(workers(server)[owner(server)])]
        assert len(processes) == 4
        async with gates(server, 3) as ways, Door(server.url) as door:
            room = await door.create()
            people = [await door.enter(room, name, at=way.url) for name, way in zip("abc", ways, strict=True)]
            last = [await person.batch(person.put()) for person in people]
            for person in people:
                await person.ping()
            assert await asyncio.to_thread(server.terminate) == 0
            for person, n in zip(people, last, strict=True):
                assert (await person.until_closed())[0] == 1012
                assert person.frames[-1]["t"] == "bye"
                assert person.acked == n
            assert len(on_disk(data_dir, room.id).paths) == 3
        assert not any(map(runs, processes))


async def test_who_ends_by_force_leaves_nothing_and_the_next_start_works(data_dir: Path) -> None:
    async with running(ServerProcess(data_dir, SETTINGS)) as (server,):
        processes = list(workers(server).values())
        await asyncio.to_thread(server.kill)
        await eventually(lambda: not any(map(runs, processes)), 5, "the workers end with their supervisor")
        await asyncio.to_thread(server.start)
        processes = list(workers(server).values())
        os.kill(processes[1], signal.SIGSTOP)
        for _ in range(3):
            os.kill(server.pid, signal.SIGTERM)
            await asyncio.sleep(0.3)
        assert await asyncio.to_thread(server.wait) == -signal.SIGTERM  # the third is left to the system
        await eventually(lambda: not any(map(runs, processes)), 5, "even one that hangs ends")
