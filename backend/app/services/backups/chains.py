"""Chains: what can be restored from the segments of one database, and by which way."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from app.services.backups.segments import Segment


@dataclass(frozen=True, slots=True)
class Chain:
    """The segments of one database since a base; `started`: when, in milliseconds since 1970."""

    path: Path
    started: int
    database: str
    segments: tuple[Segment, ...] = field(compare=False)

    @property
    def end(self) -> int:
        """The number of the last change that is backed up."""
        return max((each.end for each in self.segments), default=0)

    @property
    def newest(self) -> int:
        """The time of the newest state in it."""
        return max((each.time for each in self.segments), default=self.started)

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return sum(each.bytes for each in self.segments)

    @property
    def points(self) -> list[Segment]:
        """What can be restored, oldest first: the end of every segment to which there is a way (a base has none)."""
        steps = _steps(self.segments)
        ends = [each for each in self.segments if each.level != "base" and _way(steps, each.end)]
        points = {(each.time, each.end): each for each in ends}
        return [points[key] for key in sorted(points)]

    @property
    def whole(self) -> bool:
        """Tell whether more can be added: there is a way to its end."""
        return bool(self.way_to(self.end))

    def way_to(self, end: int) -> list[Segment]:
        """The fewest segments that together have every change up to the number `end`; none if one is missing."""
        return _way(_steps(self.segments), end)


@dataclass(frozen=True, slots=True)
class Point:
    """A state that can be restored: the end of a segment of a chain."""

    chain: Chain
    segment: Segment

    @property
    def time(self) -> int:
        """Whose state it is, in milliseconds since 1970."""
        return self.segment.time

    @property
    def way(self) -> list[Segment]:
        """The segments that make it."""
        return self.chain.way_to(self.segment.end)


def points_of(chains: list[Chain]) -> list[Point]:
    """Everything that can be restored, oldest first."""
    points = [Point(chain, segment) for chain in chains for segment in chain.points]
    return sorted(points, key=lambda point: (point.time, point.segment.end))


Steps = dict[int, list[Segment]]


def _steps(segments: tuple[Segment, ...]) -> Steps:
    """Where one can go from each number, the furthest first; from -1 to the ends of the bases."""
    steps: Steps = defaultdict(list)
    for each in sorted(segments, key=lambda each: each.end, reverse=True):
        if each.level == "base":
            steps[-1].append(each)
        elif each.end > each.start:
            steps[each.start].append(each)
    return steps


def _way(steps: Steps, end: int) -> list[Segment]:
    """Ranges never overlap but by one holding the other, so the longest step that does not go too far is right."""
    way: list[Segment] = []
    at = -1
    while at < end:
        step = next((each for each in steps.get(at, ()) if each.end <= end), None)
        if step is None:
            return []
        way.append(step)
        at = step.end
    return way
