"""The wire: messages past ASGI."""

import asyncio
import logging

import pytest
from small_app import Running
from websocket_help import Serve, ended, handshake
from websockets.asyncio.client import connect

from app.core.websocket_protocol import WIRE, LimitedWebSocket, websocket_protocol
from app.utils.websocket_frames import BINARY, TEXT, framed


def wire_of(running: Running) -> LimitedWebSocket:
    wire: LimitedWebSocket = running.scopes[-1]["extensions"][WIRE]
    return wire


async def accepted(running: Running) -> LimitedWebSocket:
    """The wire of the last connection, once the application has it."""
    async with asyncio.timeout(2):
        while not running.scopes or not wire_of(running).ready:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return wire_of(running)


async def test_the_same_bytes_can_be_written_to_many(serve: Serve) -> None:
    running = await serve()
    message = framed(TEXT, b'{"t":"tick"}' * 100)
    async with connect(running.url) as one, connect(running.url) as other:
        await accepted(running)
        for scope in running.scopes:
            scope["extensions"][WIRE].write(message)
            scope["extensions"][WIRE].write_all([framed(TEXT, b"one"), framed(BINARY, b"two")])
        assert await one.recv() == await other.recv() == '{"t":"tick"}' * 100
        assert [await one.recv(), await one.recv()] == ["one", b"two"]
        taken = [scope["extensions"][WIRE].outflow.taken for scope in running.scopes]
    assert min(taken) > len(message)


async def test_s7_a_wire_is_not_ready_while_its_buffer_is_full_and_tells_when_it_is_again(serve: Serve) -> None:
    running = await serve()
    reader, writer = await handshake(running.port)
    wire = await accepted(running)
    changes: list[bool] = []
    wire.on_change = lambda: changes.append(wire.ready)
    count = 0
    while wire.ready:
        wire.write(framed(BINARY, b"x" * 100_000))
        count += 1
        await asyncio.sleep(0)
    assert wire.outflow.waiting > 0
    assert not changes
    taken = 0
    while taken < count * 100_010:
        taken += len(await reader.readexactly(100_010))
    assert changes == [True]
    writer.close()
    await ended(running)
    assert changes[1:] in ([], [False]), "the application may have ended before it could be told"


async def test_closing_by_the_wire_ends_what_the_application_receives_and_nothing_goes_out_after(serve: Serve) -> None:
    running = await serve()
    reader, writer = await handshake(running.port)
    wire = await accepted(running)
    wire.write(framed(TEXT, b"last"))
    wire.close(4401, "late")
    assert not wire.ready
    wire.close(1000, "again")
    await ended(running)
    assert running.received == [{"type": "websocket.disconnect", "code": 4401, "reason": "late"}]
    assert await reader.read() == b"\x81\x04last\x88\x06\x11\x31late"
    wire.write(framed(TEXT, b"too late"))
    assert wire.closed
    writer.close()


async def test_a_wire_is_closed_when_the_peer_is_gone(serve: Serve) -> None:
    running = await serve()
    _reader, writer = await handshake(running.port)
    wire = await accepted(running)
    writer.transport.abort()
    await ended(running)
    assert wire.closed
    assert not wire.ready


async def test_nothing_is_written_after_a_bad_frame(serve: Serve) -> None:
    running = await serve()
    reader, writer = await handshake(running.port)
    wire = await accepted(running)
    writer.write(b"\xff\x80\x00\x00\x00\x00")
    await ended(running)
    assert not wire.ready
    closing = await reader.read()
    assert (closing[0], closing[2:4]) == (0x88, b"\x03\xea")
    writer.close()


@pytest.mark.parametrize("fragment", [b"\x01", b"\x02", b"\x01\x81\x00\x00\x00\x00a\x00"])
async def test_a_close_amid_a_message_is_answered_as_any_other(serve: Serve, fragment: bytes) -> None:
    running = await serve()
    reader, writer = await handshake(running.port)
    writer.write(fragment + b"\x81\x00\x00\x00\x00a" + b"\x88\x82\x00\x00\x00\x00\x03\xe8")
    assert await reader.read() == b"\x88\x02\x03\xe8"
    await ended(running)
    assert running.received == [{"type": "websocket.disconnect", "code": 1000, "reason": ""}]
    writer.close()


@pytest.mark.parametrize(
    "then", [b"\xff\x80\x00\x00\x00\x00", b"\x88\x82\x00\x00\x00\x00\x03\xe8"], ids=["bad", "close"]
)
async def test_bad_text_before_a_frame_that_ends_the_connection_is_no_fault_of_the_server(
    serve: Serve, caplog: pytest.LogCaptureFixture, then: bytes
) -> None:
    running = await serve()
    reader, writer = await handshake(running.port)
    writer.write(b"\x81\x81\x00\x00\x00\x00\xff" + then)
    assert (await reader.read())[:1] == b"\x88"
    await ended(running)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
    writer.close()


def test_the_limits_are_the_class_s() -> None:
    made = websocket_protocol(silence_seconds=1, stall_seconds=2)
    assert (made.silence_seconds, made.stall_seconds) == (1, 2)
    assert (LimitedWebSocket.silence_seconds, LimitedWebSocket.stall_seconds) == (45, 60)


async def test_a_text_that_came_whole_may_be_heard_at_once_and_all_else_is_received_in_its_order(serve: Serve) -> None:
    running = await serve()
    heard: list[str] = []

    def hear(payload: bytes) -> bool:
        text = payload.decode()
        if text.startswith("now"):
            heard.append(text)
        return text.startswith("now")

    async with connect(running.url) as ws:
        await accepted(running)
        await ws.send("before")
        await asyncio.sleep(0.05)
        running.scopes[0]["extensions"][WIRE].hear = hear
        await ws.send("now 1")
        await ws.send("later")
        await asyncio.sleep(0.05)
        await ws.send(["now, but ", "in two frames"])
        await ws.send(b"now in bytes")
        await asyncio.sleep(0.05)
        await ws.send("now 2")
        await asyncio.sleep(0.05)
    assert heard == ["now 1", "now 2"]
    came = [each.get("text") or each.get("bytes") for each in running.received if each["type"] == "websocket.receive"]
    assert came == ["before", "later", "now, but in two frames", b"now in bytes"]
