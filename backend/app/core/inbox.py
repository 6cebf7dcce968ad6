"""What comes on a WebSocket whose application has ended, and left a listener: a task takes it while there is any."""

import logging
from collections.abc import Coroutine
from typing import Any, Protocol

from app.core.wire import Listener

logger = logging.getLogger(__name__)


class Host(Protocol):
    """Whose messages they are."""

    def begin(self, taking: Coroutine[Any, Any, None]) -> None:
        """Begin a task."""

    def resume(self) -> None:
        """There is nothing left: read on."""

    def part(self) -> None:
        """The listener has heard of the end."""


class Inbox:
    """Stands where the queue of uvicorn's protocol was. Events are ASGI's; the end is the last, and told once."""

    __slots__ = ("_busy", "_events", "_host", "_listener")

    def __init__(self, listener: Listener, host: Host) -> None:
        self._listener: Listener | None = listener
        self._host: Host | None = host
        self._events: list[dict[str, Any]] = []
        self._busy = False

    def empty(self) -> bool:
        """Has all been taken, to its end?"""
        return not self._busy

    def put_nowait(self, event: dict[str, Any]) -> None:
        """Have an event taken after those before it."""
        if self._listener is None or self._host is None:
            return
        self._events.append(event)
        if not self._busy:
            self._busy = True
            self._host.begin(self._take_all(self._listener, self._host))

    async def _take_all(self, listener: Listener, host: Host) -> None:
        while self._events:
            event = self._events.pop(0)
            if not self._events:
                host.resume()
            try:
                await listener.take(event)
            except Exception:  # what fails with one message is not the end of the others
                logger.exception("a message was not taken")
            if event["type"] == "websocket.disconnect":
                self._listener, self._host, self._events = None, None, []
                host.part()
        self._busy = False


class Flag:
    """Stands where an `asyncio.Event` was that nobody waits for."""

    __slots__ = ("_is_set",)

    def __init__(self, *, is_set: bool) -> None:
        self._is_set = is_set

    def set(self) -> None:
        """Set it."""
        self._is_set = True

    def clear(self) -> None:
        """Set it back."""
        self._is_set = False

    def is_set(self) -> bool:
        """Is it set?"""
        return self._is_set
