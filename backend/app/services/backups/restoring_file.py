"""A whole SQLite database from a backup: built in a file beside its place, checked, and only then put there."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, Table, insert, inspect, text
from sqlalchemy.exc import DatabaseError

from app.core.config import sync_directory
from app.core.database import migrate, open_engine
from app.core.database_lock import database_file, replaced
from app.core.database_use import Use
from app.core.errors import StartError
from app.services.backups.chains import Point
from app.services.backups.filling import Values, check_counts, fill, pieces
from app.services.backups.reading import Progress
from app.services.backups.restored import Restored
from app.services.changes import set_number

PIECE = 5000
DRAFT = ".restoring"
PARTS = ("", "-wal", "-shm")


def restore_file(url: str, point: Point, *, move_aside: bool, progress: Progress | None) -> Restored:
    """Bring back a database into a file; see `restore`."""
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
    return Restored(counts["room"], counts["path"], str(file), str(aside) if aside else None)


def is_empty(url: str, file: Path) -> bool:
    """Tell whether a database is not there, or holds no rooms; one that cannot be read may hold some."""
    if not file.exists():
        return True
    try:
        with _opened(url, Use.WRITE) as engine, engine.connect() as connection:
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
    with _opened(url, Use.REPLACE) as engine:
        counts = fill(lambda table, rows: _insert(engine, table, rows), point, progress)
        with engine.begin() as connection:
            set_number(connection, point.segment.end)
        _check(engine, counts)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    return counts


def _insert(engine: Engine, table: Table, rows: Iterable[Values]) -> int:
    count = 0
    for piece in pieces(rows, PIECE):
        with engine.begin() as connection:
            connection.execute(insert(table), piece)
        count += len(piece)
    return count


def _check(engine: Engine, counts: Counter[str]) -> None:
    with engine.connect() as connection:
        check_counts(connection, counts)
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
def _opened(url: str, use: Use) -> Iterator[Engine]:
    engine = open_engine(url, use)
    try:
        yield engine
    finally:
        engine.dispose()
