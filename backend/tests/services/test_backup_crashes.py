"""What happens to backups when things break: a kill at any moment, a full disk, a directory that cannot be written."""

import asyncio
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from backup_help import Site, state_of

from app.core.config import Settings
from app.core.database import Database
from app.services.backups.keeping import Job
from app.services.backups.reading import verify
from app.services.backups.schedule import Backups, Standing

SECONDS = 30


@pytest.fixture
async def large(tmp_path: Path, database: Database) -> Site:
    """A database whose backup takes a second, with two small backups of before it was large."""
    site = Site(tmp_path, database)
    site.now = int(time.time() * 1000) - 120_000
    key = (await site.room()).room.key or 0
    for _ in range(2):
        await site.draw(key, 10)
        site.now += 60_000
        site.round()
    for _ in range(12):
        await site.draw(key, 1000)
    return site


def worker(job: Job, most_bytes: int | None = None) -> subprocess.Popen[bytes]:
    """The process that makes large backups; `most_bytes`: where its files end, as on a full disk."""
    limit = None if most_bytes is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    process = subprocess.Popen(
        [sys.executable, "-m", "app.services.backups.worker"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,  # noqa: PLW1509 - there are no threads to mind
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(job))
    process.stdin.close()
    process.stdin = None
    return process


def whole(site: Site) -> list[int]:
    """The times of the listed backups, after every file was verified."""
    for chain in site.store.chains():
        for segment in chain.segments:
            verify(segment.path)
    return [point.time for point in site.store.points()]


@pytest.mark.process
async def test_a_kill_at_any_moment_leaves_earlier_backups_whole_and_no_litter(large: Site) -> None:
    earlier = whole(large)
    assert len(earlier) == 2
    rng = random.Random(3)
    killed = 0
    while killed < 3:
        process = worker(Job(large.job.url, large.job.directory, large.job.limits, rest=1.0))
        end = time.monotonic() + SECONDS
        while not large.litter() and time.monotonic() < end and process.poll() is None:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.005)
        await asyncio.sleep(rng.uniform(0, 0.6))
        killed += process.poll() is None
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
        assert whole(large)[:2] == earlier
        if len(whole(large)) > 2:  # it was quicker
            large.store.points()[-1].segment.path.unlink()
    large.now = int(time.time() * 1000)
    large.round()
    assert large.litter() == []
    assert len(whole(large)) == 3
    assert state_of(large.store.points()[-1]) == await large.state()


@pytest.mark.process
async def test_a_full_disk_costs_the_backup_and_nothing_else(large: Site) -> None:
    earlier = whole(large)
    process = worker(large.job, most_bytes=300_000)
    _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert told.count(b"\n") == 1
    assert b"too large" in told
    assert large.litter() == []
    assert whole(large) == earlier


async def test_backups_that_fail_are_told_and_come_back(tmp_path: Path, database: Database) -> None:
    site = Site(tmp_path, database)
    await site.room()
    settings = Settings(data_dir=tmp_path, database_url=site.job.url, backup_seconds=0.05)
    (tmp_path / "backups").write_text("in the way")
    backups = Backups(settings, patience=0.3)
    assert (await backups.standing()).status == "none"
    task = asyncio.create_task(backups.run())
    try:
        await until(backups, "degraded")
        assert (await backups.standing()).age_seconds is None
        (tmp_path / "backups").unlink()
        standing = await until(backups, "ok")
        assert standing.bytes > 0
        assert standing.age_seconds is not None
    finally:
        task.cancel()
        await asyncio.wait([task])
    await until(backups, "degraded")


async def test_large_backups_are_made_in_a_process_and_small_ones_in_one_server_only(large: Site) -> None:
    settings = Settings(data_dir=Path(large.job.directory).parent, database_url=large.job.url, backup_seconds=0.05)
    servers = [Backups(settings), Backups(settings)]
    tasks = [asyncio.create_task(each.run()) for each in servers]
    seen = set()
    try:
        async with asyncio.timeout(SECONDS):
            while len(large.store.points()) < 3:
                seen |= {n for n, each in enumerate(servers) if each.worker}
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert len(seen) == 1
    assert [(await each.standing()).status for each in servers] == ["ok", "ok"]


async def test_backups_can_be_off(tmp_path: Path) -> None:
    backups = Backups(Settings(data_dir=tmp_path, backup_seconds=0), patience=0)
    await backups.run()
    assert await backups.standing() == Standing("off", None, 0)


async def until(backups: Backups, status: str) -> Standing:
    async with asyncio.timeout(SECONDS):
        while (standing := await backups.standing()).status != status:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    return standing
