"""Redis as a cluster, behind a Sentinel and over TLS; and a master that dies, so that a replica takes over."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fault_crowd import Crowd
from fault_processes import running
from redis_kinds import Node, cluster, secret, speaks_tls, watched
from server_process import ServerProcess

SEED = 4711
ROOMS = 4
PATIENCE = 40.0


@pytest.mark.long
async def test_a_cluster_carries_rooms_and_a_replica_takes_over(data_dir: Path, figures: Callable[..., None]) -> None:
    async with cluster() as redis:
        settings = {"REDIS_URL": redis.url}
        async with running(ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)) as servers:
            urls = [server.url for server in servers]
            async with AsyncExitStack() as stack:
                crowds = [await Crowd.enter(urls, 4, seed=SEED + n, watchers=1) for n in range(ROOMS)]
                for crowd in crowds:
                    await stack.enter_async_context(crowd)
                    crowd.draw()
                homes = [await redis.master_of(f"room:{{{crowd.room_id}}}:meta") for crowd in crowds]
                await asyncio.sleep(1)
                for crowd in crowds:
                    await crowd.probe(PATIENCE)
                    assert None not in crowd.epochs
                    assert len(crowd.epochs) == 1, "both processes share the room"
                await master_dies(homes[0], crowds, figures, "redis-cluster", data_dir)
            assert all("Traceback" not in server.stderr for server in servers)


@pytest.mark.long
async def test_sentinels_name_the_replica_that_takes_over(data_dir: Path, figures: Callable[..., None]) -> None:
    async with watched() as (url, master):
        settings = {"REDIS_URL": url}
        async with (
            running(ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)) as servers,
            await Crowd.enter([server.url for server in servers], 4, seed=SEED, watchers=1) as crowd,
        ):
            crowd.draw()
            await asyncio.sleep(1)
            await crowd.probe(PATIENCE)
            await master_dies(master, [crowd], figures, "redis-sentinel", data_dir)


async def master_dies(
    master: Node, crowds: list[Crowd], figures: Callable[..., None], name: str, data_dir: Path
) -> None:
    """Drawing, saving and acknowledgements go on; and soon everybody is in one epoch again, and sees everything."""
    before = [crowd.epochs for crowd in crowds]
    acks = [crowd.book.acks for crowd in crowds]
    await asyncio.to_thread(master.kill)
    died = time.monotonic()
    for crowd, count in zip(crowds, acks, strict=True):
        await crowd.until(lambda crowd=crowd, count=count: crowd.book.acks > count + 4, PATIENCE, "acks go on")
    went_on = time.monotonic() - died
    for crowd, epochs in zip(crowds, before, strict=True):
        await crowd.until(
            lambda crowd=crowd, epochs=epochs: (
                len(crowd.epochs) == 1 and None not in crowd.epochs | epochs and not crowd.epochs & epochs
            ),
            PATIENCE,
            "one new epoch for everybody",
        )
    together = time.monotonic() - died
    for crowd in crowds:
        await crowd.probe(PATIENCE)
    results = [await crowd.judge(data_dir) for crowd in crowds]
    acked = sum(result["acked"] for result in results)
    figures(name, rooms=len(crowds), acked=acked, lost=0, acks_went_on_after=went_on, one_epoch_after=together)


@pytest.mark.skipif(not speaks_tls(), reason="the Redis here cannot speak TLS, or there is no openssl")
async def test_a_redis_over_tls_is_spoken_to_if_its_certificate_is_known(data_dir: Path) -> None:
    async with secret() as (url, certificate):
        stranger = ServerProcess(data_dir, {"REDIS_URL": url}).launch()
        assert await asyncio.to_thread(stranger.wait) == 1
        assert "certificate" in stranger.stderr
        settings = {"REDIS_URL": f"{url}?ssl_ca_certs={certificate}"}
        async with (
            running(ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)) as servers,
            await Crowd.enter([server.url for server in servers], 2, seed=SEED) as crowd,
        ):
            crowd.draw()
            await crowd.probe(PATIENCE)
            assert len(crowd.epochs) == 1, "both processes share the room"
            await crowd.judge(data_dir)
