"""Ending tasks for certain.

A cancellation can be swallowed on its way: `asyncio.wait_for` before Python 3.12 returns the result if it is there in
that very moment (and redis-py sends every command through it), task groups before 3.13 may do so when a child fails. A
loop then goes on as if nobody had asked; so here it is asked again.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

CANCEL_EVERY_SECONDS = 0.5


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended; raises what one of them failed with."""
    going, cancelled = set(tasks), None
    while going:
        for task in going:
            task.cancel()
        try:
            _, going = await asyncio.wait(going, timeout=CANCEL_EVERY_SECONDS)
        except asyncio.CancelledError as error:  # heeded when they have ended
            cancelled, going = error, {task for task in going if not task.done()}
    if cancelled:
        raise cancelled
    for task in tasks:
        if not task.cancelled() and (failure := task.exception()):
            raise failure


async def together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all at once until they are done, one fails, or this is cancelled; then all have ended. Raises the failure."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end(*tasks)
