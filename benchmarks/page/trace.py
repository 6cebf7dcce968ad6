"""What Chromium's trace tells of a page's work: processor time, frame by frame, between two marks.

A frame lasts from the beginning of the task that runs its animation callbacks to that of the next one's. Counted are
all tasks: those of the main thread (script, layout, painting; a canvas is drawn there, too, without a graphics card),
and those of the other threads of the page's process (compositing, raster). What puts the pictures of pages together on
the screen in place of a graphics card is told apart.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CATEGORIES = ["devtools.timeline", "blink.user_timing", "toplevel", "viz"]
HELPERS = ("Compositor", "ThreadPoolForegroundWorker", "CompositorTileWorker")
"""Threads of a page's process that paint: those that read and write for it are not meant."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What a thread did in one go: when it began and ended (µs), and the milliseconds that it computed."""

    start: float
    end: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Span:
    """The work between two marks. `frames`: when each began (µs)."""

    start: float
    end: float
    frames: list[float]
    main: list[Task]
    helpers: list[Task]
    shown: list[Task]

    @property
    def seconds(self) -> float:
        """How long it was by the clock."""
        return (self.end - self.start) / 1e6

    @property
    def rate(self) -> float:
        """Frames a second."""
        return len(self.frames) / self.seconds

    @property
    def longest(self) -> float:
        """Milliseconds that the main thread's longest task computed."""
        return max((task.cpu for task in self.main), default=0.0)

    @property
    def total(self) -> float:
        """Milliseconds of all work of the page."""
        return sum(task.cpu for task in [*self.main, *self.helpers])

    def work(self) -> list[float]:
        """Milliseconds of the page's work in each frame."""
        return self._by_frame([*self.main, *self.helpers])

    def script(self) -> list[float]:
        """Milliseconds of the main thread's work in each frame."""
        return self._by_frame(self.main)

    def until(self, end: float) -> float:
        """Milliseconds of the main thread's work until then; what lies across counts in proportion."""
        parts = ((min(end, task.end) - task.start) / max(1.0, task.end - task.start) * task.cpu for task in self.main)
        return sum(part for part in parts if part > 0)

    def _by_frame(self, tasks: Iterable[Task]) -> list[float]:
        if not self.frames:
            return []
        totals = [0.0] * len(self.frames)
        for task in tasks:
            at = bisect_left(self.frames, task.start + 1) - 1
            if at >= 0:
                totals[at] += task.cpu
        return totals


class Trace:
    """A trace of which the page set marks (`performance.mark`)."""

    def __init__(self, events: list[Event]) -> None:
        marks = [event for event in events if "blink.user_timing" in event.get("cat", "")]
        self.marks: dict[str, float] = {event["name"]: event["ts"] for event in reversed(marks)}
        main = (marks[0]["pid"], marks[0]["tid"])
        names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
        helpers = {place for place, name in names.items() if place[0] == main[0] and name.startswith(HELPERS)}
        tasks = [e for e in events if e.get("ph") == "X" and e["name"].endswith("RunTask")]
        self._main = outermost(e for e in tasks if (e["pid"], e["tid"]) == main)
        self._helpers = [
            task for place in helpers for task in outermost(e for e in tasks if (e["pid"], e["tid"]) == place)
        ]
        shown = (e for e in events if e.get("ph") == "X" and e["name"] == "Display::DrawAndSwap")
        self._shown = [task_of(event) for event in shown]
        starts = [task.start for task in self._main]
        fired = (e["ts"] for e in events if e["name"] == "FireAnimationFrame" and (e["pid"], e["tid"]) == main)
        # Several callbacks belong to one frame.
        self._frames = sorted({starts[max(0, bisect_left(starts, ts + 1) - 1)] for ts in fired})

    def between(self, start: str, end: str) -> Span:
        """The work between two marks."""
        a, b = self.marks[start], self.marks[end]
        return Span(
            a,
            b,
            [ts for ts in self._frames if a <= ts < b],
            [task for task in self._main if task.end > a and task.start < b],
            [task for task in self._helpers if a <= task.start < b],
            [task for task in self._shown if a <= task.start < b],
        )

    def span(self, name: str) -> Span:
        """The work of an act."""
        return self.between(f"{name}: start", f"{name}: end")


def task_of(event: Event) -> Task:
    """Thread time counts: what others on the machine do does not."""
    return Task(event["ts"], event["ts"] + event["dur"], float(event.get("tdur", event["dur"])) / 1000)


def outermost(events: Iterable[Event]) -> list[Task]:
    """Leave out what lies within another task."""
    kept: list[Task] = []
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        if not kept or event["ts"] >= kept[-1].end:
            kept.append(task_of(event))
    return kept


def percentile(values: list[float], part: float) -> float:
    """The value below which that part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else math.nan
