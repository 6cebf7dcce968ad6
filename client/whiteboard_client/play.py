"""Draws a recorded drawing on a board, at the pace at which it was drawn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from whiteboard_client.connection import connect
from whiteboard_client.errors import BadValueError, RefusedError
from whiteboard_client.recording import Point, RecordedStroke, read_recording
from whiteboard_client.rooms import join_room
from whiteboard_client.values import path_data


@dataclass(frozen=True, slots=True)
class Due:
    """What of one stroke is to be shown now: its new points, and whether the pen goes up."""

    place: int
    stroke: RecordedStroke
    points: tuple[Point, ...]
    is_last: bool


class Playback:
    """Which points are due when; without a clock of its own. Times are ms of the recording."""

    __slots__ = ("_shown", "_strokes")

    def __init__(self, strokes: Sequence[RecordedStroke]) -> None:
        self._strokes = dict(enumerate(strokes))
        self._shown = dict.fromkeys(self._strokes, 0)

    @property
    def is_over(self) -> bool:
        """Whether everything was shown."""
        return not self._strokes

    def due(self, elapsed: float) -> Iterator[Due]:
        """Takes everything that is due by now, the strokes in the order of their pen-down."""
        for place in [place for place in self._strokes if self._next_at(place) <= elapsed]:
            yield self._take(place, elapsed)

    def _take(self, place: int, elapsed: float) -> Due:
        stroke, shown = self._strokes[place], self._shown[place]
        points = tuple(point for point in stroke.points[shown:] if stroke.t + point[2] <= elapsed)
        self._shown[place] += len(points)
        is_last = self._shown[place] == len(stroke.points)
        if is_last:
            del self._strokes[place]
        return Due(place, stroke, points, is_last)

    def _next_at(self, place: int) -> float:
        stroke = self._strokes[place]
        return stroke.t + stroke.points[self._shown[place]][2]


class Canvas(Protocol):
    """What of a Connection a player draws on."""

    @property
    def tick_ms(self) -> int: ...
    def live(self, points: Sequence[float], color: str, width: float, *, path_id: str | None) -> str: ...
    def put(self, path_id: str, d: str, color: str, width: float) -> None: ...
    def cursor(self, x: float | None = None, y: float | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How time passes: `now` in seconds, `sleep` for seconds, and how many times faster than recorded."""

    speed: float = 1.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Player:
    """The hand that draws: it knows the ids of the strokes under way."""

    __slots__ = ("_canvas", "_ids")

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._ids: dict[int, str] = {}

    def show(self, due: Due) -> None:
        """Shows new points as a live piece and the cursor at the last of them; pen-up makes the stroke a path."""
        stroke = due.stroke
        flat = [value for x, y, _ in due.points for value in (x, y)]
        path_id = self._canvas.live(flat, stroke.color, stroke.width, path_id=self._ids.get(due.place))
        self._ids[due.place] = path_id
        self._canvas.cursor(*due.points[-1][:2])
        if due.is_last:
            self._canvas.put(path_id, path_data(stroke.points), stroke.color, stroke.width)
            del self._ids[due.place]


async def perform(canvas: Canvas, strokes: Sequence[RecordedStroke], pace: Pace) -> None:
    """Draws the strokes tick by tick, and takes the cursor away at the end."""
    playback, player, start = Playback(strokes), Player(canvas), pace.now()
    while not playback.is_over:
        for due in playback.due((pace.now() - start) * 1000 * pace.speed):
            player.show(due)
        await pace.sleep(canvas.tick_ms / 1000)
    canvas.cursor()


async def play(file: str | Path, invite_url: str, name: str = "Recording", speed: float = 1.0) -> int:
    """Joins the room of an invite link, draws a recording there, and returns the number of strokes once all are saved.

    `speed`: 2 is twice as fast as recorded. Raises RecordingError, OSError (no such file), what `join_room` and
    `connect` raise, BadValueError (speed), and RefusedError if the server refused a stroke.
    """
    if not 0 < speed < float("inf"):
        raise BadValueError("the speed must be above 0")
    strokes = await asyncio.to_thread(read_recording, file)
    seat = await join_room(invite_url, name)
    async with connect(seat) as board:
        await perform(board, strokes, Pace(speed))
        await board.saved()
        lost = [error for error in board.errors if error.n is not None and error.code != "storage_unavailable"]
        if lost:
            raise RefusedError(lost)
    return len(strokes)
