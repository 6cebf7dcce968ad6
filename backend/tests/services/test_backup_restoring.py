"""Bringing back: what is never overwritten, what a restored database is like, and what is left when it breaks off."""

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from backup_help import Site, state_of
from postgres_server import DATABASES, on_both
from sqlalchemy import select
from sqlmodel import SQLModel, col, update

from app.core.database import Database, migrate, open_engine
from app.core.database_lock import database_file, is_file, replaced, served
from app.core.database_use import Use
from app.core.errors import StartError
from app.core.migrations import alembic_config
from app.models import Room
from app.services.backups.commands import milliseconds, point_at, shown
from app.services.backups.restoring import restore
from app.services.backups.room_restoring import UNFINISHED, restore_room
from app.services.backups.segments import DamagedError
from app.services.backups.taking import position, reading

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> Site:
    """A backup of a board with 600 paths."""
    site = Site(tmp_path, database)
    entry = await site.room()
    await site.draw(entry.room.key or 0, 600)
    site.round()
    return site


@pytest.fixture(params=DATABASES)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another place for a database, of each kind; nothing is there."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'new' / 'other.db'}"


def look(url: str, table: str, *columns: str) -> list[tuple[object, ...]]:
    """What a table holds, in some order."""
    engine = open_engine(url, Use.READ)
    with engine.connect() as connection:
        named = [SQLModel.metadata.tables[table].c[name] for name in columns]
        rows = sorted(tuple(row) for row in connection.execute(select(*named)))
    engine.dispose()
    return rows


def count(url: str, table: str) -> int:
    """How many rows a table has."""
    return len(look(url, table, "changed"))


COLUMNS = {
    "room": ("key", "id", "created_at", "creator_ip", "invite_hash", "cleared", "changed"),
    "user_session": ("id", "room_key", "name", "token_id", "created_at", "changed"),
    "path": ("room_key", "id", "d", "width", "color", "ts", "deleted", "changed"),
}


def position_of(url: str) -> tuple[str, int]:
    """A database's id, and its last number."""
    with reading(url) as engine:
        return position(engine)


@on_both
async def test_a_restored_database_is_equal_but_has_an_id_of_its_own(site: Site, other: str) -> None:
    done = restore(other, site.store.points()[-1])
    assert (done.rooms, done.paths, done.aside) == (1, 600, None)
    for table, columns in COLUMNS.items():
        assert look(other, table, *columns) == look(site.job.url, table, *columns)
    [(name, number), (before, last)] = [position_of(url) for url in (other, site.job.url)]
    assert number == last
    assert name != before
    if is_file(other):
        assert sorted(path.name for path in database_file(other).parent.iterdir()) == ["other.db", "other.db.lock"]


async def test_a_restored_database_is_gone_on_with(site: Site, other: str, tmp_path: Path) -> None:
    restore(other, site.store.points()[-1])
    migrate(other)
    database = Database(other)
    moved = Site(tmp_path, database)
    moved.now, moved.stamp = site.now + 60_000, site.stamp
    entry = await moved.room()
    keys = [key for (key,) in look(other, "room", "key")]
    assert sorted(keys) == [1, entry.room.key]
    for key in keys:
        await moved.draw(key, 10)
    moved.round()
    assert len(moved.store.chains()) == 2
    assert len(await moved.state()) == 620
    assert state_of(moved.store.points()[-1]) == await moved.state()
    await database.close()


async def test_a_file_with_rooms_is_only_moved_aside(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    url = f"sqlite:///{other}"
    migrate(url)
    point = site.store.points()[-1]
    assert restore(url, point).aside is None  # it had no rooms
    with pytest.raises(StartError, match="--move-aside"):
        restore(url, point)
    other.with_name("other.db-wal").write_bytes(b"what the new one must not take for its own")
    aside = Path(restore(url, point, move_aside=True).aside or "")
    assert {aside.name, f"{aside.name}-wal"} <= set(os.listdir(tmp_path))  # noqa: PTH208 - quick
    assert count(url, "path") == 600
    other.write_bytes(b"wrecked" * 1000)
    with pytest.raises(StartError, match="cannot be read"):
        restore(url, point)


async def test_tables_with_rooms_are_only_moved_aside(site: Site, postgres_url: str) -> None:
    migrate(postgres_url)
    point = site.store.points()[-1]
    assert restore(postgres_url, point).aside is None  # it had no rooms
    first = position_of(postgres_url)
    with pytest.raises(StartError, match="--move-aside"):
        restore(postgres_url, point)
    aside = (restore(postgres_url, point, move_aside=True).aside or "").rpartition(" ")[2]
    assert aside.startswith("aside_")
    assert count(postgres_url, "path") == 600
    assert position_of(postgres_url) != first
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"SET search_path TO {aside}")
        [found] = connection.execute("SELECT count(*) FROM path").fetchall()
        [old] = connection.execute("SELECT database FROM change_counter").fetchall()
    assert found == (600,)
    assert old[0].hex == first[0]


