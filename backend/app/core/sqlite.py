"""SQLite: how a file is opened, what keeps it durable, and which of its errors will pass.

With `journal_mode=WAL` and `synchronous=FULL` SQLite syncs the log before COMMIT returns
(https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import insert as insert  # noqa: PLC0414 - used through `database.py: dialect_of`
from sqlalchemy.exc import DBAPIError

from app.core.database_use import Use
from app.core.errors import StartError

try:
    from pysqlite3 import dbapi2 as library  # type: ignore[import-untyped]
except ImportError:
    from sqlite3 import dbapi2 as library

LOOK_SECONDS = 0.001
OLDEST = (3, 51, 3)
"""Older ones can corrupt a WAL database that two connections write and checkpoint at once."""
PRAGMAS: dict[str, object] = {  # the first one lets the second wait for another process
    "busy_timeout": 0,
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
}
OF_USE: dict[Use, dict[str, object]] = {
    Use.READ: {"query_only": True},
    Use.WRITE: {},
    Use.MIGRATE: {"foreign_keys": False},
    Use.REPLACE: {"synchronous": False},
}
"""MIGRATE: rebuilding a table must not delete what refers to it. REPLACE: the new file is synced once, at its end."""
UNAVAILABLE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


def checked(url: URL) -> URL:
    """The URL of a file, as SQLAlchemy is to have it; StartError for anything else."""
    check_library(library.sqlite_version_info)
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or url.host or not url.database:
        raise StartError(
            "DATABASE_URL: drawings are stored in an SQLite file, as sqlite:////path/to/file.db, or in PostgreSQL, "
            "as postgresql://user:password@host/name."
        )
    if url.database == ":memory:" or url.query:
        raise StartError("DATABASE_URL: the drawings need a file, as sqlite:////path/to/file.db, without options.")
    return url.set(drivername="sqlite+pysqlite")


def place(url: URL) -> str:
    """The database as people are told of it."""
    return str(url.database)


def sqlite_version() -> str:
    """The version of the library that is used."""
    return str(library.sqlite_version)


def check_library(version: tuple[int, ...]) -> None:
    """Refuse an SQLite library that can damage the database."""
    if version < OLDEST:
        raise StartError(
            f"SQLite {'.'.join(map(str, version))} can damage a database (mended in 3.51.3): install the Python "
            "package pysqlite3, or a Python that brings a newer SQLite."
        )


def make_engine(url: URL, use: Use, connections: int, patience: float) -> Engine:
    """An engine; `patience`: seconds that a lock may take."""
    engine = create_engine(
        url,
        module=library,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": patience, "isolation_level": None},
    )
    pragmas = {**PRAGMAS, "busy_timeout": int(patience * 1000), **OF_USE[use]}
    _arrange(engine, pragmas, partial(_begin_to_write, patience=patience) if use is not Use.READ else _begin_to_read)
    return engine


def prove(connection: Connection) -> None:
    """See that it is a database, on a disk that will do."""
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
    if mode != "wal":
        where = place(connection.engine.url)
        raise StartError(f"The database {where} lies on a disk that cannot do WAL: choose a local one.")


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the disk or a lock is at fault, and not the statement: trying again later may help."""
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith(UNAVAILABLE)


def is_unreachable(error: DBAPIError) -> bool:  # noqa: ARG001 - as in core/postgresql.py
    """A file is there, or tells at once that it is not."""
    return False


def refusal(url: URL, error: DBAPIError) -> str:
    """Why it cannot be opened, in one line."""
    return f"The database {place(url)} cannot be used: {error.orig}."


def prepare(engine: Engine) -> None:
    """Put on disk what a process that was killed may have left in the log unsynced: from now on it is shown.

    A checkpoint syncs the log before it copies from it, whoever else has the file open.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        connection.close()


def take_turns(connection: Connection, what: str) -> None:
    """Nothing: only one transaction writes at a time."""


def before_migration(connection: Connection) -> None:
    """Nothing: the transaction is the only one that writes."""


def after_migration(connection: Connection) -> None:
    """Foreign keys were off: StartError if a row refers to a missing one."""
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StartError("The database holds rows that refer to missing ones: nothing was changed.")


def _begin_to_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection, patience: float) -> None:
    """Wait for one's turn, if another process writes just now.

    SQLite's own waiting looks more and more seldom, at last every 100 ms: where several write in quick succession, who
    waits for long finds it taken each time. Here everybody looks equally often.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA busy_timeout=0")
    end = time.monotonic() + patience
    try:
        while time.monotonic() < end and not _began(raw):
            time.sleep(LOOK_SECONDS)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # its error is told as that of any statement
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")


def _began(raw: Any) -> bool:  # noqa: ANN401 - a DB-API connection
    """Begin, unless somebody else is writing; True also if waiting would not help."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except library.OperationalError as error:
        return not str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
    return True


def _arrange(engine: Engine, pragmas: dict[str, object], begin: Callable[[Connection], None]) -> None:
    """Set the PRAGMAs, and take BEGIN out of the driver's hands (SQLAlchemy's manual, "SQLite Transactions")."""

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", begin)
