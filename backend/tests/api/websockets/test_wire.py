"""Writing under a server that knows nothing of wires: through FastAPI's WebSocket, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

from app.api.websockets.wire import AsgiWire, wire_of
from app.core.server import listening
from app.core.websocket_protocol import WIRE
from app.utils.websocket_frames import BINARY, TEXT, framed

MESSAGES = [framed(TEXT, '{"name":"Ada ä"}'.encode()), framed(BINARY, b"\x1f\x8b" * 40_000), framed(TEXT, b"{}")]


@asynccontextmanager
async def plain_server() -> AsyncIterator[str]:
    """uvicorn as it comes, with a socket that writes `MESSAGES` and closes; gives its address."""
    app = FastAPI()

    @app.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        wire = wire_of(websocket)
        changed = asyncio.Event()
        wire.on_change = changed.set
        for some in (MESSAGES[:1], MESSAGES[1:]):
            assert wire.ready
            wire.write_all(some)
            assert not wire.ready, "what was written has not gone yet"
            await changed.wait()
            changed.clear()
        wire.close(4401, "the token has expired")
        await changed.wait()
        assert wire.closed

    server = uvicorn.Server(uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None))
    with listening("127.0.0.1", 0) as sockets:
        serving = asyncio.create_task(server._serve(sockets))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield f"ws://127.0.0.1:{sockets[0].getsockname()[1]}/ws"
        server.should_exit = True
        await serving


async def test_messages_come_whole_and_in_order_and_then_the_close() -> None:
    async with plain_server() as url, connect(url) as socket:
        received = [await socket.recv() for _ in MESSAGES]
        await socket.wait_closed()
    assert received == ['{"name":"Ada ä"}', b"\x1f\x8b" * 40_000, "{}"]
    assert (socket.close_code, socket.close_reason) == (4401, "the token has expired")


class Gone:
    """A socket whose other side is gone."""

    scope: dict[str, object] = {}  # noqa: RUF012

    async def send(self, _event: object) -> None:
        raise WebSocketDisconnect

    async def close(self, _code: int, _reason: str) -> None:
        raise RuntimeError


@pytest.mark.parametrize("closing", [False, True])
async def test_who_is_gone_is_told_to_be(closing: bool) -> None:
    wire = AsgiWire(Gone())  # type: ignore[arg-type]
    changed = asyncio.Event()
    wire.on_change = changed.set
    if closing:
        wire.close(1000, "")
    else:
        wire.write(MESSAGES[0])
    await changed.wait()
    assert wire.closed
    assert not wire.ready


def test_the_server_s_own_wire_is_taken_where_there_is_one() -> None:
    socket = Gone()
    assert isinstance(wire_of(socket), AsgiWire)  # type: ignore[arg-type]
    own = object()
    socket.scope = {"extensions": {WIRE: own}}
    assert wire_of(socket) is own  # type: ignore[arg-type]


class Talking(Gone):
    """A socket that receives what it is given, and then nothing more."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = list(events)

    async def receive(self) -> dict[str, Any]:
        if not self._events:
            await asyncio.Event().wait()
        return self._events.pop(0)


class Ear:
    """A listener that takes anything; at `last` it asks for the end."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.wire: AsgiWire

    def hear(self, _payload: bytes) -> bool:
        raise AssertionError("all goes through FastAPI's WebSocket")

    async def take(self, event: dict[str, Any]) -> None:
        self.taken.append(event)
        if event.get("text") == "last":
            self.wire.end()


GOODBYE = {"type": "websocket.disconnect", "code": 1000}
CUT = {"type": "websocket.disconnect", "code": 1006}


@pytest.mark.parametrize(("then", "end"), [([GOODBYE, CUT], GOODBYE), ([{"text": "last", "type": "x"}], CUT)])
async def test_a_listener_is_given_what_comes_and_the_end(then: list[dict[str, Any]], end: dict[str, Any]) -> None:
    ear, one = Ear(), {"type": "websocket.receive", "text": "one"}
    ear.wire = AsgiWire(Talking(one, *then))  # type: ignore[arg-type]
    ear.wire.end()  # nobody listens yet
    async with asyncio.timeout(5):
        await ear.wire.listen(ear)
    assert ear.taken[0] == one
    assert ear.taken[-1] == end
    assert ear.taken.count(GOODBYE) + ear.taken.count(CUT) == 1
