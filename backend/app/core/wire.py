"""What a connection is written to: the transport itself, or whatever stands in for it."""

from collections.abc import Callable
from typing import Any, Protocol

from app.utils.websocket_frames import TEXT, payload_of


class Wire(Protocol):
    """Takes whole WebSocket messages as bytes (`utils/websocket_frames.py`), the same ones for however many wires.

    `ready`: it takes one now. `closed`: it never will again. `on_change` is called when either may have changed, but
    not from within `write` and `close`. `hear` may be given the bytes of a text that has come; if it does not take that
    at once, the text goes to the socket's `receive`.
    """

    ready: bool
    closed: bool
    on_change: Callable[[], None]
    hear: Callable[[bytes], bool]

    def write(self, message: bytes) -> None:
        """Send a message; to be called while `ready`."""

    def write_all(self, messages: list[bytes]) -> None:
        """Send some messages, in one go if it can be done; to be called while `ready`."""

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake: nothing more goes out, and the socket's `receive` tells of the end."""


def unheard() -> None:
    """The `on_change` of a wire that nobody writes to yet, or any more."""


def deaf(_payload: bytes) -> bool:
    """The `hear` of a wire whose messages all go to the socket's `receive`."""
    return False


def asgi_event(message: bytes) -> dict[str, Any]:
    """The event by which a message is sent through ASGI."""
    payload = payload_of(message)
    content = {"text": payload.decode()} if message[0] == TEXT else {"bytes": payload}
    return {"type": "websocket.send", **content}
