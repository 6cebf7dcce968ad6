"""Stamps over the wire (W5)."""

import pytest
from value_help import DAY_MS, assert_all_refused, refusals
from wire import Client
from wire_door import Door

pytestmark = pytest.mark.process


async def test_w5_more_than_a_minute_ahead_is_clock_skew(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    await one.save(one.put(ts=one.stamp(50_000)))
    far = one.stamp(70_000)
    ops = {"put": one.put(ts=far), "del": one.delete(one.new_id(), far), "clear": one.clear(far)}
    await assert_all_refused(one, {**ops, "the last": one.put(ts=2**53 - 1)}, "clock_skew")
    named = {error["i"]: error.get("id") for error in one.errors}
    assert named[1] == ops["put"]["id"]
    assert named[2] == ops["del"]["id"]


async def test_w5_a_millisecond_above_the_newest_is_taken_however_far_ahead(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    base = one.stamp(59_900)
    steps = [base + 4096 * i for i in range(10_000)]
    newest = steps[-1]
    # Each is the newest then: earlier ops of the batch are included. It is not waited for, for that may take seconds.
    await one.batch(*(one.put(ts=ts) for ts in steps))
    errors = await refusals(one, [one.put(ts=newest + 4200), one.clear(newest + 4200)])
    assert [error["code"] for error in errors] == ["clock_skew"] * 2
    assert await refusals(one, [one.put(ts=newest + 4096), one.put(ts=newest - 1)]) == []


async def test_w5_the_newest_is_the_rooms_whoever_sent_it(pair: tuple[Client, Client], door: Door) -> None:
    one, other = pair
    elsewhere = await door.enter(await door.create())
    base = one.stamp(59_000)
    steps = [base + 4096 * i for i in range(12_000)]
    n = await one.batch(*(one.put(ts=ts) for ts in steps))
    errors = await refusals(elsewhere, [elsewhere.put(ts=steps[-1])])
    assert [error["code"] for error in errors] == ["clock_skew"]
    await one.until(lambda: one.acked >= n)
    assert await refusals(other, [other.delete(other.new_id(), steps[-1] + 4096)]) == []


async def test_w5_more_than_30_days_behind_is_too_old(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    assert await refusals(one, [one.put(ts=one.stamp(-30 * DAY_MS + 60_000))]) == []
    old = one.stamp(-30 * DAY_MS - 60_000)
    ops = {"put": one.put(ts=old), "del": one.delete(one.new_id(), old), "clear": one.clear(old)}
    await assert_all_refused(one, {**ops, "the first": one.put(ts=1)}, "too_old")


async def test_w5_welcome_pong_and_error_tell_the_servers_time(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    times = [one.welcome["time"], (await one.ping())["time"]]
    await refusals(one, [None])
    times.append(one.errors[-1]["time"])
    assert all(isinstance(time, int) for time in times)
    assert times == sorted(times)
    assert times[-1] - times[0] < 60_000
