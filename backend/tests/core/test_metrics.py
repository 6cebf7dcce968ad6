"""Counting: histograms have every observation once, and no sum falls when a connection ends."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from app.core.metrics import SECONDS, Figures, Histogram, LoopWatch


@given(st.lists(st.floats(-1, 100)))
def test_a_histogram_counts_up_to_each_bound(seen: list[float]) -> None:
    histogram = Histogram()
    for seconds in seen:
        histogram.observe(seconds)
    told = histogram.cumulated()
    assert told == [(str(bound), sum(max(0, x) <= bound for x in seen)) for bound in SECONDS] + [("+Inf", len(seen))]
    assert histogram.total == sum(max(0.0, x) for x in seen)


def test_a_connection_that_ends_takes_nothing_away() -> None:
    figures = Figures()
    one, two = figures.begin(), figures.begin()
    one.came(3)
    one.went(2)
    two.came(0)
    two.ops_in = 7
    before = figures.traffic()
    figures.end(one, "1000")
    after = figures.traffic()
    assert (before.frames_in, before.bytes_in, before.frames_out, before.bytes_out, before.ops_in) == (2, 3, 1, 2, 7)
    assert (after.frames_in, after.bytes_in, after.frames_out, after.bytes_out, after.ops_in) == (2, 3, 1, 2, 7)
    assert (figures.opened, figures.open, figures.closes) == (2, {two}, {"1000": 1})


async def test_what_holds_up_the_event_loop_is_seen() -> None:
    lag = Histogram()
    watch = asyncio.create_task(LoopWatch(lag, 0.01).run())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.3
    while loop.time() < end:
        pass
    await asyncio.sleep(0.05)
    watch.cancel()
    assert lag.total >= 0.28
