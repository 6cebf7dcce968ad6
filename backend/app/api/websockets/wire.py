"""The wire of a socket: the server's own, past ASGI, or under another server one through FastAPI's WebSocket."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from app.core.websocket_protocol import WIRE
from app.core.wire import Listener, Wire, asgi_event, unheard


def wire_of(websocket: WebSocket) -> Wire:
    """Where to write to a socket that was accepted."""
    direct: Wire | None = websocket.scope.get("extensions", {}).get(WIRE)
    return direct or AsgiWire(websocket)


class AsgiWire:
    """Sends by tasks, each of which waits for the one before."""

    def __init__(self, websocket: WebSocket) -> None:
        self.ready, self.closed = True, False
        self.on_change = unheard
        self._websocket = websocket
        self._limit: asyncio.Timeout | None = None
        self._sending: asyncio.Task[None] | None = None

    def write(self, message: bytes) -> None:
        """Send a message (see `Wire`)."""
        self._begin(self._websocket.send(asgi_event(message)))

    def write_all(self, messages: list[bytes]) -> None:
        """Send messages (see `Wire`)."""
        for message in messages:
            self.write(message)

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake (see `Wire`)."""
        self.closed = True
        self._begin(self._websocket.close(code, reason))

    async def listen(self, listener: Listener) -> None:
        """Give what comes to a listener, until the connection ends (see `Wire`)."""
        event: dict[str, Any] = {}
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as self._limit:
                    while event.get("type") != "websocket.disconnect":
                        event = dict(await self._websocket.receive())
                        await listener.take(event)
        finally:
            if event.get("type") != "websocket.disconnect":
                await listener.take({"type": "websocket.disconnect", "code": 1006})

    def end(self) -> None:
        """Listen no more (see `Wire`)."""
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())

    def _begin(self, sending: Coroutine[Any, Any, None]) -> None:
        self.ready = False
        self._sending = asyncio.get_running_loop().create_task(self._send(self._sending, sending))

    async def _send(self, before: asyncio.Task[None] | None, sending: Coroutine[Any, Any, None]) -> None:
        if before:
            await before
        try:
            await sending
        except (RuntimeError, WebSocketDisconnect):  # the other side is gone
            self.closed = True
        if self._sending is asyncio.current_task():
            self.ready = not self.closed
            self.on_change()
