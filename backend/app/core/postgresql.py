"""PostgreSQL: how it is connected to, what keeps it durable and from waiting for ever, and which errors will pass.

Nothing that the promises depend on is left to the server's settings: each connection sets it for itself. A commit
returns when it is on disk (`synchronous_commit`), and nobody sees it before.
"""

import math
import time
from functools import partial
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import structlog
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql import insert as insert  # noqa: PLC0414 - used through `database.py: dialect_of`
from sqlalchemy.exc import DBAPIError

from app.core.database_use import Use
from app.core.errors import StartError
from app.core.postgresql_locks import LOCKS, MIGRATION, USE

T = TypeVar("T")

log = structlog.get_logger()

OLDEST = 14
CONNECT_SECONDS = 3.0
PING_SECONDS = 2.0
"""That a new connection, and a sign of life of an old one, may take: together no more than an answer may."""
LINE_SECONDS = 3
"""After which PostgreSQL gives up a connection whose line is dead, and what it has locked. A process that merely sleeps
keeps it: its kernel answers."""
ALONE_SECONDS = 1.0
"""That the connections of a server that has just ended may take to be gone."""
WAKE_SECONDS = 0.1

UNAVAILABLE_CLASSES = ("08", "28", "53", "58", "57P")
"""The connection; who may connect; no room, memory or connection left; the disk; shutting down, starting."""
UNAVAILABLE = {
    "25006",  # read-only: a standby that has not taken over yet
    "25P03",  # idle in a transaction: this process was asleep
    "3D000",  # the database is not there: it is being put in place
    "40001",  # lost to another transaction, also 40P01
    "40P01",
    "55P03",  # a lock
    "57014",  # took too long
}


class ReplacedError(psycopg.OperationalError):
    """A backup is being brought back into the database, or it is another one than before."""


class PatientConnection(psycopg.Connection[Any]):
    """Waits for each answer so long and no longer: a server that hangs still has a kernel that keeps the line up."""

    patience = math.inf

    def wait(self, gen: PQGen[T], interval: float = WAKE_SECONDS, timeout: float | None = None) -> T:
        """As psycopg has it, but with a limit on silence: then the connection is given up."""
        return super().wait(self._limited(gen), interval, timeout)

    def _limited(self, gen: PQGen[T]) -> PQGen[T]:
        end = time.monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    end = now + self.patience
                elif now > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer in {self.patience:g} seconds")
                wanted = gen.send(ready)
        except StopIteration as done:
            answer: T = done.value
            return answer


def checked(url: URL) -> URL:
    """The URL of a PostgreSQL database, as SQLAlchemy is to have it; StartError for a driver that is not ours."""
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg") or not url.database:
        raise StartError("DATABASE_URL: a PostgreSQL database looks like postgresql://user:password@host/name.")
    return url.set(drivername="postgresql+psycopg")


def place(url: URL) -> str:
    """The database as people are told of it: without user and password."""
    return f"postgresql://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database}"


def make_engine(url: URL, use: Use, connections: int, patience: float) -> Engine:
    """An engine; `patience`: seconds that an answer may take, a lock a little less."""
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"client_encoding": "utf8", "application_name": "whiteboard", **_waiting(url, patience)},
    )
    known: set[UUID] = set()

    def connect(_dialect: object, _record: object, args: tuple[Any, ...], options: dict[str, Any]) -> object:
        connection = PatientConnection.connect(*args, **options, autocommit=True)
        try:
            connection.patience = patience
            _arrange(connection, use, patience)
            _recognise(connection, known)
            connection.autocommit = False
        except BaseException:
            connection.close()
            raise
        return connection

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkin", partial(_be_patient, min(patience, PING_SECONDS)))
    event.listen(engine, "checkout", partial(_be_patient, patience))
    return engine


def _be_patient(seconds: float, connection: PatientConnection | None, *_: object) -> None:
    """The pool pings before it calls its listeners of "checkout"."""
    if connection:
        connection.patience = seconds


def prove(connection: Connection) -> None:
    """See that the server is one that will do."""
    version, encoding = connection.execute(
        text("SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')")
    ).one()
    if version < OLDEST:
        raise StartError(f"The database is PostgreSQL {version}: {OLDEST} or newer is needed.")
    if encoding != "UTF8":
        raise StartError(f"The database's encoding is {encoding}: make one with ENCODING 'UTF8'.")


