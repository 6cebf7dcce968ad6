"""Rounds of backups on a real database: what was there at each time is what comes back, whatever happens meanwhile."""

import asyncio
import gzip
import random
import zlib
from pathlib import Path
from uuid import uuid4

import pytest
from backup_help import NOON, Site, State, state_of
from postgres_server import on_both
from sqlmodel import update

from app.core.database import Database
from app.core.errors import StartError
from app.models import ChangeCounter
from app.schemas.ops import Clear
from app.services.backups.keeping import Round
from app.services.backups.reading import verify
from app.services.backups.retention import DAY, HOUR, MINUTE, Limits
from app.services.backups.segments import DamagedError, parse
from app.services.backups.store import Store
from app.services.changes import set_number
from app.services.drawings import RoomOps


@pytest.fixture
def site(tmp_path: Path, database: Database) -> Site:
    """A database with no board yet."""
    return Site(tmp_path, database)


@pytest.mark.parametrize(("database_url", "seed"), [("sqlite", 0), ("postgresql", 1)], indirect=["database_url"])
async def test_every_listed_backup_holds_what_was_there_then(tmp_path: Path, database: Database, seed: int) -> None:
    site = Site(tmp_path, database, Limits(minutes=60, hours=24, days=2))
    site.rng = random.Random(seed)
    keys = [(await site.room()).room.key or 0 for _ in range(3)]
    states: dict[int, State] = {}
    checked = 0
    for n in range(60):
        for _ in range(site.rng.randrange(4)):
            await site.change(site.rng.choice(keys))
        if site.rng.random() < 0.1:
            keys.append((await site.room()).room.key or 0)
        site.now += site.rng.choice((MINUTE, MINUTE, MINUTE, 30 * MINUTE, 5 * HOUR, DAY))
        site.round()
        states[site.now] = await site.state()
        points = site.store.points()
        assert state_of(points[-1]) == states[site.now]
        assert site.litter() == []
        for point in points if n % 10 == 9 else ():
            assert state_of(point) == states[point.time]
            checked += 1
    assert checked > 30
    assert len(site.store.chains()) == 1
    assert any(segment.level == "base" and segment.time > NOON for segment in site.store.chains()[0].segments)


async def test_nothing_is_written_if_nothing_has_changed(site: Site) -> None:
    await site.room()
    site.round()
    before = site.store.bytes
    site.now += MINUTE
    site.round()
    assert site.store.bytes == before
    assert site.store.current == site.now / 1000


async def test_a_minute_of_1000_paths_takes_about_their_bytes(site: Site) -> None:
    key = (await site.room()).room.key or 0
    await site.draw(key, 4000)
    site.round()
    before = site.store.bytes
    await site.draw(key, 1000)
    drawn = sum(len(d) for *_, d in await site.state()) / 5
    site.now += MINUTE
    site.round()
    assert site.store.bytes - before < drawn
    assert len(site.store.points()) == 2


@on_both
async def test_what_changes_while_the_base_is_read_is_in_the_first_backup(site: Site) -> None:
    keys = [(await site.room()).room.key or 0 for _ in range(3)]
    for key in keys:
        await site.draw(key, 3000)
    loop = asyncio.get_running_loop()
    read = 0

    def draw_on(step: int) -> None:
        nonlocal read
        read += step
        if read % 700 == 0:
            asyncio.run_coroutine_threadsafe(site.change(site.rng.choice(keys)), loop).result()

    await asyncio.to_thread(Round(site.job, progress=draw_on, clock=lambda: site.now).run)
    [point] = site.store.points()
    assert state_of(point) == await site.state()
    assert read > 9000


async def test_much_work_is_left_to_another_process(site: Site) -> None:
    key = (await site.room()).room.key or 0
    await site.draw(key, 5000)
    assert Round(site.job, small=True).run()
    assert site.store.points() == []
    site.round()
    await site.draw(key, 100)
    site.now += MINUTE
    assert not Round(site.job, small=True, clock=lambda: site.now).run()
    assert len(site.store.points()) == 2


