"""Strokes under way in a room (V3, P2 to P4): points that are shown at once and stored only when the pen goes up."""

from array import array
from dataclasses import dataclass, field

from app.schemas.ops import End, Piece, Put
from app.schemas.values import STROKE_NUMBERS
from app.utils.numbers import format_number

Shown = tuple[int, Piece | End]
"""A user and what the wire tells of that user's stroke."""
Published = tuple[int, int, Piece | End]
"""The same between processes, with the count of numbers that came before: a piece heard twice adds nothing."""

UNBOUNDED = 1 << 40
PIECE_BYTES = 135
"""Of a piece on the wire, but for its points; about."""
NUMBER_BYTES = 7
SHORTEST = 16
"""Numbers of a stroke that are told, whatever else there is."""
GAP = 256
"""Numbers that a hand draws in a second or two: over a longer gap the stroke's way is told, if roughly."""


@dataclass(slots=True)
class Stroke:
    """What one connection has drawn since pen-down; `shown` and `published` count the numbers already told of.

    `newest`: how many came before the last piece. `late`: there was no room for what is unshown when it came.
    `settling`: it was put or deleted, and is shown no more until its op has won or lost.
    """

    user: int
    id: str
    ts: int
    color: str
    width: float
    local: bool
    points: "array[float]" = field(default_factory=lambda: array("d"))
    newest: int = 0
    shown: int = 0
    published: int = 0
    late: bool = False
    settling: bool = False

    def piece(self, start: int, end: int | None = None) -> Piece:
        """The points from `start` on, as the wire tells of them."""
        return self._told(self.points[start:end].tolist())

    def show(self, most: int) -> Piece:
        """What was not shown yet, as far as so many numbers tell it; the rest is to follow.

        If it is late, all is told, thinned (P2): the last piece only, for older points would come when they are no
        news any more, and the path brings them anyhow.
        """
        if not self.late:
            start, self.shown = self.shown, min(len(self.points), self.shown + most)
            return self.piece(start, self.shown)
        start = self.newest if 0 <= self.newest - self.shown <= GAP else self.shown
        self.shown, self.late = len(self.points), False
        return self._told(thinned(self.points[start:].tolist(), most))

    def _told(self, points: list[float]) -> Piece:
        return Piece(self.id, self.ts, self.color, self.width, points)

    def put(self) -> Put | None:
        """P4: the path that keeps what was drawn; None for less than two points."""
        if len(self.points) < 4:
            return None
        numbers = [format_number(value) for value in self.points]
        pairs = [f"{x} {y}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        return Put(self.id, self.ts, "M" + "L".join(pairs), self.color, self.width)


class Strokes:
    """Every stroke under way in a room, of this process's connections (`local`) and of other processes'."""

    def __init__(self) -> None:
        self._strokes: dict[str, Stroke] = {}
        self._unshown: dict[str, None] = {}
        self._unpublished: dict[str, None] = {}
        self._ends_unshown: list[Shown] = []
        self._ends_unpublished: list[Published] = []

    @property
    def unshown(self) -> bool:
        """Is there anything that this process's connections have not been shown?"""
        return bool(self._unshown or self._ends_unshown)

    @property
    def unpublished(self) -> bool:
        """Is there anything that other processes have not been told?"""
        return bool(self._unpublished or self._ends_unpublished)

    def owner(self, path_id: str) -> int | None:
        """Whose stroke is under way under an id."""
        stroke = self._strokes.get(path_id)
        return stroke.user if stroke else None

    def draw(self, user: int, piece: Piece) -> bool:
        """Add what a connection of this process drew; False if the stroke would grow too long (the rest stays)."""
        return self._extend(self._begun(user, piece, local=True), piece.points)

    def hear(self, user: int, before: int, piece: Piece) -> None:
        """Add what another process tells of, `before` being the count of numbers that came earlier."""
        stroke = self._begun(user, piece, local=False)
        if stroke.user == user and not stroke.local:
            self._extend(stroke, piece.points[max(0, len(stroke.points) - before) :])

    def settle(self, path_id: str) -> None:
        """The stroke was put or deleted: show no more of it until that is decided."""
        if stroke := self._strokes.get(path_id):
            stroke.settling = True
            self._unshown.pop(path_id, None)
            self._unpublished.pop(path_id, None)

    def outlives(self, path_id: str, ts: int) -> bool:
        """Does a stroke go on under an id whose newest op bears `ts`? One of its own time may be what an earlier
        connection of the same author had drawn of it (P4): that does not end what the author draws on."""
        stroke = self._strokes.get(path_id)
        if stroke is None or stroke.settling:
            return False
        return stroke.ts > ts or (stroke.ts == ts and stroke.local)

    def replace(self, path_id: str, ts: int) -> list[tuple[int, End]]:
        """A path of stamp `ts` took the stroke's place; as with `drop`.

        Other processes would let a stroke that is newer than its own put outlive it: they are told that it is over.
        """
        stroke = self._strokes.get(path_id)
        if stroke and stroke.local and stroke.ts > ts:
            self._ends_unpublished.append((stroke.user, 0, End(path_id)))
        return self.drop(path_id)

    def drop(self, path_id: str) -> list[tuple[int, End]]:
        """The stroke is over, and whoever gets the path that took its place, or hears that its user left, knows.

        Gives what those are to be told who miss that.
        """
        stroke = self._strokes.pop(path_id, None)
        self._unshown.pop(path_id, None)
        self._unpublished.pop(path_id, None)
        return [(stroke.user, End(path_id))] if stroke else []

    def end(self, path_id: str) -> None:
        """The stroke is abandoned, or its put has lost (P3): everybody is told."""
        if not (stroke := self._strokes.get(path_id)):
            return
        self.drop(path_id)
        self._ends_unshown.append((stroke.user, End(path_id)))
        if stroke.local:
            self._ends_unpublished.append((stroke.user, 0, End(path_id)))

    def leave(self, user: int) -> list[Put]:
        """A connection is gone: drop its strokes, and give what is to be kept of them (P4)."""
        gone = [stroke for stroke in self._strokes.values() if stroke.user == user]
        for stroke in gone:
            self.drop(stroke.id)
        return [put for stroke in gone if not stroke.settling and (put := stroke.put())]

    def of_others(self) -> list[Put]:
        """What connections of other processes have drawn so far."""
        others = [stroke for stroke in self._strokes.values() if not stroke.local and not stroke.settling]
        return [put for stroke in others if (put := stroke.put())]

    def renumbered(self, users: dict[int, int]) -> "Strokes":
        """The local strokes under their users' new numbers, to be published anew; those of other processes are gone."""
        renewed = Strokes()
        for stroke in self._strokes.values():
            if stroke.local and stroke.user in users:
                stroke.user, stroke.shown = users[stroke.user], len(stroke.points)
                renewed._strokes[stroke.id] = stroke
        renewed.republish()
        return renewed

    def republish(self) -> None:
        """Tell other processes of this one's strokes from the beginning: a process has come that knows of none."""
        for stroke in self._strokes.values():
            if stroke.local and not stroke.settling:
                stroke.published = 0
                self._unpublished[stroke.id] = None

    def current(self) -> list[Shown]:
        """What was shown so far of every stroke, for a newcomer."""
        return [(stroke.user, stroke.piece(0, stroke.shown)) for stroke in self._strokes.values() if stroke.shown]

    def take_unshown(self, room_for: int = UNBOUNDED) -> list[Shown]:
        """What this process's connections have not been shown yet, as far as it takes about `room_for` bytes.

        Strokes of which nothing was shown go first (P3), then those that have waited longest; something of one is
        always told. Those that find no room are late, and thinned when their turn comes (P2).
        """
        told, self._ends_unshown = self._ends_unshown, []
        unshown = [self._strokes[path_id] for path_id in self._unshown]
        numbers = sum([len(stroke.points) - stroke.shown for stroke in unshown])
        if PIECE_BYTES * len(unshown) + NUMBER_BYTES * numbers <= room_for:  # by far the most frequent
            self._unshown.clear()
            return told + [(stroke.user, stroke.show(UNBOUNDED)) for stroke in unshown]
        unshown.sort(key=lambda stroke: stroke.shown > 0)
        for place, stroke in enumerate(unshown):
            if place and room_for < PIECE_BYTES:
                stroke.late = True
                continue
            piece = stroke.show(max(SHORTEST, (room_for - PIECE_BYTES) // NUMBER_BYTES // 2 * 2))
            told.append((stroke.user, piece))
            room_for -= PIECE_BYTES + NUMBER_BYTES * len(piece.points)
            del self._unshown[stroke.id]
            if stroke.shown < len(stroke.points):
                self._unshown[stroke.id] = None  # behind the others
        return told

    def take_unpublished(self) -> list[Published]:
        """What other processes have not been told yet."""
        told, self._ends_unpublished = self._ends_unpublished, []
        for stroke in map(self._strokes.__getitem__, self._unpublished):
            told.append((stroke.user, stroke.published, stroke.piece(stroke.published)))
            stroke.published = len(stroke.points)
        self._unpublished.clear()
        return told

    def skip_unpublished(self) -> None:
        """No other process is there to be told."""
        self._ends_unpublished.clear()
        self._unpublished.clear()

    def _begun(self, user: int, piece: Piece, *, local: bool) -> Stroke:
        stroke = self._strokes.get(piece.id)
        if stroke is None:
            stroke = self._strokes[piece.id] = Stroke(user, piece.id, piece.ts, piece.color, piece.width, local)
        return stroke

    def _extend(self, stroke: Stroke, points: list[float]) -> bool:
        if len(stroke.points) + len(points) > STROKE_NUMBERS:
            return False
        if points:
            stroke.newest = len(stroke.points)
        stroke.points.extend(points)
        if not stroke.settling:
            self._unshown[stroke.id] = None
            if stroke.local:
                self._unpublished[stroke.id] = None
        return True


def thinned(points: list[float], most: int) -> list[float]:
    """At most so many numbers of x, y, x, y, …: points evenly taken from among them, the last one always."""
    count, kept = len(points) // 2, most // 2
    if count <= kept:
        return points
    taken = [(place + 1) * count // kept - 1 for place in range(kept)]
    return [points[2 * index + axis] for index in taken for axis in (0, 1)]


def size_of(shown: list[Shown]) -> int:
    """About how many bytes that takes on the wire."""
    pieces = [stroke for _, stroke in shown if isinstance(stroke, Piece)]
    return PIECE_BYTES * len(pieces) + NUMBER_BYTES * sum(len(piece.points) for piece in pieces)
