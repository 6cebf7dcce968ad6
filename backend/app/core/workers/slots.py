"""What the supervisor and the workers know of one another: a row of numbers a worker, in memory that they share."""

import mmap
from collections.abc import Iterator, MutableSet
from typing import Any

FIELDS = ("ready", "open", "taken", "restarts")
BYTES = 8


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
    these). `open`: its connections; `taken`: how many it was handed and has (the worker writes these).
    """

    ready = Number()
    open = Number()
    taken = Number()
    restarts = Number()

    def __init__(self, row: memoryview) -> None:
        self.row = row

    def clear(self) -> None:
        """The worker is gone."""
        self.ready = self.open = self.taken = 0


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