async def test_damage_is_found_and_a_new_chain_begins(site: Site) -> None:
    key = (await site.room()).room.key or 0
    for _ in range(3):
        await site.draw(key, 200)
        site.now += MINUTE
        site.round()
    [chain] = site.store.chains()
    [victim] = [each for each in chain.segments if each.end == chain.points[1].end]
    content = bytearray(victim.path.read_bytes())
    content[len(content) // 2] ^= 1
    victim.path.write_bytes(content)
    site.now += 3 * HOUR
    with pytest.raises(DamagedError):
        site.round()
    assert len(site.store.points()) == 1
    site.round()
    assert len(site.store.chains()) == 2
    assert state_of(site.store.points()[-1]) == await site.state()


async def test_every_damage_to_a_file_is_noticed(site: Site) -> None:
    key = (await site.room()).room.key or 0
    await site.draw(key, 40)
    site.round()
    [base] = [each for each in site.store.chains()[0].segments if each.level == "base"]
    whole = base.path.read_bytes()
    assert verify(base.path) == 42
    rng = random.Random(7)
    for _ in range(300):
        at, damaged = rng.randrange(10, len(whole)), bytearray(whole)  # the first ten bytes of gzip may name a system
        damaged[at] ^= 1 << rng.randrange(8)
        written = rng.choice((bytes(damaged), whole[:at], whole + bytes(damaged[at:])))
        base.path.write_bytes(written)
        if same_contents(whole, written):  # the bits between the contents and their checksum mean nothing
            continue
        with pytest.raises(DamagedError):
            verify(base.path)
    other = base.path.with_name("base-0-9-9.jsonl.gz")
    other.write_bytes(whole)
    with pytest.raises(DamagedError, match="another file"):
        verify(other)


def same_contents(one: bytes, other: bytes) -> bool:
    """Whether two gzip files unpack to the same."""
    try:
        return gzip.decompress(other) == gzip.decompress(one)
    except (OSError, EOFError, zlib.error):
        return False


@on_both
async def test_another_database_in_its_place_begins_a_chain(site: Site) -> None:
    await site.room()
    site.round()
    await site.database.write(lambda db: db.exec(update(ChangeCounter).values(database=uuid4())))
    site.now += MINUTE
    site.round()
    assert len(site.store.chains()) == 2
    site.now += 31 * DAY
    site.round()
    assert len(site.store.chains()) == 1
    assert site.store.bytes == site.store.chains()[0].bytes


@on_both
async def test_a_database_that_went_back_begins_a_chain(site: Site) -> None:
    await site.room()
    site.round()
    await site.database.write(lambda db: set_number(db.connection(), 1))
    site.now += MINUTE
    site.round()
    assert len(site.store.chains()) == 2


async def test_too_many_bytes_make_old_backups_go(tmp_path: Path, database: Database) -> None:
    site = Site(tmp_path, database, Limits(bytes=100_000))
    key = (await site.room()).room.key or 0
    for _ in range(12):
        await site.drawings.commit([RoomOps(key, [Clear(site.stamp)])])
        await site.draw(key, 100)
        site.now += 8 * HOUR
        site.round()
    assert site.store.bytes < 100_000
    assert state_of(site.store.points()[-1]) == await site.state()


async def test_litter_is_swept_and_counts_for_nothing(site: Site) -> None:
    await site.room()
    site.round()
    [chain] = site.store.chains()
    draft = chain.path / "minute-2-3-4.jsonl.gz.tmp"
    draft.write_bytes(b"half")
    (site.store.path / f"5-{'0' * 32}").mkdir()
    assert parse(draft) is None
    site.now += MINUTE
    site.round()
    assert site.litter() == []
    assert len([path for path in site.store.path.iterdir() if path.is_dir()]) == 1


async def test_one_process_at_a_time(site: Site) -> None:
    with site.store.turn(0), pytest.raises(StartError, match="under way"):
        Store(site.store.path).turn(0).__enter__()
