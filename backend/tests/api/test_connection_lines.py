"""The log has one line for each connection, whichever way it ends, and none of a client's words."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import healthy
from server_process import ServerProcess
from websockets.asyncio.client import ClientConnection
from wire import dial
from wire_door import Door, Room

pytestmark = pytest.mark.process

SETTINGS = {
    "WHITEBOARD_LOG_FORMAT": "json",
    "WHITEBOARD_LOG_LEVEL": "debug",
    "WHITEBOARD_HELLO_SECONDS": "1.5",
    "WHITEBOARD_SILENCE_SECONDS": "2.5",
    "WHITEBOARD_MAX_FRAME": "4096",
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[ServerProcess]:
    with healthy(server := ServerProcess(tmp_path / "data", SETTINGS)):
        yield server


@pytest.fixture
async def door(running: ServerProcess) -> AsyncIterator[Door]:
    async with Door(running.url) as opened:
        yield opened


def lines(server: ServerProcess) -> list[dict[str, Any]]:
    """The lines about connections so far."""
    records = [json.loads(line) for line in server.stderr.splitlines()]
    return [record for record in records if record["event"] == "connection ended"]


async def last_line(server: ServerProcess, count: int = 1) -> dict[str, Any]:
    """Wait until that many connections have ended; give the last one's line."""
    async with asyncio.timeout(10):
        while len(lines(server)) < count:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)
    assert len(lines(server)) == count
    return lines(server)[-1]


async def greeted(server: ServerProcess, room: Room) -> ClientConnection:
    """A connection that said hello, and was answered."""
    socket = await dial(server.url, room.id)
    await socket.send(json.dumps({"t": "hello", "token": room.token}))
    await socket.recv()
    return socket


async def test_an_ordinary_connection(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    person = await door.enter(room)
    await person.save(person.put(), person.put())
    await person.close()
    line = await last_line(running)
    assert (line["room"], line["session"]) == (room.id, room.created["session"]["id"])
    assert (line["code"], line["reason"], line["level"]) == ("1000", "the client left", "info")
    assert (line["frames_in"], line["ops_in"]) == (2, 2)
    assert line["frames_out"] == len(person.frames)
    assert line["bytes_out"] > 0
    assert 0 < line["seconds"] < 60


async def test_a_client_that_breaks_the_protocol(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    for count, (words, code) in enumerate([("chatter", "4400"), (b"\0", "1003"), ("x" * 5000, "1009")], 1):
        socket = await greeted(running, room)
        await socket.send(words)
        await socket.wait_closed()
        line = await last_line(running, count)
        assert (line["code"], line["room"]) == (code, room.id)
        assert "chatter" not in str(line)


async def test_those_who_never_enter(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    mute = await dial(running.url, room.id)
    await mute.wait_closed()
    line = await last_line(running)
    assert (line["code"], line["reason"], line["room"], line["session"]) == ("4408", "no hello in time", None, None)
    forger = await dial(running.url, "garbage%0Aerror=forged")
    await forger.send(json.dumps({"t": "hello", "token": room.token}))
    await forger.wait_closed()
    line = await last_line(running, 2)
    assert (line["code"], line["room"]) == ("4401", None)
    with pytest.raises(Exception, match="403"):
        await dial(running.url, room.id, origin="https://evil.example")
    assert (await last_line(running, 3))["code"] == "403"
    assert [word for word in ("garbage", "forged", "evil", room.token) if word in running.stderr] == []


async def test_the_words_of_a_closing_client_are_not_repeated(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    for count, code in enumerate((1000, 1011, 4400), 1):
        await (await greeted(running, room)).close(code, "chatter")
        line = await last_line(running, count)
        assert line["code"] == ("1000" if code == 1000 else "other")
    assert "chatter" not in running.stderr


async def test_a_line_that_breaks_and_one_that_is_silent(running: ServerProcess, door: Door) -> None:
    room = await door.create()
    broken = await greeted(running, room)
    broken.transport.abort()
    line = await last_line(running)
    assert line["reason"].startswith("the line broke")
    silent = await greeted(running, room)
    silent.transport.pause_reading()  # so that no ping is answered
    line = await last_line(running, 2)
    silent.transport.abort()
    assert (line["code"], line["reason"]) == ("1006", "silent")


async def test_a_stop_of_the_server(running: ServerProcess, door: Door) -> None:
    person = await door.enter(await door.create())
    assert await asyncio.to_thread(running.terminate) == 0
    await person.until(lambda: person.closed)
    assert (lines(running)[-1]["code"], len(lines(running))) == ("1012", 1)
    running.start()
