"""A small application behind the real server, with short limits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from app.core.server import WhiteboardServer
from app.core.websocket_protocol import LimitedWebSocket


class QuickWebSocket(LimitedWebSocket):
    silence_seconds = 0.6
    stall_seconds = 1.2
    close_seconds = 0.3


@dataclass
class Running:
    """The server, and what its application saw."""

    server: WhiteboardServer
    port: int
    scopes: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    """Loop times at which the application's task of a connection ended."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws?secret=1"


Behave = Callable[[Running, Callable[..., Any], Callable[..., Any]], Awaitable[None]]


async def listen(running: Running, receive: Callable[..., Any], _send: Callable[..., Any]) -> None:
    """Take messages until the connection ends."""
    while (message := await receive())["type"] != "websocket.disconnect":
        running.received.append(message)
    running.received.append(message)
