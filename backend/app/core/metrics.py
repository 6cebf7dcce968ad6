"""What a process counts while it runs: plain numbers, which cost an addition each and get their labels when asked for.

Nothing here is global: the hub holds one `Figures`, and whoever counts is given it.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of a histogram's buckets."""
LOOK_SECONDS = 1.0


class Histogram:
    """How often something took how many seconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one that took so long; less than none (a clock's grain) is none."""
        seconds = max(0.0, seconds)
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def cumulated(self) -> list[tuple[str, float]]:
        """The count up to each bound, as Prometheus has it."""
        so_far = 0
        result: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, SECONDS), "+Inf"), self.counts, strict=True):
            so_far += count
            result.append((bound, so_far))
        return result


@dataclass(slots=True, eq=False)
class Traffic:
    """What went through a connection: frames and bytes of their text, and ops in what came and in what was sent."""

    frames_in: int = 0
    bytes_in: int = 0
    ops_in: int = 0
    frames_out: int = 0
    bytes_out: int = 0

    def came(self, size: int) -> None:
        """Count a frame that came; `size`: bytes of its text."""
        self.frames_in += 1
        self.bytes_in += size

    def went(self, size: int) -> None:
        """Count a frame that was sent; `size`: bytes of its text."""
        self.frames_out += 1
        self.bytes_out += size

    def add(self, other: Self) -> None:
        """Add another one's."""
        self.frames_in += other.frames_in
        self.bytes_in += other.bytes_in
        self.ops_in += other.ops_in
        self.frames_out += other.frames_out
        self.bytes_out += other.bytes_out


@dataclass(slots=True, eq=False)
class Figures:
    """What one process has counted since it began.

    `open`: the traffic of every connection that has not ended, `ended`: of all that have. `closes` by close code,
    `refused` by what (an op, a connection, a request) and why, `room_counts`: see `Room`. Times in seconds.
    """

    open: set[Traffic] = field(default_factory=set)
    ended: Traffic = field(default_factory=Traffic)
    opened: int = 0
    closes: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    room_counts: Counter[str] = field(default_factory=Counter)
    ops_committed: int = 0
    commits_failed: int = 0
    storage_up: bool = True
    redis_losses: int = 0
    commit_seconds: Histogram = field(default_factory=Histogram)
    tick_lag: Histogram = field(default_factory=Histogram)
    loop_lag: Histogram = field(default_factory=Histogram)

    def begin(self) -> Traffic:
        """A connection begins."""
        traffic = Traffic()
        self.opened += 1
        self.open.add(traffic)
        return traffic

    def end(self, traffic: Traffic, code: str) -> None:
        """A connection has ended; in one step, so that no sum ever falls."""
        self.open.discard(traffic)
        self.ended.add(traffic)
        self.closes[code] += 1

    def traffic(self) -> Traffic:
        """Everything that went through connections since the process began."""
        total = Traffic()
        for each in (self.ended, *self.open):
            total.add(each)
        return total


class LoopWatch:
    """Measures how late the event loop wakes who sleeps: what else it does in that time holds up everybody."""

    def __init__(self, lag: Histogram, seconds: float = LOOK_SECONDS) -> None:
        self._lag = lag
        self._seconds = seconds

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._seconds
            await asyncio.sleep(self._seconds)
            self._lag.observe(loop.time() - due)
