"""Those who wait until something holds."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Subject = TypeVar("Subject")


class Waiters(Generic[Subject]):
    """Predicates over one subject, asked at every change, so that none misses a state that passes quickly."""

    __slots__ = ("_subject", "_waiting", "error")

    def __init__(self, subject: Subject) -> None:
        self.error: Exception | None = None
        self._subject = subject
        self._waiting: dict[asyncio.Future[None], Callable[[Subject], bool]] = {}

    async def wait(self, predicate: Callable[[Subject], bool]) -> None:
        """Returns once the predicate holds. Raises what `fail` was given, and what the predicate raises."""
        if predicate(self._subject):
            return
        if self.error:
            raise self.error
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = predicate
        try:
            await future
        finally:
            del self._waiting[future]

    def look(self) -> None:
        """Asks every predicate."""
        for future, predicate in self._waiting.items():
            if not future.done():
                self._ask(future, predicate)

    def fail(self, error: Exception) -> None:
        """Ends all waiting, now and later; the first error stands."""
        self.error = self.error or error
        for future in self._waiting:
            if not future.done():
                future.set_exception(self.error)

    def _ask(self, future: asyncio.Future[None], predicate: Callable[[Subject], bool]) -> None:
        try:
            if predicate(self._subject):
                future.set_result(None)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits, not to the connection
            future.set_exception(error)
