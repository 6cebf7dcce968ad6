"""Recorded drawings: JSON Lines, one stroke a line, read strictly.

    {"t": 1250, "color": "#1d3557", "width": 3, "points": [[10, 20, 0], [11.5, 21, 8]]}

`t`: ms from the start of the recording to pen-down; `points`: x, y in board units, and ms since pen-down.
"""

import math
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from whiteboard_client.errors import BadValueError, RecordingError
from whiteboard_client.values import check_points, check_style

Point = tuple[float, float, float]


class RecordedStroke(Struct, frozen=True, forbid_unknown_fields=True):
    """One stroke of a recording; `points` are `(x, y, dt)`, at least one, `dt` never going back."""

    t: float
    color: str
    width: float
    points: tuple[Point, ...]


_decoder = msgspec.json.Decoder(RecordedStroke)


def read_recording(file: str | Path) -> list[RecordedStroke]:
    """The strokes by the time of their pen-down. Raises RecordingError with the line that is wrong, and OSError."""
    lines = Path(file).read_bytes().splitlines()
    if not lines:
        raise RecordingError(0, "the file is empty: it should hold one stroke a line")
    return sorted((_read_line(number, line) for number, line in enumerate(lines, 1)), key=lambda stroke: stroke.t)


def _read_line(number: int, line: bytes) -> RecordedStroke:
    if not line.strip():
        raise RecordingError(number, "the line is blank")
    try:
        stroke = _decoder.decode(line)
        _check(stroke)
    except (msgspec.DecodeError, UnicodeDecodeError, BadValueError) as error:
        raise RecordingError(number, str(error)) from error
    return stroke


def _check(stroke: RecordedStroke) -> None:
    if not math.isfinite(stroke.t) or stroke.t < 0:
        raise BadValueError("t must be 0 or more milliseconds")
    if not stroke.points:
        raise BadValueError("points must hold at least one point")
    check_style(stroke.color, stroke.width)
    for x, y, _ in stroke.points:
        check_points((x, y))
    times = [0.0, *(dt for _, _, dt in stroke.points)]
    if not all(math.isfinite(dt) for dt in times) or any(later < dt for dt, later in pairwise(times)):
        raise BadValueError("the times of the points must begin at 0 or later, and never go back")
