"""What the supervisor and the workers know of one another: a row of numbers a worker, in memory that they share."""

import ctypes
import mmap
import time
from typing import Any

SILENT_SECONDS = 5.0
"""Who has not told for so long that it lives is stuck, or far too busy."""


class Slot(ctypes.Structure):
    """What is known of one worker. Each number has one writer, and is written in one piece.

    `ready`: 1 while it takes connections; `restarts`: how often it had to be started again (the supervisor writes
    these). `open`: its connections; `taken`: how many it was handed and has; `beat`: when it told last that it lives,
    in seconds of the machine's clock since its start (the worker writes these).
    """

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("ready", "open", "taken", "beat", "restarts"))
    ready: int
    open: int
    taken: int
    beat: int
    restarts: int

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


Slots = ctypes.Array[Slot]


def shared_slots(count: int) -> Slots:
    """A slot for each worker; to be made before the processes are."""
    return (Slot * count).from_buffer(mmap.mmap(-1, count * ctypes.sizeof(Slot)))


class CountedConnections(set[Any]):
    """uvicorn's set of connections, which keeps the number in a slot up to date."""

    def __init__(self, slot: Slot) -> None:
        super().__init__()
        self._slot = slot

    def add(self, connection: Any) -> None:  # noqa: ANN401 - uvicorn's protocols
        """A connection begins."""
        super().add(connection)
        self._slot.open = len(self)

    def remove(self, connection: Any) -> None:  # noqa: ANN401 - uvicorn's protocols
        """A connection has ended."""
        super().remove(connection)
        self._slot.open = len(self)

    def discard(self, connection: Any) -> None:  # noqa: ANN401 - uvicorn's protocols
        """A connection has ended, of which that may have been said before."""
        super().discard(connection)
        self._slot.open = len(self)
