"""One answer for all workers behind an address: whichever is asked, it asks the others."""

import asyncio
from collections.abc import Iterator

import msgspec

from app.core.workers.worker import Worker
from app.services.metrics.merging import merged
from app.services.metrics.page import page
from app.services.metrics.reading import Meter
from app.services.readiness import Readiness, State, together

FIGURES, STATE = "figures", "state"
"""What workers ask one another."""


class Siblings:
    """The figures and the readiness of all workers, or of this process if it is the only one."""

    def __init__(self, worker: Worker | None, meter: Meter, readiness: Readiness) -> None:
        self._worker = worker
        self._meter = meter
        self._readiness = readiness
        if worker is not None:
            worker.answers = {FIGURES: self._page, STATE: self._state}

    async def figures(self) -> bytes:
        """The page at `/metrics`: with several workers, figures that each has for itself bear its number."""
        own = await self._page()
        if self._worker is None:
            return own
        pages = {self._worker.number: own, **dict(self._answered(await self._worker.ask_others(FIGURES)))}
        return merged(pages, self._worker.slots)

    async def look(self) -> State:
        """How everything is, at the worker where it is worst."""
        if self._worker is None:
            return await self._readiness.look()
        own, others = await asyncio.gather(self._readiness.look(), self._worker.ask_others(STATE))
        told = (msgspec.json.decode(answer, type=State) for _, answer in self._answered(others))
        return together([own, *told], len(self._worker.slots))

    async def _page(self) -> bytes:
        return page(await self._meter.read())

    async def _state(self) -> bytes:
        return msgspec.json.encode(await self._readiness.look())

    def _answered(self, told: dict[int, bytes | None]) -> Iterator[tuple[int, bytes]]:
        return ((number, answer) for number, answer in told.items() if answer is not None)
