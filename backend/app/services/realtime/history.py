"""Which paths the last ticks of a room touched: all it takes to tell somebody what was missed."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from app.schemas.ops import Clear, Op

LENGTH = 600
"""Ticks remembered; S1 asks for 500."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The ids that changed, and whether the board was cleared."""

    ids: tuple[str, ...]
    cleared: bool


def touched_by(ops: Iterable[Op]) -> Touched:
    """What some ops touch."""
    listed = list(ops)
    ids = dict.fromkeys(op.id for op in listed if not isinstance(op, Clear))
    return Touched(tuple(ids), any(isinstance(op, Clear) for op in listed))


class History:
    """The last ticks with ops, newest last. `since` needs only ids: the board knows what stands under them now."""

    def __init__(self, seq: int) -> None:
        self._start = seq
        self._entries: deque[tuple[int, Touched]] = deque()

    def add(self, seq: int, touched: Touched) -> None:
        """Remember a tick that covers everything up to `seq`."""
        self._entries.append((seq, touched))
        if len(self._entries) > LENGTH:
            self._start, _ = self._entries.popleft()

    def covers(self, seq: int) -> bool:
        """Tell whether everything after `seq` is remembered."""
        return seq >= self._start

    def since(self, seq: int) -> Touched:
        """Everything touched after `seq` (S1, S7)."""
        missed = []
        for entry_seq, touched in reversed(self._entries):
            if entry_seq <= seq:
                break
            missed.append(touched)
        ids = dict.fromkeys(chain.from_iterable(touched.ids for touched in missed))
        return Touched(tuple(ids), any(touched.cleared for touched in missed))
