"""Rounds: one timer for all rooms that are due."""

import asyncio
from math import ceil

from app.services.rounds import NEVER, Rounds


async def test_those_who_wait_for_the_same_round_are_served_in_one_go_and_not_before_its_time() -> None:
    rounds, loop = Rounds(0.01), asyncio.get_running_loop()
    over = asyncio.Event()
    served: list[tuple[str, float]] = []
    number = rounds.number(loop.time() + 0.02)
    for name in "abc":
        rounds.join(number, lambda name=name: served.append((name, loop.time())))  # type: ignore[misc]
    rounds.join(number + 1, over.set)
    await over.wait()
    assert [name for name, _ in served] == ["a", "b", "c"]
    assert all(at >= number * rounds.seconds - 0.001 for _, at in served)
    assert number < NEVER


async def test_a_time_that_is_over_is_served_by_the_next_round() -> None:
    rounds, loop = Rounds(0.01), asyncio.get_running_loop()
    before = loop.time()
    assert rounds.number(before - 5) >= ceil(before / rounds.seconds - 0.001)
