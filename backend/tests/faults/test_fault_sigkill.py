"""The server is killed at random moments while people draw: what was acknowledged or shown is on disk."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from fault_crowd import Crowd, on_disk
from fault_figures import p99, percentile
from fault_processes import eventually, running, runs
from processes import children
from server_process import ServerProcess

SEED = 20_26
CLIENTS = 8


async def test_sigkill_loses_nothing_acknowledged_and_invents_nothing(
    data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    rounds = 50 if long else 4
    random = Random(SEED)
    first_acks, lost, invented, unshown = [], 0, 0, 0
    async with (
        running(ServerProcess(data_dir)) as (server,),
        await Crowd.enter([server.url], CLIENTS, seed=SEED) as crowd,
    ):
        crowd.draw()
        for _ in range(rounds):
            await asyncio.sleep(random.uniform(0.1, 0.8))
            redis = children(server.pid)
            await asyncio.to_thread(server.kill)
            await eventually(lambda left=redis: not any(map(runs, left)), 5, "the Redis child ends with its server")
            disk = on_disk(data_dir, crowd.room_id)
            lost += len(crowd.book.lost(disk))
            invented += len(crowd.book.invented(disk))
            unshown += sum(not disk.holds(op) for each in crowd.everybody for op in each.shown.records.values())
            await asyncio.to_thread(server.start)
            first_acks.append(await first_ack(crowd, time.monotonic()))
        result = await crowd.judge(data_dir)
    figures(
        "sigkill",
        rounds=rounds,
        acked=result["acked"],
        lost=lost,
        shown_but_not_on_disk=unshown,
        invented=invented,
        first_ack_after_ready_p50=percentile(first_acks, 0.5),
        first_ack_after_ready_p99=p99(first_acks),
    )
    assert (lost, invented, unshown) == (0, 0, 0)


async def first_ack(crowd: Crowd, ready: float) -> float:
    """Seconds from the server's ready line to the first acknowledgement that anybody gets."""
    before = crowd.book.acks
    await crowd.until(lambda: crowd.book.acks > before, 20, "an ack after the restart")
    return time.monotonic() - ready
