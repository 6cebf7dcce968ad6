"""The database behind one writer thread and a few reader threads, and the migrations.

`core/sqlite.py` and `core/postgresql.py` are what differs. Either way a commit has been synced before it returns, so
what `write` has returned from survives a crash of the process and a power cut.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from app.core import sqlite
from app.core.database_use import Use
from app.core.errors import StartError, StorageUnavailable, WhiteboardError
from app.core.revisions import Revisions

T = TypeVar("T")

log = structlog.get_logger()

READERS = 4
PATIENCE_SECONDS = 5.0
"""That a lock, or an answer of PostgreSQL, may take."""
MIGRATION_SECONDS = 60.0
FINDING_SECONDS = 1.0
"""That callers wait for the one who finds out whether the database is there again: if it is, that takes far less."""


class Line:
    """An engine, and the threads that use it.

    While the database cannot be reached, one caller at a time finds that out, which takes until its patience ends;
    those who wait behind it are told at once, and those who ask meanwhile soon.
    """

    def __init__(self, engine: Engine, threads: int, name: str) -> None:
        self.lost = False
        self.engine = engine
        self.threads = ThreadPoolExecutor(threads, name)
        self._losses = 0
        self._asking = 0
        self._finding: set[asyncio.Future[Any]] = set()
        event.listen(engine, "checkout", self._found)

    async def run(self, fn: Callable[[Session], T]) -> T:
        """Run `fn(db)` in a transaction of its own; StorageUnavailable."""
        if self.lost and self._asking:
            await asyncio.wait(self._finding, timeout=FINDING_SECONDS)
            if self.lost:
                raise StorageUnavailable
        work = asyncio.get_running_loop().run_in_executor(self.threads, self._transact, fn, self._losses)
        if not self._asking:
            self._finding = {work}
        self._asking += 1
        work.add_done_callback(self._asked)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_nobody_waits)
            raise

    def close(self) -> None:
        """Finish what was asked for, and close every connection."""
        self.threads.shutdown()
        self.engine.dispose()

    def _asked(self, _: object) -> None:
        self._asking -= 1

    def _found(self, *_: object) -> None:
        self.lost = False

    def _transact(self, fn: Callable[[Session], T], losses: int) -> T:
        if losses != self._losses:
            raise StorageUnavailable
        try:
            return transact(self.engine, fn)
        except StorageUnavailable as error:
            if isinstance(error.__cause__, DBAPIError) and dialect_of(self.engine.url).is_unreachable(error.__cause__):
                self.lost = True
                self._losses += 1
            raise


class Database:
    """A database. A function given to `write` or `read` runs in a thread, in one transaction of its own.

    What it returns must not need the database any more (columns are loaded and stay so, relations are not). A write
    whose answer is lost may have been committed, and is asked for again: it must do no harm when done twice.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        """Open the database; a wrong URL, a file that is no database or cannot be written is a StartError."""
        writing = open_engine(url, Use.WRITE, patience=patience)
        reading = open_engine(url, Use.READ, connections=READERS, patience=patience)
        dialect_of(writing.url).prepare(writing)
        self._writing = Line(writing, 1, "database-writer")
        self._reading = Line(reading, READERS, "database-reader")

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Run `fn(db)` in one write transaction, in the order of the calls; return when it is on disk.

        Raises StorageUnavailable when the disk or a lock stands in the way; whatever else `fn` raises undoes the
        transaction and comes through. Cancelling the caller does not stop a write that was asked for.
        """
        return await self._writing.run(fn)

    async def read(self, fn: Callable[[Session], T]) -> T:
        """Run `fn(db)` on one consistent state of the database; errors as with `write`."""
        return await self._reading.run(fn)

    async def reach(self) -> None:
        """See that it can be read, if there is reason to doubt it. Raises StorageUnavailable."""
        if self._reading.lost:
            await self.read(lambda db: db.execute(text("SELECT 1")))

    async def close(self) -> None:
        """Finish what was asked for, and close every connection; the last one folds the log into the file."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._reading.close()
        self._writing.close()


def _nobody_waits(work: asyncio.Future[Any]) -> None:
    """Who asked is gone: that there is no database is no news to anybody, and anything else a fault."""
    if (error := work.exception()) and not isinstance(error, WhiteboardError):
        log.error("what nobody waited for has failed", exc_info=error)


def transact(engine: Engine, fn: Callable[[Session], T]) -> T:
    """Run `fn(db)` in one transaction and commit it."""
    try:
        with Session(engine, expire_on_commit=False) as db, db.begin():
            return fn(db)
    except DBAPIError as error:
        if not dialect_of(engine.url).is_unavailable(error):
            raise
        engine.dispose()  # the next transaction begins on a new connection, whatever has become of this one
        raise StorageUnavailable from error


def take_turns(db: Session, what: str) -> None:
    """Let nobody else who calls this with the same words go on before this transaction has ended."""
    dialect_of(db.connection().engine.url).take_turns(db.connection(), what)


def parse_url(url: str) -> URL:
    """Read a database URL; the messages of its StartErrors never repeat it, it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StartError(
            "DATABASE_URL: not a database URL; it looks like sqlite:////path/to/file.db or "
            "postgresql://user:password@host/name."
        ) from None
    checked: URL = dialect_of(parsed).checked(parsed)
    return checked


def dialect_of(url: URL) -> ModuleType:
    """The module that knows the database of a URL: `postgresql`, imported only where one is used, or `sqlite`."""
    return import_module("app.core.postgresql") if url.get_backend_name() in ("postgresql", "postgres") else sqlite


def place_of(url: str) -> str:
    """A database as people are told of it: its file, or its URL without user and password."""
    parsed = parse_url(url)
    return str(dialect_of(parsed).place(parsed))


def open_engine(url: str, use: Use, *, connections: int = 1, patience: float = PATIENCE_SECONDS) -> Engine:
    """Make an engine, and try it; see Database for the errors."""
    parsed = parse_url(url)
    dialect = dialect_of(parsed)
    engine: Engine = dialect.make_engine(parsed, use, connections, patience)
    try:
        with engine.begin() as connection:
            dialect.prove(connection)
    except DBAPIError as error:
        engine.dispose()
        raise StartError(dialect.refusal(parsed, error)) from None
    except StartError:
        engine.dispose()
        raise
    return engine


def migrate(url: str) -> None:
    """Bring the database to the newest version, in one transaction; a second process that starts waits meanwhile."""
    engine = open_engine(url, Use.MIGRATE, patience=MIGRATION_SECONDS)
    try:
        with engine.begin() as connection:
            upgrade(connection)
    except DBAPIError as error:
        raise StartError(f"The database cannot be brought to this version: {reason_of(error)}.") from None
    finally:
        engine.dispose()


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest version, within the transaction of a connection; StartError if it is newer."""
    dialect = dialect_of(connection.engine.url)
    dialect.before_migration(connection)
    if Revisions().judge(connection) != "ok":
        import_module("app.core.migrations").run(connection)
        dialect.after_migration(connection)


def reason_of(error: DBAPIError) -> str:
    """The first line of what the database says."""
    return next(iter(str(error.orig).splitlines()), "").strip().rstrip(".")
