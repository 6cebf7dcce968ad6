"""The connections that have not said hello yet: a limited number of them, so that they cost a limited amount."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FAIR_SECONDS = 1.0
"""Who has waited this long may have to give way: a hello is sent as soon as the connection is there."""


class Lobby:
    """Those who wait, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since: dict[asyncio.Timeout, float] = {}

    def admits(self) -> bool:
        """Is there room for one more? If not, the one that has waited longest gives way, if that is long enough."""
        if len(self._since) < self._most:
            return True
        oldest, since = next(iter(self._since.items()))
        now = asyncio.get_running_loop().time()
        if now - since < FAIR_SECONDS:
            return False
        del self._since[oldest]
        oldest.reschedule(now)
        return True

    @asynccontextmanager
    async def waiting(self, seconds: float) -> AsyncIterator[None]:
        """Wait in the block for the hello; TimeoutError after `seconds`, or when one has to give way."""
        async with asyncio.timeout(seconds) as limit:
            self._since[limit] = asyncio.get_running_loop().time()
            try:
                yield
            finally:
                self._since.pop(limit, None)
