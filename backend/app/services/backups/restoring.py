"""A whole database from a backup: built beside its place, checked, and only then put there."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import Engine, insert, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel, update

from app.core.config import sync_directory
from app.core.database import migrate, open_engine
from app.core.database_lock import database_file, replaced
from app.core.errors import StartError
from app.models import ChangeCounter
from app.services.backups.chains import Point
from app.services.backups.filling import pieces, rows_of, values_of
from app.services.backups.reading import Progress
from app.services.backups.rows import BackupRow, PathRow, RoomRow, SessionRow

PIECE = 5000
DRAFT = ".restoring"
PARTS = ("", "-wal", "-shm")
TABLES: dict[type[BackupRow], str] = {RoomRow: "room", SessionRow: "user_session", PathRow: "path"}


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and where the database that was there before is now, if it was kept."""

    rooms: int
    paths: int
    file: Path
    aside: Path | None


def restore(url: str, point: Point, *, move_aside: bool = False, progress: Progress | None = None) -> Restored:
    """Bring back a whole database. Whatever is raised, what was there before is there still.

    Raises StartError: a server uses it; it has rooms, and is not to be moved aside. Raises DamagedError, OSError.
    """
    file = database_file(url)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replaced(url):
        if not move_aside and not is_empty(url, file):
            raise StartError(
                f"{file} has drawings, or cannot be read: with --move-aside it is kept beside the new one."
            )
        draft = file.with_name(file.name + DRAFT)
        try:
            _remove(draft)
            counts = _build(draft, point, progress)
            aside = _replace(file, draft, keep=move_aside)
        finally:
            _remove(draft)
    return Restored(counts["room"], counts["path"], file, aside)


def is_empty(url: str, file: Path) -> bool:
    """Tell whether a database is not there, or holds no rooms; one that cannot be read may hold some."""
    if not file.exists():
        return True
    try:
        with _opened(url) as engine, engine.connect() as connection:
            names = inspect(connection).get_table_names()
            if "room" not in names:
                return not names
            return connection.execute(text("SELECT 1 FROM room LIMIT 1")).first() is None
    except (StartError, DatabaseError):
        return False


def _build(draft: Path, point: Point, progress: Progress | None) -> Counter[str]:
    """Make the database in a file of its own: nobody waits for it to be synced before the end."""
    url = f"sqlite:///{draft}"
    migrate(url)
    with _opened(url, synchronous=False) as engine:
        counts = _fill(engine, _known(rows_of(point.way, progress)))
        with Session(engine) as db, db.begin():
            db.exec(update(ChangeCounter).values(number=point.segment.end))
        _check(engine, counts)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    return counts


def _fill(engine: Engine, rows: Iterable[BackupRow]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for kind, group in groupby(rows, type):
        table = SQLModel.metadata.tables[TABLES[kind]]
        for piece in pieces(map(values_of, group), PIECE):
            with engine.begin() as connection:
                connection.execute(insert(table), piece)
            counts[table.name] += len(piece)
    return counts


def _known(rows: Iterable[BackupRow]) -> Iterator[BackupRow]:
    """Leave out what was of a room that is gone: backups hear of no removal, and a room's key may be used again."""
    created: dict[int, int] = {}
    for row in rows:
        if isinstance(row, RoomRow):
            created[row.key] = row.created_at
        elif row.room_key not in created or (isinstance(row, SessionRow) and row.created_at < created[row.room_key]):
            continue
        yield row


def _check(engine: Engine, counts: Counter[str]) -> None:
    with engine.connect() as connection:
        for name in TABLES.values():
            found = connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 - our own names
            if found != counts[name]:
                raise StartError(f"The restored database has {found} rows in {name} and not {counts[name]}.")
        verdict = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        if verdict != "ok" or connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StartError(f"The restored database is not sound: {verdict}.")
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # no transaction may be open
    finally:
        raw.close()


def _replace(file: Path, draft: Path, *, keep: bool) -> Path | None:
    """Put the new database in its place. What lay there goes, its log too: the new one would take it for its own."""
    aside = file.with_name(f"{file.name}.aside-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    if keep and file.exists():
        for part in PARTS:
            if (old := file.with_name(file.name + part)).exists():
                old.rename(aside.with_name(aside.name + part))
    else:
        _remove(file)
    draft.rename(file)
    sync_directory(file.parent)
    return aside if aside.exists() else None


def _remove(file: Path) -> None:
    for part in reversed(PARTS):
        file.with_name(file.name + part).unlink(missing_ok=True)


@contextmanager
def _opened(url: str, **pragmas: bool) -> Iterator[Engine]:
    engine = open_engine(url, begin="BEGIN IMMEDIATE", **pragmas)
    try:
        yield engine
    finally:
        engine.dispose()
