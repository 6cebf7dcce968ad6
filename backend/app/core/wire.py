"""What a connection is written to: the transport itself, or whatever stands in for it."""

from collections.abc import Callable
from typing import Any, Protocol

from app.utils.websocket_frames import TEXT, payload_of


class Listener(Protocol):
    """Takes what comes on a connection. Events are ASGI's: `websocket.receive`, and at last `websocket.disconnect`."""

    def hear(self, payload: bytes) -> bool:
        """Take the bytes of a text at once, if it can be done without waiting; if not, the text goes to `take`."""

    async def take(self, event: dict[str, Any]) -> None:
        """Take a message, or the end; the next one is given when this has been taken."""


class Wire(Protocol):
    """Takes whole WebSocket messages as bytes (`utils/websocket_frames.py`), the same ones for however many wires.

    `ready`: it takes one now. `closed`: it never will again. `on_change` is called when either may have changed, but
    not from within `write` and `close`.
    """

    ready: bool
    closed: bool
    on_change: Callable[[], None]

    async def listen(self, listener: Listener) -> None:
        """Give all that comes from now on to a listener, in place of the socket's `receive`. To be called last: it may
        return at once, and the connection go on, or when the connection has ended."""

    def write(self, message: bytes) -> None:
        """Send a message; to be called while `ready`."""

    def write_all(self, messages: list[bytes]) -> None:
        """Send some messages, in one go if it can be done; to be called while `ready`."""

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake: nothing more goes out, and the listener is told of the end."""

    def end(self) -> None:
        """Close without waiting for the other side any longer."""


def unheard() -> None:
    """The `on_change` of a wire that nobody writes to yet, or any more."""


def deaf(_payload: bytes) -> bool:
    """The `hear` of a wire that has no listener."""
    return False


def asgi_event(message: bytes) -> dict[str, Any]:
    """The event by which a message is sent through ASGI."""
    payload = payload_of(message)
    content = {"text": payload.decode()} if message[0] == TEXT else {"bytes": payload}
    return {"type": "websocket.send", **content}
