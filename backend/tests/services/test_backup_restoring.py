"""Bringing back: what is never overwritten, what a restored database is like, and what is left when it breaks off."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from backup_help import Site

from app.core.database import Database, alembic_config, migrate, open_engine
from app.core.database_lock import replaced, served
from app.core.errors import StartError
from app.services.backups.commands import milliseconds, point_at, shown
from app.services.backups.restoring import restore
from app.services.backups.room_restoring import UNFINISHED, restore_room
from app.services.backups.segments import DamagedError

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> Site:
    """A backup of a board with 600 paths."""
    site = Site(tmp_path, database)
    entry = await site.room()
    await site.draw(entry.room.key or 0, 600)
    site.round()
    return site


def look(url: str, query: str) -> list[tuple[object, ...]]:
    """What a database answers."""
    engine = open_engine(url, begin="BEGIN")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return rows


COLUMNS = {
    "room": "key, id, created_at, creator_ip, invite_hash, cleared, changed",
    "user_session": "id, room_key, name, token_id, created_at, changed",
    "path": "room_key, id, d, width, color, ts, deleted, changed",
}


async def test_a_restored_database_is_equal_but_has_an_id_of_its_own(site: Site, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'other.db'}"
    done = restore(url, site.store.points()[-1])
    assert (done.rooms, done.paths, done.aside) == (1, 600, None)
    for table, columns in COLUMNS.items():
        query = f"SELECT {columns} FROM {table} ORDER BY 1, 2"  # noqa: S608 - our own names
        assert look(url, query) == look(site.job.url, query)
    [(number, name)] = look(url, "SELECT number, database FROM change_counter")
    [(there, other)] = look(site.job.url, "SELECT number, database FROM change_counter")
    assert number == there
    assert name != other
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["other.db", "other.db.lock"]


async def test_a_database_with_rooms_is_only_moved_aside(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    url = f"sqlite:///{other}"
    migrate(url)
    point = site.store.points()[-1]
    assert restore(url, point).aside is None  # it had no rooms
    with pytest.raises(StartError, match="--move-aside"):
        restore(url, point)
    other.with_name("other.db-wal").write_bytes(b"what the new one must not take for its own")
    aside = restore(url, point, move_aside=True).aside
    assert aside is not None
    assert aside.exists()
    assert aside.with_name(aside.name + "-wal").exists()
    assert look(url, "SELECT count(*) FROM path") == [(600,)]
    other.write_bytes(b"wrecked" * 1000)
    with pytest.raises(StartError, match="cannot be read"):
        restore(url, point)


async def test_a_server_and_a_restore_keep_each_other_out(site: Site, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    with served(url), served(url), pytest.raises(StartError, match="stop every server"):
        restore(url, site.store.points()[-1])
    with replaced(url), pytest.raises(StartError, match="being brought back"), served(url):
        pass


async def test_a_damaged_backup_replaces_nothing(site: Site, tmp_path: Path) -> None:
    point = site.store.points()[-1]
    damage(point.way[0].path)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate(url)
    with pytest.raises(DamagedError):
        restore(url, point, move_aside=True)
    assert look(url, "SELECT count(*) FROM room") == [(0,)]
    rooms = look(site.job.url, "SELECT count(*) FROM room")
    with pytest.raises(DamagedError):
        restore_room(site.job.url, point, the_room(site), NOW)
    assert look(site.job.url, "SELECT count(*) FROM room") == rooms


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


async def test_what_a_killed_restore_of_a_room_left_is_swept(site: Site) -> None:
    entry = await site.room()
    await site.draw(entry.room.key or 0, 1200)
    await site.database.write(
        lambda db: db.connection().exec_driver_sql(
            "UPDATE room SET creator_ip = ? WHERE key = ?", (UNFINISHED, entry.room.key)
        )
    )
    with pytest.raises(StartError, match="no room"):
        restore_room(site.job.url, site.store.points()[-1], entry.room.id, NOW)
    assert look(site.job.url, "SELECT count(*) FROM room") == [(1,)]
    assert look(site.job.url, "SELECT count(*) FROM path") == [(600,)]


async def test_what_was_stored_before_changes_were_counted_is_backed_up(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'whiteboard.db'}"
    engine = open_engine(url, begin="BEGIN IMMEDIATE", foreign_keys=False)
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
    [(room_id,)] = look(site.job.url, "SELECT id FROM room")
    assert isinstance(room_id, bytes)
    return UUID(bytes=room_id)
