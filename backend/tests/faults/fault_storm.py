"""Very many clients in a process of their own: they come, are dropped together, and come back within a second.

Told what to do in one line of JSON on stdin; after `ready` it waits for another line, and then tells in one line of
JSON how long each took to be in step again, and how many got a delta.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from typing import Any

import fault_light as light

AT_ONCE = 50


async def storm(task: dict[str, Any]) -> None:
    """Do it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def come() -> light.LightClient:
        async with gate:
            return await light.enter(task["port"], task["room"], task["token"])

    first = await asyncio.gather(*(come() for _ in range(task["count"])))
    tell({"ready": True})
    await asyncio.to_thread(sys.stdin.readline)
    places = [(each.epoch, each.seq) for each in first]
    light.leave(first)
    await asyncio.sleep(task["away"])
    began = time.monotonic()

    async def come_back(number: int, since: tuple[str, int]) -> light.LightClient:
        await asyncio.sleep(number / task["count"] * task["within"])
        return await light.enter(task["port"], task["room"], task["token"], since=since)

    coming: list[Awaitable[light.LightClient]] = [come_back(n, since) for n, since in enumerate(places)]
    back = await asyncio.gather(*coming)
    tell(
        {
            "seconds": [each.in_step_at - began for each in back],
            "deltas": sum(each.sync == "delta" for each in back),
            "seqs": sorted({each.seq for each in back}),
        }
    )
    await asyncio.to_thread(sys.stdin.readline)
    tell({"alive": sum(not each.closed_at for each in back)})
    light.leave(back)


def tell(value: dict[str, Any]) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(storm(json.loads(sys.stdin.readline())))
