"""Questions that come together are asked together: while one round is under way, the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Grouped(Generic[K, V]):
    """Asks `ask` for many at once, at most `most`; it answers each in order, and what it raises is raised to each."""

    def __init__(self, ask: Callable[[list[K]], Awaitable[Sequence[V]]], most: int = 500) -> None:
        self._ask = ask
        self._most = most
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        """The answer for one."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._round(self._waiting[: self._most])
        finally:
            self._asking = None

    async def _round(self, asked: list[tuple[K, asyncio.Future[V]]]) -> None:
        del self._waiting[: len(asked)]
        try:
            answers = await self._ask([key for key, _ in asked])
        except Exception as error:  # noqa: BLE001 - it is for those who ask
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), value in zip(asked, answers, strict=True):
            if not answer.done():
                answer.set_result(value)
