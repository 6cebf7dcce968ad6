"""This client's own strokes under way, and which of their points are still to be sent (V3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from whiteboard_client.messages import Piece

MAX_NUMBERS = 20_000
_NUMBER_BYTES = 25  # the longest JSON number that a float gives, and its comma
_PIECE_BYTES = 400  # everything else of a piece, and of the batch around it


@dataclass(slots=True)
class _Own:
    ts: int
    color: str
    width: float
    points: list[float] = field(default_factory=list)
    sent: int = 0


class OwnStrokes:
    """Keeps each stroke whole: after a reconnect it belongs to a new connection, and is told from its beginning."""

    __slots__ = ("_ended", "_strokes")

    def __init__(self) -> None:
        self._strokes: dict[str, _Own] = {}
        self._ended: list[str] = []

    def __contains__(self, path_id: str) -> bool:
        return path_id in self._strokes

    def begin(self, path_id: str, ts: int, color: str, width: float) -> None:
        """Starts a stroke at pen-down."""
        self._strokes[path_id] = _Own(ts, color, width)

    def extend(self, path_id: str, points: Sequence[float]) -> None:
        """Appends points; those over 20,000 numbers are not told, only the final path bears them."""
        own = self._strokes[path_id]
        own.points.extend(points[: MAX_NUMBERS - len(own.points)])

    def drop(self, path_id: str) -> None:
        """Forgets a stroke that the path of the same id replaces, or that the server refuses."""
        self._strokes.pop(path_id, None)

    def abandon(self, path_id: str) -> None:
        """Ends a stroke that becomes no path."""
        own = self._strokes.pop(path_id, None)
        if own and own.sent:
            self._ended.append(path_id)

    def restart(self) -> None:
        """On a new connection nothing has been told yet, and what was abandoned is gone with the old one."""
        self._ended = []
        for own in self._strokes.values():
            own.sent = 0

    def take_unsent(self, max_frame: int) -> Iterator[Piece]:
        """The pieces to send now, each small enough for a frame."""
        pairs = max(1, (max_frame - _PIECE_BYTES) // (2 * _NUMBER_BYTES))
        yield from (Piece(path_id, end=True) for path_id in self._ended)
        self._ended = []
        for path_id, own in self._strokes.items():
            yield from _pieces(path_id, own, 2 * pairs)


def _pieces(path_id: str, own: _Own, numbers: int) -> Iterator[Piece]:
    while own.sent < len(own.points):
        points = tuple(own.points[own.sent : own.sent + numbers])
        own.sent += len(points)
        yield Piece(path_id, own.ts, own.color, own.width, points)
