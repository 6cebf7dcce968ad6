"""A limit on waiting that does not take this process's own lateness for the other side's."""

import asyncio
from types import TracebackType
from typing import Self

LOOKS = 8


class Patience:
    """As `asyncio.timeout(seconds)`, but what is waited for is looked for at least LOOKS times before it is given up.

    A loop that is busy for seconds finds, when it comes back, that the time is over, before it has read the answer that
    has lain there all the while. So the time is counted in pieces, each of which comes after a look at what has come.
    """

    def __init__(self, seconds: float) -> None:
        self._piece = seconds / LOOKS
        self._pieces = LOOKS
        self._limit = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle

    async def __aenter__(self) -> Self:
        """Begin to wait."""
        await self._limit.__aenter__()
        self._timer = self._loop.call_later(self._piece, self._waited)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises TimeoutError if it was given up."""
        self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _waited(self) -> None:
        self._pieces -= 1
        if self._pieces:
            self._timer = self._loop.call_later(self._piece, self._waited)
        else:
            self._limit.reschedule(self._loop.time())
