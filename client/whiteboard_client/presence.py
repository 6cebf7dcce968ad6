"""Who is there, their cursors and the strokes under way: what is shown but never stored (P1 to P4)."""

from collections.abc import Iterable

from msgspec import Struct

from whiteboard_client.board import Board
from whiteboard_client.messages import Clear, CursorAt, Op, Piece, Tick, User, Welcome


class Stroke(Struct):
    """A stroke under way of one user; `points` is `x, y, x, y, …`.

    The points grow in place: copying them for each piece would be quadratic.
    """

    user: int
    id: str
    ts: int
    color: str
    width: float
    points: list[float]


class Presence:
    """`users` by number, `cursors` by user, `strokes` by id."""

    __slots__ = ("cursors", "strokes", "users")

    def __init__(self) -> None:
        self.users: dict[int, str] = {}
        self.cursors: dict[int, tuple[float, float]] = {}
        self.strokes: dict[str, Stroke] = {}

    def welcome(self, frame: Welcome) -> None:
        """Replaces everything by what a welcome says."""
        self.users = {user.user: user.name for user in frame.users}
        self.cursors, self.strokes = {}, {}
        self._move(frame.cursors)
        for user, piece in frame.live:
            self._draw(user, piece)

    def tick(self, frame: Tick, confirmed: Board) -> None:
        """Follows a tick whose ops `confirmed` already holds."""
        self._end_stored(frame.ops or ())
        self._join(frame.joined)
        for user, piece in frame.live:
            # Cursors and strokes never wait for the disk (P2), so a piece may be told late: the path is newer.
            if piece.end or confirmed.stamp(piece.id) <= piece.ts:
                self._draw(user, piece)
        self._move(frame.cursors)
        for user in frame.left:
            self._leave(user)

    def _end_stored(self, ops: Iterable[Op]) -> None:
        for op in ops:
            if not isinstance(op, Clear):  # a clear leaves strokes under way alone (V3)
                self.strokes.pop(op.id, None)

    def _join(self, users: Iterable[User]) -> None:
        self.users.update((user.user, user.name) for user in users)

    def _leave(self, user: int) -> None:
        self.users.pop(user, None)
        self.cursors.pop(user, None)
        self.strokes = {key: stroke for key, stroke in self.strokes.items() if stroke.user != user}

    def _move(self, cursors: Iterable[CursorAt]) -> None:
        for cursor in cursors:
            if cursor.x is None or cursor.y is None:
                self.cursors.pop(cursor.user, None)
            else:
                self.cursors[cursor.user] = (cursor.x, cursor.y)

    def _draw(self, user: int, piece: Piece) -> None:
        stroke = self.strokes.get(piece.id)
        mine = stroke is not None and stroke.user == user
        if piece.end:
            if mine:
                del self.strokes[piece.id]
        elif stroke is not None and mine:
            stroke.points.extend(piece.points)
        else:
            # An id under another user is a stroke begun anew after a reconnect (P4).
            self.strokes[piece.id] = Stroke(user, piece.id, piece.ts, piece.color, piece.width, list(piece.points))
