"""What is kept of backups as they age: a model of many days, checked after every single step."""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from app.services.backups.chains import Chain
from app.services.backups.retention import DAY, HOUR, MINUTE, Limits, Merge, Remove, Step, next_step
from app.services.backups.segments import Segment

START = 1_790_000_000_000


@dataclass
class Model:
    """A chain without files: steps are done on the names alone."""

    limits: Limits = field(default_factory=Limits)
    now: int = START
    segments: list[Segment] = field(default_factory=list)
    points: list[tuple[int, int]] = field(default_factory=list)
    written: int = 0

    @property
    def chain(self) -> Chain:
        return Chain(Path("x"), START, "0" * 32, tuple(self.segments))

    def begin(self, number: int, size: int) -> None:
        self._add("base", 0, number, self.now, size)
        self.take(number, 0)

    def take(self, end: int, size: int) -> None:
        self._add("minute", self.chain.end, end, self.now, size)
        self.points.append((self.now, end))

    def do(self, step: Step) -> None:
        if not isinstance(step, Merge):
            self.segments.remove(step.segment)
            return
        parts = step.parts
        assert all(one.end == other.start for one, other in pairwise(parts))
        assert (step.level == "base") == (parts[0].level == "base")
        self._add(step.level, parts[0].start, parts[-1].end, parts[-1].time, sum(each.bytes for each in parts))
        self.written += step.bytes

    def tidy(self, *, tight: bool = False) -> None:
        while step := next_step(self.chain, self.now, self.limits, tight=tight):
            self.do(step)
            self.check()

    def check(self) -> None:
        """Every backup of the last minutes, the last of each hour and of each day can be restored."""
        there = {(each.time, each.end) for each in self.chain.points}
        assert self.points[-1] in there
        spans = ((1, self.limits.minutes * MINUTE), (HOUR, self.limits.hours * HOUR), (DAY, self.limits.days * DAY))
        for span, kept in spans:
            last_of = {time // span: (time, end) for time, end in self.points}
            wanted = {point for point in last_of.values() if point[0] >= self.now - kept}
            assert wanted <= there
        assert len(self.segments) <= 400

    def _add(self, level: str, start: int, end: int, time: int, size: int) -> None:
        self.segments.append(Segment(level, start, end, time, size, Path(f"{level}-{start}-{end}-{time}")))


@pytest.mark.parametrize("seed", range(4))
def test_what_must_be_kept_can_be_restored_after_every_step(seed: int) -> None:
    rng = random.Random(seed)
    model = Model(Limits(minutes=60, hours=24, days=3), now=START + rng.randrange(DAY))
    number = 1000
    model.begin(number, 1_000_000)
    for _ in range(700):
        model.now += rng.choice((MINUTE, MINUTE, 5 * MINUTE, 20 * MINUTE, rng.randrange(3 * HOUR)))
        if rng.random() < 0.01:
            model.now += rng.randrange(4 * DAY)
        number += rng.randrange(1, 50)
        model.take(number, 10_000)
        model.tidy()
    assert min(time for time, _ in ((each.time, 0) for each in model.chain.points)) > model.now - 40 * DAY


def test_old_backups_go_and_their_rows_are_in_the_base() -> None:
    model = Model(Limits(days=3))
    model.begin(10, 1000)
    for day in range(1, 41):
        model.now = START + day * DAY
        model.take(10 + day, 100)
        model.tidy()
    [base] = [each for each in model.segments if each.level == "base"]
    assert base.end >= 30
    assert len(model.segments) < 20
    assert model.written < 40 * 100 * 10


def test_a_quiet_board_keeps_its_newest_backup() -> None:
    model = Model()
    model.begin(10, 1000)
    model.now += MINUTE
    model.take(11, 10)
    model.tidy()
    model.now += 365 * DAY
    model.tidy()
    assert [each.end for each in model.chain.points][-1] == 11


def test_a_step_never_bridges_a_gap() -> None:
    model = Model()
    model.begin(10, 1000)
    for number in (11, 12, 13, 14):
        model.now += MINUTE
        model.take(number, 10)
    model.segments = [each for each in model.segments if each.end != 12]
    model.now += 2 * DAY
    while step := next_step(model.chain, model.now, model.limits):
        model.do(step)
    assert [each.end for each in model.chain.points] == [11]
    assert not model.chain.whole


def test_too_many_bytes_make_the_oldest_days_go_first() -> None:
    model = Model()
    model.begin(10, 1000)
    for day in range(1, 11):
        model.now = START + day * DAY
        model.take(10 + day, 100)
        model.tidy()
    before = [each.time for each in model.chain.points]
    step = next_step(model.chain, model.now, model.limits, tight=True)
    while step:
        assert isinstance(step, Remove) or len(step.parts) <= 4
        model.do(step)
        step = next_step(model.chain, model.now, model.limits, tight=True)
    after = [each.time for each in model.chain.points]
    assert after
    assert set(after) < set(before)
    assert after[-1] == before[-1]
