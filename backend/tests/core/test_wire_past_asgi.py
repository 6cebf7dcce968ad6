"""The wire: messages past ASGI."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from typing import Any

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


class Ear:
    """A listener that hears some at once."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    def hear(self, payload: bytes) -> bool:
        text = payload.decode()
        if text.startswith("now"):
            self.heard.append(text)
        return text.startswith("now")

    async def take(self, event: dict[str, Any]) -> None:
        await self.may_go_on.wait()
        self.taken.append(event)
        if event.get("text") == "fault":
            raise ValueError(event)

    async def until(self, taken: int, heard: int = 0) -> None:
        """Wait until so many were taken and heard."""
        async with asyncio.timeout(5):
            while len(self.taken) < taken or len(self.heard) < heard:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    @property
    def texts(self) -> list[str | bytes | None]:
        """What was taken, but for the end."""
        return [each.get("text") or each.get("bytes") for each in self.taken if each["type"] == "websocket.receive"]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def listened_to(serve: Serve, ear: Ear) -> Running:
    """A server whose application takes one message, and leaves the rest to `ear`."""

    async def leave(running: Running, receive: Callable[..., Any], _send: Callable[..., Any]) -> None:
        running.received.append(await receive())
        await wire_of(running).listen(ear)

    return await serve(leave)


async def test_a_text_that_came_whole_may_be_heard_at_once_and_all_else_is_taken_in_its_order(
    listened_to: Running, ear: Ear
) -> None:
    async with connect(listened_to.url) as ws:
        await ws.send("hello")
        await ended(listened_to)
        await ws.send("now 1")
        await ws.send("later")
        await ear.until(1, 1)
        await ws.send(["now, but ", "in two frames"])
        await ws.send(b"now in bytes")
        await ear.until(3, 1)
        await ws.send("now 2")
        await ear.until(3, 2)
    await ear.until(4)
    assert ear.heard == ["now 1", "now 2"]
    assert ear.texts == ["later", "now, but in two frames", b"now in bytes"]
    assert [each["text"] for each in listened_to.received] == ["hello"]


async def test_what_came_before_there_was_a_listener_goes_to_it_and_so_does_the_end(
    listened_to: Running, ear: Ear
) -> None:
    async with connect(listened_to.url) as ws:
        await asyncio.gather(*map(ws.send, ["hello", "one", "two", "three"]))
    await ear.until(4)
    assert ear.texts == ["one", "two", "three"]
    assert ear.taken[-1] == {"type": "websocket.disconnect", "code": 1000, "reason": ""}


async def test_while_one_is_taken_the_others_wait_even_those_that_could_be_heard(
    listened_to: Running, ear: Ear
) -> None:
    ear.may_go_on.clear()
    async with connect(listened_to.url) as ws:
        await ws.send("hello")
        await ended(listened_to)
        for text in ("one", "now 1", "fault", "now 2"):
            await ws.send(text)
        await (await ws.ping())
        assert (ear.heard, ear.taken) == ([], [])
        ear.may_go_on.set()
        await ear.until(4)
        await ws.send("now 3")
        await ear.until(4, 1)
    assert ear.texts == ["one", "now 1", "fault", "now 2"]


async def test_a_quiet_connection_with_a_listener_has_neither_a_task_nor_a_parser(
    listened_to: Running, ear: Ear
) -> None:
    async with connect(listened_to.url) as ws:
        await ws.send("hello")
        await ended(listened_to)
        await asyncio.sleep(0)
        [wire] = listened_to.server.server_state.connections
        assert isinstance(wire, LimitedWebSocket)
        assert not listened_to.server.server_state.tasks
        for text in (["a", "b"], ["later"]):
            assert wire._conn is None
            await ws.send(text)
            await (await ws.ping())
        assert wire._conn is None
        await ws.close(1000)
    await ear.until(3)


@pytest.mark.parametrize("end", ["close", "abort", "bad frame", "wire", "end", "stop"])
async def test_a_listener_is_told_of_the_end_once_however_it_comes(listened_to: Running, ear: Ear, end: str) -> None:
    reader, writer = await handshake(listened_to.port)
    writer.write(b"\x81\x85\x00\x00\x00\x00hello")
    await ended(listened_to)
    [wire] = listened_to.server.server_state.connections
    assert isinstance(wire, LimitedWebSocket)
    match end:
        case "close":
            writer.write(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
        case "abort":
            writer.transport.abort()
        case "bad frame":
            writer.write(b"\xff\x80\x00\x00\x00\x00")
        case "wire":
            wire.close(4401, "late")
        case "end":
            wire.end()
        case "stop":
            listened_to.server.stop()
    await ear.until(1)
    if end != "abort":
        await reader.read()
    writer.close()
    while not wire.closed:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    codes = {"close": 1000, "abort": 1005, "bad frame": 1002, "wire": 4401, "end": 1005, "stop": 1012}
    assert [each["code"] for each in ear.taken] == [codes[end]]
    assert not listened_to.server.server_state.connections


async def test_c3_a_silent_connection_with_a_listener_is_pinged_and_dropped(listened_to: Running, ear: Ear) -> None:
    reader, writer = await handshake(listened_to.port)
    writer.write(b"\x81\x85\x00\x00\x00\x00hello")
    assert await reader.read() == b"\x89\x00", "a ping, and no close"
    await ear.until(1)
    assert ear.taken == [{"type": "websocket.disconnect", "code": 1006, "reason": "silent"}]
    writer.close()


async def test_an_application_that_fails_after_it_has_found_a_listener_ends_the_connection(
    serve: Serve, ear: Ear
) -> None:
    async def fail(running: Running, _receive: Callable[..., Any], _send: Callable[..., Any]) -> None:
        await wire_of(running).listen(ear)
        raise ValueError

    running = await serve(fail)
    async with connect(running.url) as ws:
        await ws.wait_closed()
    await ear.until(1)


@pytest.mark.parametrize("end", ["close", "abort", "wire"])
async def test_nothing_is_left_of_a_connection_with_a_listener_that_has_ended(listened_to: Running, end: str) -> None:
    gc.disable()  # what only a search for cycles would free is left
    try:
        reader, writer = await handshake(listened_to.port)
        writer.write(b"\x81\x85\x00\x00\x00\x00hello" + b"\x01\x80\x00\x00\x00\x00")
        await ended(listened_to)
        left = weakref.ref(*listened_to.server.server_state.connections)
        match end:
            case "close":
                writer.write(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
            case "abort":
                writer.transport.abort()
            case "wire":
                wire_of(listened_to).close(4401, "late")
        listened_to.scopes.clear()
        if end != "abort":
            await reader.read()
        writer.close()
        async with asyncio.timeout(5):
            while left() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    finally:
        gc.enable()
