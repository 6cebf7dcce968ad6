"""Tasks end, also those to which a cancellation does not come through."""

import asyncio
import contextlib

import pytest

from app.utils.tasks import end, together


async def stubborn(times: int) -> None:
    """Swallow so many cancellations, as `wait_for` and task groups may."""
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError("mine")


async def started(*coroutines: object) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(each) for each in coroutines]  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    return tasks


async def test_a_task_that_swallows_a_cancellation_is_asked_again() -> None:
    tasks = await started(stubborn(0), stubborn(2))
    await end(*tasks)
    assert all(task.cancelled() for task in tasks)


async def test_who_is_cancelled_while_ending_others_ends_them_all_the_same() -> None:
    inner = await started(stubborn(2))
    [outer] = await started(end(*inner))
    await end(outer)
    assert inner[0].cancelled()
    assert outer.cancelled()


async def test_a_failure_is_told_once_all_have_ended() -> None:
    tasks = await started(fail(), stubborn(1))
    with pytest.raises(ValueError, match="mine"):
        await end(*tasks)
    assert tasks[1].cancelled()


async def test_one_that_fails_ends_the_others() -> None:
    ended = asyncio.Event()

    async def other() -> None:
        try:
            await stubborn(1)
        finally:
            ended.set()

    with pytest.raises(ValueError, match="mine"):
        await together(other(), fail())
    assert ended.is_set()


async def test_one_that_is_done_leaves_the_others_going() -> None:
    heard = []

    async def later() -> None:
        await asyncio.sleep(0.02)
        heard.append("later")

    await together(asyncio.sleep(0), later())
    assert heard == ["later"]


async def test_cancelling_comes_through_to_all() -> None:
    inner = stubborn(1), stubborn(0)
    [outer] = await started(together(*inner))
    await end(outer)
    assert outer.cancelled()
