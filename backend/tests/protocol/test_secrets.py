"""H2: tokens and invites reach no log, no address, no Redis and no file; the database keeps only what proves them."""

import asyncio
import json
import socket
import threading
import time
from pathlib import Path

import httpx
import outside
import pytest
from forging import forge
from processes import healthy
from server_process import ServerProcess
from server_secrets import candidates, secrets_in
from wire import dial
from wire_door import Door, Room, http

from whiteboard_client import Seat, connect, fetch_room, join_room, path_data, renew

pytestmark = pytest.mark.process

ALONE = {"DATABASE_URL": "", "REDIS_URL": ""}
"""What is looked through is all in the data directory."""
SETTINGS = {**ALONE, "WHITEBOARD_BACKUP_SECONDS": "0.5", "WHITEBOARD_LOG_FORMAT": "json"}


class Monitor:
    """All that an embedded Redis is told, until it ends."""

    def __init__(self, data_dir: Path) -> None:
        self.heard = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(data_dir / "redis.sock"))
        self._socket.sendall(b"MONITOR\r\n")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            self.heard += data

    def end(self) -> str:
        """What was heard."""
        self._thread.join(10)
        self._socket.close()
        return self.heard.decode(errors="replace")


@pytest.fixture(autouse=True)
def on_sqlite() -> None:
    """These look into the database's file and the embedded Redis."""
    if outside.outside:
        pytest.skip("what is stored in PostgreSQL and a Redis outside is the same")


def test_h2_secrets_stand_nowhere_but_where_they_are_needed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    one, two = ServerProcess(data_dir, SETTINGS), ServerProcess(data_dir, SETTINGS)
    with healthy(one, two):
        monitor = Monitor(data_dir)
        secrets = asyncio.run(leave_traces(one, two))
    said = [one.stderr, *one.output, two.stderr, *two.output, monitor.end()]
    one.start()  # what it reads from its files, it does not tell either
    secrets += asyncio.run(leave_traces(one, one))
    one.kill()
    said += [one.stderr, *one.output]
    files = [path for path in data_dir.rglob("*") if path.is_file() and path.name != "jwt.key"]
    assert {"whiteboard.db", "redis.log"} <= {path.name for path in files}
    assert any(path.parent.name == "backups" for path in files)
    said += [path.read_bytes().decode("latin-1") for path in files]
    key = (data_dir / "jwt.key").read_text().strip()
    everything = "\n".join(said)
    assert "PUBLISH" in everything.upper(), "the monitor heard something"
    assert "connection ended" in everything, "the log was at its most talkative"
    assert [each for each in [*secrets, *parts(secrets), key] if each in everything] == []


def parts(secrets: list[str]) -> list[str]:
    """Tokens without their signatures, and signatures alone."""
    tokens = [each for each in secrets if each.count(".") == 2]
    return [each for token in tokens for each in (token.rpartition(".")[0], token.rpartition(".")[2])]


async def leave_traces(server: ServerProcess, other: ServerProcess) -> list[str]:
    """Use secrets in every way, right and wrong; give them."""
    async with Door(server.url) as door, http(other.url) as client:
        room, elsewhere = await door.create(), await door.create()
        aged = forge(server.data_dir, room.token, exp=int(time.time()) + 3600)
        renewed = (await client.post(f"/api/rooms/{room.id}/sessions/renew", headers=bearer(aged))).json()["token"]
        seat = await join_room(room.created["invite_url"], "Python")
        await draw(seat)
        people = [await door.enter(room, name) for name in ("Bob", "Eve")]
        await people[0].save(people[0].put(), live=[people[0].piece(1, 2, 3, 4)], cursor=[1, 2])
        for token in (room.token, renewed):
            await misuse(server, client, room, elsewhere, token)
    return [room.invite, elsewhere.invite, room.token, elsewhere.token, aged, renewed, seat.token]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def draw(seat: Seat) -> None:
    """As a program does."""
    async with connect(seat) as board:
        board.draw(path_data([(0, 0), (5, 5)]))
        await board.saved()
    await fetch_room(seat)
    await renew(seat)


async def misuse(server: ServerProcess, client: httpx.AsyncClient, room: Room, elsewhere: Room, token: str) -> None:
    """Show secrets at the wrong door, in the wrong shape, and in the wrong place."""
    for given in (token, token[:-2], f"{token}.x"):
        for path in (f"/api/rooms/{elsewhere.id}", f"/api/rooms/{room.id}", f"/api/rooms/{room.id}/drawing.svg", "/x"):
            await client.get(path, headers=bearer(given))
        for body in ({"name": token, "invite": room.invite}, {"name": "", "invite": room.invite}, {"invite": token}):
            for where in (room.id, elsewhere.id):
                await client.post(f"/api/rooms/{where}/sessions", json=body)
    await client.post("/api/rooms", content=f'{{"name": "{token}', headers={"Content-Type": "application/json"})
    hello = json.dumps({"t": "hello", "token": token})
    frames = [
        [hello[:-1]],
        [hello, hello],
        [hello, json.dumps({"t": token})],
        [hello, json.dumps({"t": "batch", "n": token})],
        [hello, json.dumps({"t": "batch", "n": 1, "ops": [{"op": token, "id": room.invite}, token]})],
        [hello, json.dumps({"t": "batch", "live": [token], "cursor": token}), "x"],
        [hello, json.dumps({"t": "ping", "c": token})],
        [json.dumps({"t": "hello", "token": [token]})],
        [json.dumps({"t": "hello", "token": f"{token}x", "invite": room.invite})],
    ]
    for room_id in (room.id, elsewhere.id):
        for sent in frames:
            connection = await dial(server.url, room_id)
            for frame in sent:
                await connection.send(frame)
            await connection.close()


def test_what_looks_for_secrets_finds_them(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", ALONE) as server:
        room = asyncio.run(created(server))
        assert secrets_in(f"GET /r/x?{room.token} {room.invite}x", tmp_path / "data") == [room.token, room.invite]
        assert secrets_in(f"of {room.id} at 2026-11-23T03:50:00.000000Z", tmp_path / "data") == []
    assert list(candidates(f"{room.invite}x")) == [room.invite, f"{room.invite[1:]}x"]


def test_the_whole_suite_is_looked_at(tmp_path: Path) -> None:
    """Every server of the tests is: one that is asked for an address with a secret fails at its end."""
    server = ServerProcess(tmp_path / "data", ALONE)
    server.start()
    room = asyncio.run(created(server))
    httpx.get(f"{server.url}/r/{room.id}?{room.invite}", trust_env=False)
    with pytest.raises(AssertionError, match="H2"):
        server.terminate()


async def created(server: ServerProcess) -> Room:
    async with Door(server.url) as door:
        return await door.create()
