"""Writing under a server that knows nothing of wires: through FastAPI's WebSocket, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
