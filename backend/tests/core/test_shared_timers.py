"""Timers that many connections share."""

import asyncio

from app.core.shared_timers import AT_ONCE, SharedTimers, shared_timers

GRAIN = 0.02


class Looked:
    """Notes when it was looked at."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.was = asyncio.Event()

    def check(self) -> None:
        """Note it."""
        self.times.append(asyncio.get_running_loop().time())
        self.was.set()


async def test_it_is_looked_at_once_and_not_before_its_time() -> None:
    timers, looked, due = SharedTimers(), Looked(), asyncio.get_running_loop().time() + 0.05
    assert due <= timers.add(due, GRAIN, looked) <= due + GRAIN
    await looked.was.wait()
    await asyncio.sleep(3 * GRAIN)
    [when] = looked.times
    assert when >= due - 0.002, "but for a clock's grain"


async def test_those_of_one_grain_are_looked_at_in_one_go() -> None:
    timers, crowd, seen = SharedTimers(), [Looked() for _ in range(AT_ONCE)], set()
    begin = (asyncio.get_running_loop().time() // GRAIN + 2) * GRAIN
    times = {timers.add(begin + GRAIN * (n + 0.5) / len(crowd), GRAIN, each) for n, each in enumerate(crowd)}
    assert len(times) == 1
    while not all(each.times for each in crowd):
        seen.add(sum(bool(each.times) for each in crowd))
        await asyncio.sleep(0)
    assert seen == {0}


async def test_a_crowd_that_is_due_together_lets_others_in_between() -> None:
    timers, crowd, seen = SharedTimers(), [Looked() for _ in range(3 * AT_ONCE)], set()
    now = asyncio.get_running_loop().time()
    for each in crowd:
        timers.add(now, GRAIN, each)
    while not all(each.times for each in crowd):
        seen.add(sum(bool(each.times) for each in crowd))
        await asyncio.sleep(0)
    assert {AT_ONCE, 2 * AT_ONCE} <= seen


async def test_what_was_removed_is_not_looked_at() -> None:
    timers, gone, stays = SharedTimers(), Looked(), Looked()
    now = asyncio.get_running_loop().time()
    when = timers.add(now, GRAIN, gone)
    timers.add(now, GRAIN, stays)
    timers.remove(when, gone)
    timers.remove(when + 1, gone)
    await stays.was.wait()
    assert not gone.times


async def test_one_that_fails_keeps_no_other_from_being_looked_at() -> None:
    class Faulty:
        def check(self) -> None:
            raise ValueError

    failed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failed.append(context))
    timers, crowd = SharedTimers(), [Looked() for _ in range(5)]
    now = asyncio.get_running_loop().time()
    for each in [Faulty(), *crowd]:
        timers.add(now, GRAIN, each)
    await asyncio.gather(*(each.was.wait() for each in crowd))
    assert len(failed) == 1


async def test_a_loop_has_its_own() -> None:
    loop = asyncio.get_running_loop()
    assert shared_timers(loop) is shared_timers(loop)
    other = asyncio.new_event_loop()
    assert shared_timers(other) is not shared_timers(loop)
    other.close()
