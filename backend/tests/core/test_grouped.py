"""Questions that come together are asked in few rounds, each answered with what is its own."""

import asyncio

import pytest

from app.core.grouped import Grouped


class Oracle:
    """Doubles numbers, a round at a time; a negative one spoils its round."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []

    async def ask(self, numbers: list[int]) -> list[int]:
        self.rounds.append(numbers)
        await asyncio.sleep(0.001)
        if min(numbers) < 0:
            raise ValueError(f"{min(numbers)}")
        return [2 * number for number in numbers]


async def test_what_comes_while_a_round_is_under_way_goes_with_the_next() -> None:
    oracle = Oracle()
    grouped = Grouped(oracle.ask, most=4)
    first = asyncio.create_task(grouped.get(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(grouped.get(number)) for number in range(1, 7)]
    assert await asyncio.gather(first, *rest) == [0, 2, 4, 6, 8, 10, 12]
    assert oracle.rounds == [[0], [1, 2, 3, 4], [5, 6]]


async def test_a_failure_is_told_to_those_of_its_round_alone() -> None:
    oracle = Oracle()
    grouped = Grouped(oracle.ask, most=2)
    answers = await asyncio.gather(*(grouped.get(each) for each in (1, -2, 3, 4)), return_exceptions=True)
    assert [str(each) for each in answers] == ["-2", "-2", "6", "8"]
    with pytest.raises(ValueError, match="-5"):
        await grouped.get(-5)
    assert await grouped.get(5) == 10


async def test_who_does_not_wait_any_more_holds_up_nobody() -> None:
    grouped = Grouped(Oracle().ask)
    one, other = (asyncio.create_task(grouped.get(number)) for number in (1, 2))
    await asyncio.sleep(0)
    one.cancel()
    assert await other == 4
    assert one.cancelled()
