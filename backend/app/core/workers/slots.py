"""What the supervisor and the workers know of one another: a row of numbers a worker, in memory that they share."""

import mmap
import time
from collections.abc import Iterator, MutableSet
from typing import Any

FIELDS = ("ready", "open", "taken", "beat", "restarts")
BYTES = 8
SILENT_SECONDS = 5.0
"""Who has not told for so long that it lives is stuck, or far too busy."""


class Number:
    """A field of a slot. Each has one writer, and is written in one piece."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._at = FIELDS.index(name)

    def __get__(self, slot: "Slot", owner: type) -> int:
        return slot.row[self._at]

    def __set__(self, slot: "Slot", value: int) -> None:
        slot.row[self._at] = value


class Slot:
    """What is known of one worker.

    `ready`: 1 while it takes connections; `restarts`: how often it had to be started again (the supervisor writes
    these). `open`: its connections; `taken`: how many it was handed and has; `beat`: when it told last that it lives,
    in seconds of the machine's clock since its start (the worker writes these).
    """

    ready = Number()
    open = Number()
    taken = Number()
    beat = Number()
    restarts = Number()

    def __init__(self, row: memoryview) -> None:
        self.row = row

    def clear(self) -> None:
        """The worker is gone."""
        self.ready = self.open = self.taken = self.beat = 0

    def tell(self) -> None:
        """The worker lives; to be called every second."""
        self.beat = int(time.monotonic())

    @property
    def serves(self) -> bool:
        """Does it take connections, and has told lately that it lives?"""
        return bool(self.ready) and time.monotonic() - self.beat < SILENT_SECONDS


class Slots:
    """A slot for each worker; to be made before the processes are."""

    def __init__(self, count: int) -> None:
        numbers = memoryview(mmap.mmap(-1, count * len(FIELDS) * BYTES)).cast("Q")
        self._slots = [Slot(numbers[n * len(FIELDS) : (n + 1) * len(FIELDS)]) for n in range(count)]

    def __getitem__(self, number: int) -> Slot:
        return self._slots[number]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)


class CountedConnections(MutableSet[Any]):
    """uvicorn's set of connections, which keeps the number in a slot up to date."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._connections: set[Any] = set()

    def __contains__(self, connection: object) -> bool:
        return connection in self._connections

    def __iter__(self) -> Iterator[Any]:
        return iter(self._connections)

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, value: Any) -> None:  # noqa: ANN401 - uvicorn's protocols
        """A connection begins."""
        self._connections.add(value)
        self._slot.open = len(self._connections)

    def discard(self, value: Any) -> None:  # noqa: ANN401 - uvicorn's protocols
        """A connection has ended."""
        self._connections.discard(value)
        self._slot.open = len(self._connections)
