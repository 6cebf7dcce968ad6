"""Records what is drawn in a room, stroke by stroke with its times, in the form that `play` reads."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from whiteboard_client.connection import connect
from whiteboard_client.events import Event, Received
from whiteboard_client.messages import Piece, Put, Tick
from whiteboard_client.options import Options
from whiteboard_client.recording import Point, RecordedStroke
from whiteboard_client.rooms import join_room


@dataclass(slots=True)
class _Heard:
    """A stroke under way: when it was begun and last heard of (ms), and its points so far."""

    color: str
    width: float
    begun: float
    heard: float
    points: list[Point] = field(default_factory=list)


class Recorder:
    """Turns ticks into recorded strokes. Pieces come once a tick: their points are spread evenly over its time."""

    def __init__(self, now: Callable[[], float] = lambda: time.monotonic() * 1000) -> None:
        self._now = now
        self._first: float | None = None
        self._strokes: dict[str, _Heard] = {}
        self.finished: list[RecordedStroke] = []

    def observe(self, event: Event) -> None:
        """Listen to a connection."""
        if not isinstance(event, Received) or not isinstance(event.frame, Tick):
            return
        for _, piece in event.frame.live or ():
            self._extend(piece)
        for op in event.frame.ops or ():
            if isinstance(op, Put):
                self._finish(op.id)

    def _extend(self, piece: Piece) -> None:
        if piece.end:
            self._strokes.pop(piece.id, None)
            return
        now = self._now()
        if piece.id not in self._strokes:
            self._first = now if self._first is None else self._first
            self._strokes[piece.id] = _Heard(piece.color, piece.width, now, now)
        stroke = self._strokes[piece.id]
        pairs = list(zip(piece.points[::2], piece.points[1::2], strict=True))
        for i, (x, y) in enumerate(pairs, 1):
            at = stroke.heard + (now - stroke.heard) * i / len(pairs) - stroke.begun
            stroke.points.append((round(x, 1), round(y, 1), round(at)))
        stroke.heard = now

    def _finish(self, path_id: str) -> None:
        stroke = self._strokes.pop(path_id, None)
        if stroke and stroke.points:
            begun = round(stroke.begun - (self._first or 0))
            self.finished.append(RecordedStroke(begun, stroke.color, stroke.width, tuple(stroke.points)))


def write_recording(file: Path, strokes: list[RecordedStroke]) -> None:
    """Write strokes as JSON Lines. Raises OSError."""
    file.write_bytes(b"".join(msgspec.json.encode(stroke) + b"\n" for stroke in strokes))


async def record(file: Path, invite_url: str, name: str = "Recorder") -> None:
    """Enter a room and write every stroke that is drawn there to `file`, until cancelled."""
    seat = await join_room(invite_url, name)
    recorder = Recorder()
    try:
        async with connect(seat, Options(observe=recorder.observe)):
            await asyncio.Event().wait()
    finally:
        write_recording(file, recorder.finished)