async def test_a_server_and_a_restore_keep_each_other_out(site: Site, other: str) -> None:
    point = site.store.points()[-1]
    restore(other, point)
    with served(other):
        database = Database(other)
        with pytest.raises(StartError, match="stop every server"):
            restore(other, point, move_aside=True)
        await database.close()
    if is_file(other):
        with replaced(other), pytest.raises(StartError, match="being brought back"), served(other):
            pass
    else:
        alone = open_engine(other, Use.REPLACE)
        with pytest.raises(StartError, match="being brought back"):
            migrate(other)
        with pytest.raises(StartError, match="being brought back"):
            Database(other)
        alone.dispose()
        migrate(other)


async def test_a_damaged_backup_replaces_nothing(site: Site, other: str) -> None:
    point = site.store.points()[-1]
    restore(other, point)
    before = position_of(other)
    damage(point.way[0].path)
    with pytest.raises(DamagedError):
        restore(other, point, move_aside=True)
    assert position_of(other) == before
    with pytest.raises(DamagedError):
        restore_room(other, point, the_room(site), NOW)
    assert (count(other, "room"), count(other, "path")) == (1, 600)


@on_both
async def test_a_room_comes_back_as_a_new_one_in_the_same_database(site: Site) -> None:
    room = restore_room(site.job.url, site.store.points()[-1], the_room(site), NOW)
    entry = await site.rooms.join(str(room.id), "Bob", room.invite)
    board = await site.drawings.load(entry.room.key or 0)
    assert (room.paths, board.count) == (600, 600)
    site.now += 60_000
    site.round()
    assert len(site.store.points()) == 2  # the new room is backed up as any other
    with pytest.raises(StartError, match="no room"):
        restore_room(site.job.url, site.store.points()[0], uuid4(), NOW)


@on_both
async def test_what_a_killed_restore_of_a_room_left_is_swept(site: Site) -> None:
    entry = await site.room()
    await site.draw(entry.room.key or 0, 1200)
    unfinished = update(Room).where(col(Room.key) == entry.room.key).values(creator_ip=UNFINISHED)
    await site.database.write(lambda db: db.exec(unfinished))
    with pytest.raises(StartError, match="no room"):
        restore_room(site.job.url, site.store.points()[-1], entry.room.id, NOW)
    assert (count(site.job.url, "room"), count(site.job.url, "path")) == (1, 600)


async def test_what_was_stored_before_changes_were_counted_is_backed_up(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'whiteboard.db'}"
    engine = open_engine(url, Use.MIGRATE)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.exec_driver_sql("INSERT INTO room VALUES (1, randomblob(16), 5, 5, '::1', 0, randomblob(32), 0)")
        connection.exec_driver_sql("INSERT INTO path VALUES (1, randomblob(16), 'M0 0L1 1', 2.0, '#000000', 7, 0)")
    engine.dispose()
    migrate(url)
    database = Database(url)
    site = Site(tmp_path, database)
    site.round()
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert restore(other, site.store.points()[-1]).paths == 1
    await database.close()


async def test_a_time_is_found_as_lists_show_it(site: Site) -> None:
    site.now += 60_400
    await site.room()
    site.round()
    points = site.store.points()
    assert point_at(points, None) == points[-1]
    for point in points:
        assert point_at(points, shown(point.time)) == point
    assert point_at(points, shown(points[0].time + 59_000)) == points[0]
    assert milliseconds("1970-01-01T00:00:01+00:00") == 1999
    with pytest.raises(StartError, match="--at"):
        milliseconds("yesterday")
    with pytest.raises(StartError, match="oldest"):
        point_at(points, "1999-01-01")
    with pytest.raises(StartError, match="no backup"):
        point_at([], None)


def damage(path: Path) -> None:
    """Spoil the end of a file: all its rows are read before that shows."""
    path.write_bytes(path.read_bytes()[:-6] + b"\0\0\0\0\0\0")


def the_room(site: Site) -> UUID:
    """The id of the only room."""
    [(room_id,)] = look(site.job.url, "room", "id")
    assert isinstance(room_id, UUID)
    return room_id
