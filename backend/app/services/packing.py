"""C5: frames that are worth it go out as gzip to those who take it, compressed once for everybody.

Quickly at first, for somebody waits. What is sent again is made smaller behind that, a frame at a time and with rests:
compressing holds the interpreter.
"""

import asyncio
from collections.abc import Callable

from app.services.realtime.outbox import Sendable

WORTH_BYTES = 16 * 1024
REST_SECONDS = 0.04


class Packer:
    """Compresses frames in threads; whoever else is to be sent the same frame waits for the same work."""

    def __init__(self) -> None:
        self._under_way: dict[Sendable, asyncio.Future[None]] = {}
        self._shrinkable: dict[Sendable, None] = {}

    def packed(self, data: Sendable, then: Callable[[], None]) -> bytes | None:
        """The message to send; None while it is being made: `then` is called when it is there."""
        if data.size < WORTH_BYTES:
            return data.message
        if (packed := data.packed) is None:
            self._packing(data).add_done_callback(lambda _: then())
        elif data.shrinkable:
            self._shrink_later(data)
        return packed

    def _packing(self, data: Sendable) -> asyncio.Future[None]:
        if data not in self._under_way:
            packing = asyncio.get_running_loop().run_in_executor(None, data.pack)
            self._under_way[data] = packing
            packing.add_done_callback(lambda _: self._under_way.pop(data))
        return self._under_way[data]

    def _shrink_later(self, data: Sendable) -> None:
        waiting = bool(self._shrinkable)
        self._shrinkable[data] = None
        if not waiting:
            self._shrink()

    def _shrink(self) -> None:
        data = next(iter(self._shrinkable))
        asyncio.get_running_loop().run_in_executor(None, data.shrink).add_done_callback(lambda _: self._shrunk(data))

    def _shrunk(self, data: Sendable) -> None:
        asyncio.get_running_loop().call_later(REST_SECONDS, self._go_on_without, data)

    def _go_on_without(self, data: Sendable) -> None:
        del self._shrinkable[data]
        if self._shrinkable:
            self._shrink()