def prepare(engine: Engine) -> None:
    """Warn of settings of the server that break what we promise, and that no connection can change."""
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes"):
            if connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one() == "off":
                log.warning("a setting of PostgreSQL lets a power cut lose what was acknowledged", setting=name)


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the server, its disk or a lock is at fault, and not the statement: trying again may help."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the line was cut, or there was none
        return isinstance(error.orig, psycopg.OperationalError) or error.connection_invalidated
    return state in UNAVAILABLE or state.startswith(UNAVAILABLE_CLASSES)


def is_unreachable(error: DBAPIError) -> bool:
    """Tell whether it was not even there, or did not answer: others will fare the same."""
    state = getattr(error.orig, "sqlstate", None)
    return is_unavailable(error) and (state is None or state.startswith(("08", "57P")))


def refusal(url: URL, error: DBAPIError) -> str:
    """Why it cannot be opened, in one line."""
    reason = next(iter(str(error.orig).splitlines()), "").rstrip(".")
    known = isinstance(error.orig, ReplacedError)
    return f"{reason}." if known else f"The database {place(url)} cannot be used: {reason}."


def take_turns(connection: Connection, what: str) -> None:
    """Wait until no other transaction has taken a lock of this name (which may rarely be that of another name)."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


def before_migration(connection: Connection) -> None:
    """Wait for another process that migrates."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCKS}, {MIGRATION})"))


def after_migration(connection: Connection) -> None:
    """Nothing: foreign keys were never off."""


def _waiting(url: URL, patience: float) -> dict[str, int]:
    """Seconds for a new connection; libpq takes whole ones, two at least. A URL may say another number."""
    return {} if "connect_timeout" in url.query else {"connect_timeout": math.ceil(min(patience, CONNECT_SECONDS))}


def _arrange(connection: PatientConnection, use: Use, patience: float) -> None:
    """Set what each connection needs, and say what the database is used for."""
    settings = {
        "default_transaction_isolation": "repeatable read" if use is Use.READ else "read committed",
        **({"default_transaction_read_only": "on"} if use is Use.READ else {}),
        "lock_timeout": _milliseconds(patience * 0.8),
        "statement_timeout": _milliseconds(patience) if use is Use.WRITE else "0",
        "idle_in_transaction_session_timeout": _milliseconds(patience * 2),
        "tcp_keepalives_idle": "1",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": str(LINE_SECONDS - 1),
        "tcp_user_timeout": _milliseconds(LINE_SECONDS),
    }
    calls = ", ".join("set_config(%s, %s, false)" for _ in settings)
    connection.execute(f"SELECT {calls}".encode(), list(chain.from_iterable(settings.items())))
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    if use is Use.REPLACE:
        _lock_alone(connection)
    elif use is not Use.READ and not _locked(connection, "pg_try_advisory_lock_shared"):
        raise ReplacedError("A backup is being brought back into the database: start when that is done")


def _milliseconds(seconds: float) -> str:
    return "0" if math.isinf(seconds) else str(math.ceil(seconds * 1000))


def _lock_alone(connection: PatientConnection) -> None:
    end = time.monotonic() + ALONE_SECONDS
    while not _locked(connection, "pg_try_advisory_lock"):
        if time.monotonic() > end:
            raise ReplacedError("A server is using the database, or a restore is under way: stop every server first")
        time.sleep(WAKE_SECONDS)


def _locked(connection: PatientConnection, function: str) -> bool:
    return _value(connection, f"SELECT {function}({LOCKS}, {USE})") is True


def _recognise(connection: PatientConnection, known: set[UUID]) -> None:
    """A connection that is lost may be made again to a database that was brought back meanwhile: what this process
    holds in memory is not of that one, and must not be mixed into it."""
    if not _value(connection, "SELECT to_regclass('change_counter') IS NOT NULL"):
        return
    found = _value(connection, "SELECT database FROM change_counter")
    if known and found not in known:
        log.error("the database was replaced by another one: restart this server")
        raise ReplacedError("the database was replaced by another one: restart this server")
    known.add(found)


def _value(connection: PatientConnection, query: str) -> Any:  # noqa: ANN401 - as the database answers
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
