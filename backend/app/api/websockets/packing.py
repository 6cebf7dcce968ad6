"""C5: frames that are worth it go out as gzip to those who take it, compressed once for everybody."""

import asyncio
import gzip
from weakref import WeakKeyDictionary

from app.services.realtime.outbox import Data

WORTH_CHARS = 16 * 1024
LEVEL = 4


class Packer:
    """Compresses frames in threads; whoever else is to be sent the same frame waits for the same work."""

    def __init__(self) -> None:
        self._packed: WeakKeyDictionary[Data, asyncio.Task[bytes]] = WeakKeyDictionary()

    @staticmethod
    def pays(data: Data) -> bool:
        """Is the frame long enough?"""
        return len(data.text) >= WORTH_CHARS

    async def pack(self, data: Data) -> bytes:
        """The gzip of a frame's text."""
        if data not in self._packed:
            packing = asyncio.to_thread(gzip.compress, data.text.encode(), LEVEL)
            self._packed[data] = asyncio.get_running_loop().create_task(packing)
        return await asyncio.shield(self._packed[data])
