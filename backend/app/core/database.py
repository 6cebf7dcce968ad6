"""The database: SQLite behind one writer thread and a few reader threads, and the migrations.

Durability: with `journal_mode=WAL` and `synchronous=FULL` SQLite syncs the log before COMMIT returns, so what `write`
has returned from survives a crash of the process and a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session

from app.core.errors import StartError, StorageUnavailable

try:
    from pysqlite3 import dbapi2 as sqlite  # type: ignore[import-untyped]
except ImportError:
    from sqlite3 import dbapi2 as sqlite

T = TypeVar("T")

OLDEST_SQLITE = (3, 51, 3)
"""Older ones can corrupt a WAL database that two connections write and checkpoint at once."""
READERS = 4
BUSY_SECONDS = 5.0
PRAGMAS: dict[str, object] = {  # the first one lets the second wait for another process
    "busy_timeout": int(BUSY_SECONDS * 1000),
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
}
UNAVAILABLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
MIGRATIONS = Path(__file__).parents[2] / "alembic"


class Database:
    """A SQLite database. A function given to `write` or `read` runs in a thread, in one transaction of its own.

    What it returns must not need the database any more (columns are loaded and stay so, relations are not).
    """

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the database; a wrong URL, a file that is no database or cannot be written is a StartError."""
        self._writing = open_engine(url, begin="BEGIN IMMEDIATE", connections=1, busy_seconds=busy_seconds)
        sync_log(self._writing)
        self._reading = open_engine(url, begin="BEGIN", connections=READERS, busy_seconds=busy_seconds, query_only=True)
        self._writer = ThreadPoolExecutor(1, "database-writer")
        self._readers = ThreadPoolExecutor(READERS, "database-reader")

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run `fn(db)` in one write transaction, in the order of the calls; return when it is on disk.

        Raises StorageUnavailable when the disk or a lock stands in the way; whatever else `fn` raises undoes the
        transaction and comes through. Cancelling the caller does not stop a write that was asked for.
        """
        return await self._run(self._writer, self._writing, fn)

    async def read(self, fn: Callable[[Session], T]) -> T:
        """Run `fn(db)` on one consistent state of the database; errors as with `write`."""
        return await self._run(self._readers, self._reading, fn)

    async def close(self) -> None:
        """Finish what was asked for, and close every connection; the last one folds the log into the file."""
        await asyncio.to_thread(self._close)

    async def _run(self, threads: ThreadPoolExecutor, engine: Engine, fn: Callable[[Session], T]) -> T:
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(threads, transact, engine, fn))

    def _close(self) -> None:
        self._readers.shutdown()
        self._reading.dispose()
        self._writer.shutdown()
        self._writing.dispose()


def transact(engine: Engine, fn: Callable[[Session], T]) -> T:
    """Run `fn(db)` in one transaction and commit it."""
    try:
        with Session(engine, expire_on_commit=False) as db, db.begin():
            return fn(db)
    except DatabaseError as error:
        if not is_unavailable(error):
            raise
        engine.dispose()  # the next transaction begins on a new connection, whatever has become of this one
        raise StorageUnavailable from error


def is_unavailable(error: DatabaseError) -> bool:
    """Tell whether the disk or a lock is at fault, and not the statement: trying again later may help."""
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith(UNAVAILABLE)


def open_engine(
    url: str, *, begin: str, connections: int = 1, busy_seconds: float = BUSY_SECONDS, **pragmas: bool
) -> Engine:
    """Make an engine whose transactions start with the statement `begin`, and try it; see Database for the errors."""
    parsed = parse_url(url)
    engine = create_engine(
        parsed,
        module=sqlite,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": busy_seconds, "isolation_level": None},
    )
    _arrange(engine, {**PRAGMAS, "busy_timeout": int(busy_seconds * 1000), **pragmas}, begin)
    _try(engine)
    return engine


def sync_log(engine: Engine) -> None:
    """Put on disk what a process that was killed may have left in the log unsynced: from now on it is shown.

    A checkpoint syncs the log before it copies from it, whoever else has the file open.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        connection.close()


def _try(engine: Engine) -> None:
    try:
        with engine.begin() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
    except DatabaseError as error:
        engine.dispose()
        raise StartError(f"The database {engine.url.database} cannot be used: {error.orig}.") from None
    if mode != "wal":
        raise StartError(f"The database {engine.url.database} lies on a disk that cannot do WAL: choose a local one.")


def _arrange(engine: Engine, pragmas: dict[str, object], begin: str) -> None:
    """Set the PRAGMAs, and take BEGIN out of the driver's hands (SQLAlchemy's manual, "SQLite Transactions")."""

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def parse_url(url: str) -> URL:
    """Read a database URL that this version can use; the messages never repeat the URL, it may hold a password."""
    check_sqlite(sqlite.sqlite_version_info)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StartError("DATABASE_URL: not a database URL; it looks like sqlite:////path/to/file.db.") from None
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        raise StartError("DATABASE_URL: this version stores in SQLite only, not in PostgreSQL.")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite") or parsed.host or not parsed.database:
        raise StartError("DATABASE_URL: this version stores in an SQLite file, as sqlite:////path/to/file.db.")
    if parsed.database == ":memory:" or parsed.query:
        raise StartError("DATABASE_URL: the drawings need a file, as sqlite:////path/to/file.db, without options.")
    return parsed.set(drivername="sqlite+pysqlite")


def sqlite_version() -> str:
    """The version of the SQLite library that is used."""
    return str(sqlite.sqlite_version)


def check_sqlite(version: tuple[int, ...]) -> None:
    """Refuse an SQLite library that can damage the database."""
    if version < OLDEST_SQLITE:
        raise StartError(
            f"SQLite {'.'.join(map(str, version))} can damage a database (mended in 3.51.3): install the Python "
            "package pysqlite3, or a Python that brings a newer SQLite."
        )


def migrate(url: str) -> None:
    """Bring the database to the newest version, in one transaction; a second process that starts waits for the first.

    Foreign keys are off meanwhile (rebuilding a table must not delete what refers to it) and are checked at the end.
    """
    engine = open_engine(url, begin="BEGIN IMMEDIATE", busy_seconds=60, foreign_keys=False)
    try:
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), "head")
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StartError("The database holds rows that refer to missing ones: nothing was changed.")
    except CommandError as error:
        raise StartError(f"The database was written by another version of this program: {error}.") from None
    except DatabaseError as error:
        raise StartError(f"The database cannot be brought to this version: {error.orig}.") from None
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Give Alembic's configuration, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
