"""Frames as such (C1), origins (C2), silence (C3) and compression (C5)."""

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from connection_help import end, end_of, hello
from processes import healthy
from server_process import ServerProcess
from websockets.exceptions import InvalidStatus
from wire import SECONDS, dial
from wire_door import Door, Room

pytestmark = pytest.mark.process
MAX_FRAME = 4096
SILENCE = 2.0
QUICK = {
    "WHITEBOARD_HELLO_SECONDS": "1.5",
    "WHITEBOARD_SILENCE_SECONDS": str(SILENCE),
    "WHITEBOARD_MAX_FRAME": str(MAX_FRAME),
    "WHITEBOARD_PUBLIC_URL": "https://board.example.org",
    "WHITEBOARD_ALLOWED_ORIGINS": "https://other.example.org:8443, http://third.example.org",
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits shortly, takes small frames only and has origins configured."""
    running = ServerProcess(tmp_path_factory.mktemp("quick") / "data", QUICK)
    with healthy(running):
        yield running


@pytest.fixture
async def quick_door(quick: ServerProcess) -> AsyncIterator[Door]:
    async with Door(quick.url) as opened:
        yield opened


async def test_c1_a_binary_frame_is_1003(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    text = hello(room.token)
    assert await end_of(server.url, room.id, text.encode()) == 1003
    assert await end_of(server.url, room.id, text, b'{"t":"resync"}') == 1003
    assert await end_of(server.url, room.id, text, b"") == 1003


async def test_c1_text_that_is_not_utf_8_ends_the_connection(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    socket = await dial(server.url, room.id)
    await socket.send(hello(room.token))
    await socket.send(b'{"t":"ping","c":1,"x":"\xff"}', text=True)
    assert (await end(socket))[0] in (1007, 4400)


async def test_c1_no_hello_in_time_is_4408(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    assert await end_of(quick.url, room.id) == 4408


async def test_c1_a_frame_over_max_frame_is_1009(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    client = await quick_door.enter(room)
    assert client.welcome["max_frame"] == MAX_FRAME
    frames = (
        [hello(room.token), padded(MAX_FRAME + 1)],
        [padded(MAX_FRAME + 1)],
        [hello(room.token), padded(100 * MAX_FRAME)],
    )
    assert await asyncio.gather(*(end_of(quick.url, room.id, *each) for each in frames)) == [1009] * 3
    await client.send(padded(MAX_FRAME))
    await client.frame(lambda frame: frame["t"] == "pong")
    # By now what comes is heard at once, which is another way than that of the frame beside a hello.
    await client.send(padded(MAX_FRAME + 1))
    assert (await client.until_closed())[0] == 1009


def padded(length: int) -> str:
    """A ping of so many bytes."""
    frame = '{"t":"ping","c":5,"x":""}'
    return frame[:-2] + "x" * (length - len(frame)) + frame[-2:]


async def test_c1_the_default_max_frame_takes_a_frame_of_that_length(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    client = await door.enter(room)
    limit = client.welcome["max_frame"]
    await client.send(padded(limit))
    await client.frame(lambda frame: frame["t"] == "pong")
    assert await end_of(server.url, room.id, hello(room.token), padded(limit + 1)) == 1009


async def status_of(url: str, room: Room, origin: str, host: str | None = None) -> int:
    """The HTTP status of an upgrade by a page of some origin, written by hand for a Host of our choice."""
    address, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    lines = [
        f"GET /api/rooms/{room.id}/ws HTTP/1.1",
        f"Host: {host or f'{address}:{port}'}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: whiteboard.v1",
        f"Origin: {origin}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(SECONDS):
        status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def test_c2_the_origin_must_be_the_requests_host(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    here = f"127.0.0.1:{server.port}"
    allowed = {
        (f"http://{here}", None),
        (f"https://{here}", None),
        ("http://board.example.org", "board.example.org"),
        ("https://board.example.org", "board.example.org"),
        ("https://board.example.org", "board.example.org:443"),
        ("http://board.example.org:8000", "board.example.org:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://board.example.org", "BOARD.example.org"),
    }
    refused = {
        ("null", None),
        ("http://127.0.0.1", None),
        (f"http://127.0.0.1:{server.port + 1}", None),
        (f"http://localhost:{server.port}", None),
        ("http://evil.example.org", None),
        (f"http://{here}.evil.example.org", None),
        (f"http://evil.example.org/{here}", None),
        (f"http://{here}@evil.example.org", None),
        (f"http://evil@{here}", None),
        (f"file://{here}", None),
        (here, None),
        ("garbage", None),
        ("http://[", None),
        ("https://board.example.org", "board.example.org:80"),
        ("http://board.example.org:8000", "board.example.org"),
    }
    seen = {pair: await status_of(server.url, room, *pair) for pair in allowed | refused}
    assert {pair for pair, status in seen.items() if status == 101} == allowed
    assert {status for pair, status in seen.items() if pair in refused} == {403}


async def test_c2_a_configured_list_counts_exactly(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    for origin in ("https://board.example.org", "https://other.example.org:8443", "http://third.example.org"):
        assert await status_of(quick.url, room, origin) == 101, origin
    here = f"http://127.0.0.1:{quick.port}"
    near = ("http://board.example.org", "https://other.example.org", "https://third.example.org", "null", here)
    for origin in (*near, "https://board.example.org:443", "https://board.example.org.evil.example.org"):
        assert await status_of(quick.url, room, origin) == 403, origin


async def test_c2_a_refusal_comes_before_the_upgrade_and_none_is_allowed(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    with pytest.raises(InvalidStatus) as refused:
        await dial(server.url, room.id, origin="https://evil.example.org")
    assert refused.value.response.status_code == 403
    await door.enter(room)


async def test_c3_a_silent_connection_is_dropped_and_one_that_answers_pings_is_not(
    quick: ServerProcess, quick_door: Door
) -> None:
    room = await quick_door.create()
    quiet = await quick_door.enter(room)
    mute = await MuteConnection.open(quick, room)
    await quiet.until(lambda: len(quiet.users) == 2)
    began = time.monotonic()
    received = await mute.read_to_the_end()
    assert time.monotonic() - began > SILENCE / 2
    assert b"\x89\x00" in received, "the server never pinged"
    await quiet.until(lambda: len(quiet.users) == 1)
    await asyncio.sleep(2 * SILENCE)  # it sends nothing but pongs
    assert quiet.closed is None
    await quiet.ping()


class MuteConnection:
    """A WebSocket by hand that says hello, and then nothing more, not even pong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, server: ServerProcess, room: Room) -> "MuteConnection":
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        request = (
            f"GET /api/rooms/{room.id}/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        writer.write(request.encode())
        await reader.readuntil(b"\r\n\r\n")
        text = hello(room.token).encode()
        writer.write(bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text)
        return cls(reader, writer)

    async def read_to_the_end(self) -> bytes:
        received = b""
        async with asyncio.timeout(SECONDS):
            try:
                while data := await self.reader.read(65536):
                    received += data
            except ConnectionResetError:
                pass
        self.writer.close()
        return received


async def test_c5_permessage_deflate_is_not_offered(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    socket = await dial(server.url, room.id, compression="deflate")
    assert socket.response is not None
    assert "Sec-WebSocket-Extensions" not in socket.response.headers
    await socket.close()
