"""What becomes of segments as they age: minutes are merged into hours, hours into days, days into the base."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.services.backups.chains import Chain
from app.services.backups.segments import LEVELS, Segment

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MOST_DAYS = 100
"""Merged into the base at the latest when there are as many that have aged."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each level is kept, and how many bytes all may take (0: no limit)."""

    minutes: int = 60
    hours: int = 24
    days: int = 30
    bytes: int = 0

    def age(self, level: str) -> int:
        """Milliseconds for which a level is kept."""
        return {"minute": self.minutes * MINUTE, "hour": self.hours * HOUR}.get(level, self.days * DAY)

    @property
    def longest(self) -> int:
        """Milliseconds after which nothing has to be kept."""
        return max(self.minutes * MINUTE, self.hours * HOUR, self.days * DAY)


@dataclass(frozen=True, slots=True)
class Merge:
    """Make one segment of several that follow each other."""

    level: str
    parts: list[Segment]

    @property
    def bytes(self) -> int:
        """How much is to be read."""
        return sum(each.bytes for each in self.parts)


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a segment that is not needed any more."""

    segment: Segment


Step = Merge | Remove
Levels = dict[str, list[Segment]]
"""The segments of each level, in order."""


def next_step(chain: Chain, now: int, limits: Limits, *, tight: bool = False) -> Step | None:
    """Give what is to be done next with a chain, if anything; `tight`: it must take less than it does.

    Each step leaves every point that is to be kept, whether or not the next one is ever taken.
    """
    levels = _by_level(chain.segments)
    return (
        _spent(levels, now, limits, newest=chain.newest, tight=tight)
        or _whole_span("hour", HOUR, _uncovered("minute", levels), now)
        or _whole_span("day", DAY, _uncovered("hour", levels), now)
        or _aged(levels, now, limits, newest=chain.newest, tight=tight)
    )


def expired(chain: Chain, now: int, limits: Limits) -> bool:
    """Tell whether a chain that is not gone on with has nothing left that must be kept."""
    return chain.newest < now - limits.longest


def _by_level(segments: Iterable[Segment]) -> Levels:
    levels: Levels = {level: [] for level in LEVELS}
    for each in sorted(segments, key=lambda each: (each.end, each.start, each.time)):
        levels[each.level].append(each)
    return levels


def _spent(levels: Levels, now: int, limits: Limits, *, newest: int, tight: bool) -> Remove | None:
    """One that is in a greater segment too, once that one's end is old enough (the way to each of its parts goes
    through those before it, so they go together). What lies before the base's end goes at once: there is no way to it.
    """
    if len(levels["base"]) > 1:
        return Remove(levels["base"][0])
    base = levels["base"][0] if levels["base"] else None
    for level in ("minute", "hour", "day"):
        for each in levels[level]:
            aged = tight or each.time < now - limits.longest
            if base and base.covers(each) and each.time < newest and (each.end < base.end or aged):
                return Remove(each)
            if any(greater.time < now - limits.age(level) for greater in _covering(each, levels)):
                return Remove(each)
    return None


def _whole_span(level: str, span: int, parts: list[Segment], now: int) -> Merge | None:
    """The parts of an hour or a day that is over."""
    for moment, group in groupby(parts, lambda each: each.time // span):
        if (moment + 1) * span <= now:
            return Merge(level, _run(group))
    return None


def _aged(levels: Levels, now: int, limits: Limits, *, newest: int, tight: bool) -> Merge | None:
    """The base and the days that have aged, once those are half of it: so a change is copied few times in its life."""
    if not levels["base"]:
        return None
    base = levels["base"][-1]
    days = [each for each in levels["day"] if each.start >= base.end and each.time < newest]
    old = [each for each in days if each.time < now - limits.longest]
    due = len(old) > MOST_DAYS or sum(each.bytes for each in old) * 2 >= base.bytes
    if tight and not old:
        old = days[: len(days) // 4 + 1]  # some at once: each time, the whole base is written
    parts = _run([base, *old]) if due or tight else []
    return Merge("base", parts) if len(parts) > 1 else None


def _uncovered(level: str, levels: Levels) -> list[Segment]:
    return [each for each in levels[level] if not _covering(each, levels)]


def _covering(segment: Segment, levels: Levels) -> list[Segment]:
    """The hours and days that a segment is part of."""
    higher = LEVELS[LEVELS.index(segment.level) + 1 : -1]
    return [other for level in higher for other in levels[level] if other.covers(segment)]


def _run(parts: Iterable[Segment]) -> list[Segment]:
    """The first ones that follow each other without a gap."""
    run: list[Segment] = []
    for each in parts:
        if run and run[-1].end != each.start:
            break
        run.append(each)
    return run
