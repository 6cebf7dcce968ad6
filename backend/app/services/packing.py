"""C5: frames that are worth it go out as gzip to those who take it, compressed once for everybody."""

import asyncio
from collections.abc import Callable

from app.services.realtime.outbox import Sendable

WORTH_BYTES = 16 * 1024


class Packer:
    """Compresses frames in threads; whoever else is to be sent the same frame waits for the same work."""

    def __init__(self) -> None:
        self._under_way: dict[Sendable, asyncio.Future[None]] = {}

    def packed(self, data: Sendable, then: Callable[[], None]) -> bytes | None:
        """The message to send; None while it is being made: `then` is called when it is there."""
        if data.size < WORTH_BYTES:
            return data.message
        if (packed := data.packed) is None:
            self._packing(data).add_done_callback(lambda _: then())
        return packed

    def _packing(self, data: Sendable) -> asyncio.Future[None]:
        if data not in self._under_way:
            packing = asyncio.get_running_loop().run_in_executor(None, data.pack)
            self._under_way[data] = packing
            packing.add_done_callback(lambda _: self._under_way.pop(data))
        return self._under_way[data]
