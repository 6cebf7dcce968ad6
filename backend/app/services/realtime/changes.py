"""The ops that a room gathers between two ticks, reduced to those that stand among themselves."""

from app.schemas.ops import Clear, Delete, Op, Put
from app.services.realtime.board import Board, beats, record_of


class Changes:
    """At most one op an id, each above the greatest clear among them; the order they came in leaves no trace (W4)."""

    def __init__(self) -> None:
        self.cleared = 0
        self.newest = 0
        self._ops: dict[str, Put | Delete] = {}

    def __bool__(self) -> bool:
        return bool(self.cleared or self._ops)

    def __len__(self) -> int:
        return len(self._ops) + bool(self.cleared)

    def add(self, op: Op) -> None:
        """Merge an op in."""
        self.newest = max(self.newest, op.ts)
        if op.ts <= self.cleared:
            return
        if isinstance(op, Clear):
            self.cleared = op.ts
            self._ops = {path_id: other for path_id, other in self._ops.items() if other.ts > op.ts}
            return
        rival = self._ops.get(op.id)
        if rival is None or beats(op, record_of(rival)):
            self._ops[op.id] = op

    def without_losers(self, board: Board) -> "Changes":
        """Those that would change the board, and those that stand there but may not be shown yet.

        The latter are sent again after a loss of connection: the board may have been read ahead of their seq, or the
        process that committed them may have died before publishing them.
        """
        standing = Changes()
        for op in self.ops():
            if board.would_win(op) or board.may_be_unshown(op):
                standing.add(op)
        return standing

    def ops(self) -> list[Op]:
        """The clear first, then the rest; applying them in this order loses none."""
        head: list[Op] = [Clear(self.cleared)] if self.cleared else []
        return head + list(self._ops.values())
