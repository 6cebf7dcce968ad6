"""The WebSocket of uvicorn as it is here: silence, stuck readers, limits (C1, C3, S7)."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import pytest
from small_app import Running
from websocket_help import HANDSHAKE, Serve, ended, handshake, raw
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.core.headers import HEADERS

EMPTY_PONG = b"\x8a\x80\x00\x00\x00\x00"


def now() -> float:
    return asyncio.get_running_loop().time()


async def flood(_running: Running, _receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    while True:
        await send({"type": "websocket.send", "bytes": b"x" * 100_000})


async def test_c3_a_silent_connection_is_pinged_and_dropped(serve: Serve) -> None:
    running = await serve()
    began = now()
    reader, writer = await handshake(running.port)
    assert (await reader.readexactly(2)) == b"\x89\x00", "a ping"
    assert 0.15 < now() - began < 0.4
    assert 0.5 < await ended(running) - began < 1.0
    assert running.received[-1]["type"] == "websocket.disconnect"
    writer.close()


@pytest.mark.parametrize(
    "pieces",
    [[EMPTY_PONG] * 5, [b"\x81\x81\x00\x00\x00\x00x"] * 5, [b"\x81", b"\x84", b"\x00\x00", b"\x00\x00a", b"bc"]],
)
async def test_c3_any_bytes_are_a_sign_of_life(serve: Serve, pieces: list[bytes]) -> None:
    running = await serve()
    _reader, writer = await handshake(running.port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.3)
    assert not running.ended
    writer.close()


async def test_c3_a_client_that_answers_pings_stays(serve: Serve) -> None:
    running = await serve()
    async with connect(running.url, ping_interval=None) as ws:
        await asyncio.sleep(2)
        await ws.send("still here")
        await asyncio.sleep(0.05)
    assert running.received[0]["text"] == "still here"


async def test_s7_a_reader_that_stopped_is_aborted_and_the_application_told(serve: Serve) -> None:
    running = await serve(flood)
    _reader, writer = await handshake(running.port)
    began = now()
    while not running.ended and now() - began < 5:
        writer.write(EMPTY_PONG)  # alive, but reading nothing
        await asyncio.sleep(0.1)
    assert 1.1 < running.ended[0] - began < 2.5
    writer.transport.abort()


async def test_s7_a_slow_reader_is_left_alone(serve: Serve) -> None:
    running = await serve(flood)
    reader, writer = await handshake(running.port)
    began = now()
    while now() - began < 3:
        await reader.read(2000)  # and no pong: the ping waits behind what it has not read yet
        await asyncio.sleep(0.02)
    assert not running.ended
    writer.transport.abort()


async def test_closing_does_not_wait_for_a_full_buffer(serve: Serve) -> None:
    async def fill_and_close(running: Running, _receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await flood(running, _receive, send)
        await send({"type": "websocket.close", "code": 1012})

    running = await serve(fill_and_close)
    _reader, writer = await handshake(running.port)
    began = now()
    assert await ended(running) - began < 0.9
    assert not running.server.server_state.connections
    writer.transport.abort()


async def test_closing_does_not_wait_for_a_peer_that_does_not_answer(serve: Serve) -> None:
    async def close(_running: Running, _receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        await send({"type": "websocket.close", "code": 4408, "reason": "late"})

    running = await serve(close)
    began = now()
    reader, writer = await handshake(running.port)
    assert await reader.read() == b"\x88\x06\x11\x38late"
    assert now() - began < 0.9
    writer.close()


async def test_shutdown_does_not_wait_for_a_stuck_reader(serve: Serve) -> None:
    running = await serve(flood)
    _reader, writer = await handshake(running.port)
    await asyncio.sleep(0.2)
    began = now()
    running.server.stop()
    assert await ended(running) - began < 0.9
    writer.transport.abort()


@pytest.mark.parametrize("size", [2048, 3_000_000])
async def test_c1_a_frame_over_the_limit_closes_with_1009_that_the_client_sees(serve: Serve, size: int) -> None:
    running = await serve(max_frame=1024)
    async with connect(running.url) as ws:
        await ws.send("x" * 1024)
        with contextlib.suppress(ConnectionClosed):
            await ws.send("x" * size)
        await ws.wait_closed()
    assert ws.close_code == 1009
    await ended(running)
    assert [message["type"] for message in running.received] == ["websocket.receive", "websocket.disconnect"]
    assert running.received[-1]["code"] == 1009


async def test_bytes_arrive_as_bytes(serve: Serve) -> None:
    running = await serve()
    async with connect(running.url) as ws:
        await ws.send(b"\x00\x01")
        await ws.send("text")
    await ended(running)
    assert running.received[0]["bytes"] == b"\x00\x01"
    assert running.received[1]["text"] == "text"


async def test_an_overlong_header_ends_the_connection_without_a_traceback(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    running = await serve()
    reader, writer = await raw(running.port, b"Cookie: " + b"c" * 9000 + b"\r\n")
    async with asyncio.timeout(2):
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
    writer.close()
    assert not caplog.records


@pytest.mark.parametrize(
    "handshake",
    [
        HANDSHAKE % (b"Cookie: " + b"c" * 9000 + b"\r\n"),
        HANDSHAKE.replace(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s", b""),
        HANDSHAKE.replace(b"Version: 13", b"Version: 12") % b"",
        HANDSHAKE.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"short") % b"",
    ],
)
async def test_a_broken_handshake_is_answered_with_the_headers_of_every_answer(serve: Serve, handshake: bytes) -> None:
    running = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(handshake)
    async with asyncio.timeout(5):
        first, *lines = (await reader.read()).partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert first.split()[1] == "400"
    assert dict(line.split(": ", 1) for line in lines).items() >= HEADERS.items()
    writer.close()


async def test_neither_accepted_connections_nor_frames_nor_queries_are_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    running = await serve()
    client_logger = logging.getLogger("client")
    client_logger.disabled = True
    async with connect(running.url, logger=client_logger) as ws:
        await ws.send("a secret")
    await ended(running)
    assert "[accepted]" not in caplog.text
    assert "secret" not in caplog.text
