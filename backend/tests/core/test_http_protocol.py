"""The limits of an HTTP connection, on real sockets with short times."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable

import pytest
from small_app import Running

from app.core.headers import HEADERS
from app.core.http_protocol import HEAD_BYTES, LimitedHttp, http_protocol

Serve = Callable[..., Awaitable[Running]]

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SECONDS = 0.5


async def dial(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", running.port)


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    received = b""
    async with asyncio.timeout(20):
        try:
            while data := await reader.read(65536):
                received += data
        except ConnectionResetError:
            pass
    return received


async def drip(writer: asyncio.StreamWriter, data: bytes, seconds: float = 0.02) -> None:
    """Send byte after byte, until nobody listens any more."""
    try:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(seconds)
    except ConnectionError:
        pass


def problem(answer: bytes, status: int, code: str) -> None:
    """Check that the answer is a whole problem, with the headers that every answer bears."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first.split()[1] == str(status), answer
    assert json.loads(body)["code"] == code
    assert json.loads(body)["status"] == status
    assert headers.items() >= HEADERS.items()
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Connection"] == "close"


@pytest.mark.parametrize(
    "head",
    [REQUEST[:-2] + b"X-Drip: " + b"x" * 10_000, b"G" * 10_000, b"\r\n" * 5000, b"GET /" + b"x" * 10_000],
    ids=["header", "method", "empty lines", "path"],
)
async def test_a_head_that_drips_in_is_cut_off(serve: Serve, head: bytes) -> None:
    running = await serve(request_seconds=SECONDS)
    reader, writer = await dial(running)
    dripping = asyncio.create_task(drip(writer, head))
    answer = await rest(reader)
    dripping.cancel()
    if head.startswith(b"GG"):
        problem(answer, 400, "bad_http")
    else:
        problem(answer, 408, "request_timeout")
    writer.close()


async def test_it_is_cut_off_also_after_a_good_request(serve: Serve) -> None:
    running = await serve(request_seconds=SECONDS)
    reader, writer = await dial(running)
    for _ in range(2):
        writer.write(REQUEST)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"0\r\n\r\n")
    dripping = asyncio.create_task(drip(writer, b"\r\n" * 5000))
    problem(await rest(reader), 408, "request_timeout")
    dripping.cancel()
    writer.close()


async def test_a_connection_without_a_request_is_closed_without_a_word(serve: Serve) -> None:
    running = await serve(request_seconds=SECONDS)
    reader, writer = await dial(running)
    assert await rest(reader) == b""
    writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES + b"\r\n\r\n",
        b"GET /" + b"x" * HEAD_BYTES + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * HEAD_BYTES + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 20 * HEAD_BYTES,
    ],
    ids=["header", "path", "many", "without end"],
)
async def test_a_head_that_is_too_large_is_refused(serve: Serve, head: bytes) -> None:
    running = await serve()
    reader, writer = await dial(running)
    writer.write(head)
    answer = await rest(reader)
    if answer:  # closing with unread bytes may take the answer with it
        problem(answer, 431, "head_too_large")
    writer.close()
    async with asyncio.timeout(5):
        while running.server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_large_head_within_the_limit_is_served(serve: Serve) -> None:
    running = await serve()
    reader, writer = await dial(running)
    writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * (HEAD_BYTES - 100) + b"\r\n\r\n")
    assert (await rest(reader)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_what_an_answered_request_still_sends_is_thrown_away_for_some_time(serve: Serve) -> None:
    """Closing at once, or answering twice, would take the answer from who is still sending."""
    running = await serve(request_seconds=2)  # its application answers without having read anything
    reader, writer = await dial(running)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n")
    for _ in range(30):
        writer.write(b"x" * 100_000)
        await writer.drain()
    answer = await rest(reader)
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00", b"SSH-2.0-x\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0"])
async def test_what_is_no_http_is_refused(serve: Serve, data: bytes) -> None:
    running = await serve()
    reader, writer = await dial(running)
    writer.write(data)
    problem(await rest(reader), 400, "bad_http")
    writer.close()


async def test_a_reader_that_stopped_is_aborted(serve: Serve) -> None:
    running = await serve(page=b"x" * 20_000_000, stall_seconds=SECONDS)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", running.port))
    await asyncio.get_running_loop().sock_sendall(sock, REQUEST)
    async with asyncio.timeout(20):
        while not running.server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        while running.server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    sock.close()


async def test_a_slow_reader_is_left_alone(serve: Serve) -> None:
    page = b"x" * 3_000_000
    running = await serve(page=page, stall_seconds=SECONDS)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port, limit=16_384)
    writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    received = 0
    while data := await reader.read(32_768):
        received += len(data)
        await asyncio.sleep(0.01)
    assert received > len(page)
    writer.close()


def test_the_limits_are_the_class_s() -> None:
    made = http_protocol(request_seconds=1, stall_seconds=2)
    assert (made.request_seconds, made.stall_seconds) == (1, 2)
    assert (LimitedHttp.request_seconds, LimitedHttp.stall_seconds) == (30, 60)
