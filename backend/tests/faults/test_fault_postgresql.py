"""PostgreSQL dies, is restarted or hangs while people draw: only what is saved is acknowledged, and nothing is lost."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fault_crowd import Crowd, on_disk
from fault_processes import running
from fault_redis import ExternalRedis
from outside import stored_in
from postgres_server import MISSING, PostgresServer, programs
from server_process import ServerProcess
from wire_door import http

Variant = tuple[str]

pytestmark = pytest.mark.skipif(programs() is None, reason=MISSING)

SEED = 1515
AWAY_SECONDS = {False: 2.0, True: 8.0}
HANG_SECONDS = {False: 7.0, True: 12.0}
PATIENCE = 30.0
SAVED_SECONDS = 8.0
VARIANTS = {"test_postgresql_is_lost_and_comes_back": [("killed",), ("hung",)]}
LONG_VARIANTS = {"test_postgresql_is_lost_and_comes_back": [("restarted",), ("crashed",)]}
ENDS = {"killed": signal.SIGKILL, "crashed": signal.SIGQUIT, "restarted": signal.SIGINT}
"""SIGKILL: the postmaster, and then its processes. SIGQUIT: it crashes on purpose. SIGINT: an orderly restart."""


@dataclass(frozen=True)
class Site:
    """Two servers that share a PostgreSQL which syncs, and a Redis."""

    servers: tuple[ServerProcess, ...]
    postgres: PostgresServer
    data_dir: Path


@asynccontextmanager
async def site(data_dir: Path) -> AsyncIterator[Site]:
    """Start everything."""
    with PostgresServer("fsync=on") as postgres:
        url = postgres.create()
        with stored_in(data_dir, url):
            async with ExternalRedis() as redis:
                settings = {"DATABASE_URL": url, "REDIS_URL": redis.url}
                pair = ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)
                async with running(*pair):
                    yield Site(pair, postgres, data_dir)


async def end_and_start(place: Site, number: int, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """End PostgreSQL in one way or another, and start it again."""
    await asyncio.to_thread(place.postgres.stop, number)
    await meanwhile()
    await asyncio.to_thread(place.postgres.start)


async def hang(place: Site, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Stop all its processes, and let them go on."""
    with place.postgres.hung():
        await meanwhile()


@pytest.mark.long
async def test_postgresql_is_lost_and_comes_back(
    variant: Variant, data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    (what,) = variant
    async with site(data_dir) as place:
        for round_ in range(3 if long else 1):
            await one_round(what, place, round_, figures, long)
        assert all("Traceback" not in server.stderr for server in place.servers)


async def one_round(what: str, place: Site, round_: int, figures: Callable[..., None], long: bool) -> None:
    acks: list[int] = []
    urls = [server.url for server in place.servers]
    async with await Crowd.enter(urls, 6, seed=SEED + round_, watchers=1) as crowd:

        async def meanwhile() -> None:
            """Nothing that was acknowledged so far may be missing later; nothing is acknowledged from now on."""
            began = time.monotonic()
            await crowd.until(lambda: told(crowd) == len(crowd.drawers), PATIENCE, "those who draw are told")
            acks.append(crowd.book.acks)
            await asyncio.gather(*(look(url) for url in urls))
            lasting = (HANG_SECONDS if what == "hung" else AWAY_SECONDS)[long]
            await asyncio.sleep(max(0.0, began + lasting - time.monotonic()))
            acks.append(crowd.book.acks)

        crowd.draw()
        await asyncio.sleep(0.7)
        fault = hang(place, meanwhile) if what == "hung" else end_and_start(place, ENDS[what], meanwhile)
        await fault
        back = time.monotonic()
        waiting = {each: set(map(id, each.client.sync.pending)) for each in crowd.drawers}
        promised = [*crowd.book.acked, *(op for each in crowd.everybody for op in each.shown.records.values())]
        disk = await asyncio.to_thread(on_disk, place.data_dir, crowd.room_id)
        assert [op for op in promised if not disk.holds(op)] == [], "promised, and not on disk"
        await crowd.until(
            lambda: all(not ids & set(map(id, each.client.sync.pending)) for each, ids in waiting.items()),
            PATIENCE,
            "everything that waited is saved",
        )
        saved = time.monotonic() - back
        unsaved = told(crowd)
        others = {error.code for each in crowd.drawers for error in each.client.errors} - {"storage_unavailable"}
        result = await crowd.judge(place.data_dir)
    assert others == set()
    assert acks[0] == acks[1], "nothing is acknowledged while nothing can be saved"
    assert saved < SAVED_SECONDS
    figures(f"postgresql-{what}", **result, people_told=unsaved, all_saved_after=saved)


def told(crowd: Crowd) -> int:
    """How many of those who draw were told that their edits are not saved yet."""
    codes = [{error.code for error in each.client.errors} for each in crowd.drawers]
    return sum("storage_unavailable" in each for each in codes)


async def look(url: str) -> None:
    """The process lives and answers; that it is not ready, it says too."""
    async with http(url) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (503, "unavailable")
        assert (await client.post("/api/rooms", json={"name": "New"})).status_code == 503
