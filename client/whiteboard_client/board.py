"""The state of a board: one last-write-wins register a path, and the newest clear (W1 to W4).

Written from the protocol alone and kept simple, so that it can be held against the server's merge.
"""

from collections.abc import Iterable
from typing import Self

from whiteboard_client.checksum import path_hash
from whiteboard_client.messages import Check, Clear, Del, Op, Path

Rank = tuple[int, bool, str, str, float]


def rank(entry: Path | Del) -> Rank:
    """What decides between two entries of one id: the greater one stands (W1, W3)."""
    if isinstance(entry, Del):
        return (entry.ts, True, "", "", 0.0)
    return (entry.ts, False, entry.d, entry.color, entry.width)


class Board:
    """Paths, tombstones and the clear stamp. Any order and any repetition of ops gives the same state (W4)."""

    __slots__ = ("_count", "_registers", "_sum", "cleared")

    def __init__(self, paths: Iterable[Path] = (), cleared: int = 0) -> None:
        self.cleared = cleared
        self._registers: dict[str, Path | Del] = {}
        self._count = 0
        self._sum = 0
        for path in paths:
            self._offer(path)

    def apply(self, op: Op) -> None:
        """Merges one op."""
        if isinstance(op, Clear):
            self._clear(op.ts)
        elif isinstance(op, Del):
            self._offer(op)
        else:
            self._offer(Path(op.id, op.ts, op.d, op.color, op.width))

    def copy(self) -> Self:
        """A board of its own with the same state."""
        twin = type(self)(cleared=self.cleared)
        twin._registers = self._registers.copy()
        twin._count, twin._sum = self._count, self._sum
        return twin

    def get(self, path_id: str) -> Path | None:
        """The path, or None if there is none or it was deleted."""
        entry = self._registers.get(path_id)
        return entry if isinstance(entry, Path) else None

    def stamp(self, path_id: str) -> int:
        """The stamp of the path or tombstone under this id; 0 if there is neither."""
        entry = self._registers.get(path_id)
        return entry.ts if entry else 0

    def paths(self) -> list[Path]:
        """The paths in the order in which they are drawn (W6)."""
        paths = [entry for entry in self._registers.values() if isinstance(entry, Path)]
        return sorted(paths, key=lambda path: path.id)

    def tombstones(self) -> list[tuple[str, int]]:
        """`(id, stamp)` of the deleted paths above the clear stamp, by id."""
        return sorted((entry.id, entry.ts) for entry in self._registers.values() if isinstance(entry, Del))

    def check(self) -> Check:
        """Count and sum of the paths (S6)."""
        return Check(count=self._count, sum=self._sum)

    def __len__(self) -> int:
        return self._count

    def _offer(self, entry: Path | Del) -> None:
        if entry.ts <= self.cleared:
            return
        old = self._registers.get(entry.id)
        if old is not None and rank(entry) <= rank(old):
            return
        self._weigh(old, -1)
        self._weigh(entry, 1)
        self._registers[entry.id] = entry

    def _clear(self, ts: int) -> None:
        if ts <= self.cleared:
            return
        self.cleared = ts
        for entry in [entry for entry in self._registers.values() if entry.ts <= ts]:
            self._weigh(entry, -1)
            del self._registers[entry.id]

    def _weigh(self, entry: Path | Del | None, sign: int) -> None:
        # Kept up to date at each change: summing all paths at every check would cost what the board holds.
        if isinstance(entry, Path):
            self._count += sign
            self._sum = (self._sum + sign * path_hash(entry.id, entry.ts)) % 2**32
