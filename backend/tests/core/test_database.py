"""The database: commits, errors, cancellation, and what is refused at start."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from postgres_server import DATABASES
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from app.core import sqlite
from app.core.database import Database, migrate
from app.core.errors import StartError, StorageUnavailable


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
async def db_file(tmp_path: Path) -> Path:
    return tmp_path / "whiteboard.db"


@pytest.fixture
async def in_file(db_file: Path) -> AsyncIterator[Database]:
    """In SQLite."""
    async with opened(url_of(db_file)) as store:
        yield store


@pytest.fixture(params=DATABASES)
async def store(request: pytest.FixtureRequest, db_file: Path) -> AsyncIterator[Database]:
    """In each of the two."""
    url = url_of(db_file) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    async with opened(url) as store:
        yield store


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    store = Database(url, patience=0.2 if url.startswith("sqlite") else 5)
    await store.write(lambda db: db.exec(text("CREATE TABLE note (word TEXT NOT NULL)")))
    yield store
    await store.close()


def add(word: str | None) -> Callable[[Session], None]:
    def put(db: Session) -> None:
        db.execute(text("INSERT INTO note (word) VALUES (:word)"), {"word": word})

    return put


def count(db: Session) -> int:
    return db.execute(text("SELECT count(*) FROM note")).scalar_one()


async def test_every_connection_is_durable_and_checked(in_file: Database) -> None:
    def pragmas(db: Session) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [db.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]

    assert await in_file.write(pragmas) == ["wal", 2, 1, 200]
    assert await in_file.read(pragmas) == ["wal", 2, 1, 200]


async def test_a_write_is_seen_by_every_later_read(store: Database) -> None:
    await asyncio.gather(*(store.write(add(str(n))) for n in range(50)))
    assert await asyncio.gather(*(store.read(count) for _ in range(20))) == [50] * 20


async def test_writes_run_in_order_in_one_thread(store: Database) -> None:
    seen: list[tuple[int, int]] = []
    await asyncio.gather(*(store.write(lambda _, n=n: seen.append((n, threading.get_ident()))) for n in range(20)))
    assert [n for n, _ in seen] == list(range(20))
    assert len({thread for _, thread in seen}) == 1


async def test_an_error_undoes_the_transaction_and_comes_through(store: Database) -> None:
    def half(db: Session) -> None:
        add("first")(db)
        add(None)(db)

    with pytest.raises(IntegrityError):
        await store.write(half)
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda db: (add("x")(db), 1 / 0))
    assert await store.read(count) == 0


async def test_a_reader_cannot_write(store: Database) -> None:
    with pytest.raises(StorageUnavailable):
        await store.read(add("sneaked in"))
    assert await store.read(count) == 0


async def test_a_foreign_lock_is_storage_unavailable_and_then_over(in_file: Database, db_file: Path) -> None:
    store = in_file
    other = sqlite.library.connect(db_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable):
        await store.write(add("locked out"))
    assert await store.read(count) == 0, "readers do not wait for a writer"
    other.execute("ROLLBACK")
    other.close()
    await store.write(add("again"))
    assert await store.read(count) == 1


async def test_a_full_disk_is_storage_unavailable_and_then_over(in_file: Database) -> None:
    store = in_file

    def limit(pages: int) -> object:
        return lambda db: db.execute(text(f"PRAGMA max_page_count={pages}")).scalar_one()

    await store.write(limit(4))
    with pytest.raises(StorageUnavailable):
        await store.write(add("x" * 100_000))
    await store.write(limit(1_000_000))
    await store.write(add("x" * 100_000))
    assert await store.read(count) == 1


async def test_an_error_of_ours_is_not_taken_for_a_full_disk(store: Database) -> None:
    with pytest.raises(DBAPIError, match=r"no such table|does not exist"):
        await store.write(lambda db: db.execute(text("SELECT * FROM absent")))


async def test_a_cancelled_caller_leaves_a_whole_transaction(store: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(db: Session) -> None:
        add("one")(db)
        started.set()
        go_on.wait(5)
        add("two")(db)

    running = asyncio.create_task(store.write(slow))
    queued = asyncio.create_task(store.write(add("three")))
    await asyncio.to_thread(started.wait, 5)
    running.cancel()
    queued.cancel()
    go_on.set()
    outcomes = await asyncio.gather(running, queued, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    await store.write(add("four"))
    assert await store.read(count) == 4


async def test_close_finishes_what_was_asked_for_and_folds_the_log(in_file: Database, db_file: Path) -> None:
    store = in_file
    writes = [asyncio.create_task(store.write(add(str(n)))) for n in range(10)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*writes)
    assert sorted(path.name for path in db_file.parent.iterdir()) == ["whiteboard.db"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+asyncpg://user:secret@host/db", "looks like postgresql://"),
        ("postgresql://user:secret@host", "looks like postgresql://"),
        ("postgresql://user:secret@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db cannot be used: .*refused"),
        ("postgres://user:secret@127.0.0.1:1/db", "refused"),
        ("postgresql://user:secret@127.0.0.1:port/db", "not a database URL"),
        ("postgresql://user:secret@127.0.0.1:1/db?sslmode=maybe", "sslmode"),
        ("postgresql://user:secret@127.0.0.1:1/db?no_such_option=1", "no_such_option"),
        ("mysql://user:secret@host/db", "SQLite file"),
        ("sqlite://", "SQLite file"),
        ("sqlite:///:memory:", "need a file"),
        ("sqlite:///x.db?mode=ro", "without options"),
        ("sqlite+aiosqlite:///x.db", "SQLite file"),
        ("nonsense", "not a database URL"),
        ("sqlite:////nowhere/at/all.db", "unable to open"),
    ],
)
def test_a_wrong_url_is_one_line_without_secrets(url: str, words: str) -> None:
    with pytest.raises(StartError, match=words) as caught:
        Database(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(db_file: Path) -> None:
    db_file.write_bytes(b"not a database, whatever its name says " * 100)
    with pytest.raises(StartError, match="not a database"):
        Database(url_of(db_file))


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_read_only_file_is_refused(db_file: Path) -> None:
    Database(url_of(db_file))._close()
    db_file.chmod(0o400)
    with pytest.raises(StartError, match="readonly"):
        Database(url_of(db_file))


def test_an_old_library_is_refused() -> None:
    with pytest.raises(StartError, match=r"SQLite 3\.40\.1 can damage"):
        sqlite.check_library((3, 40, 1))


def test_migrations_give_the_tables_of_the_models(db_file: Path) -> None:
    migrate(url_of(db_file))
    migrate(url_of(db_file))
    connection = sqlite.library.connect(db_file)
    assert connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0] <= 1
    connection.close()


def test_a_database_of_a_newer_version_is_refused(db_file: Path) -> None:
    migrate(url_of(db_file))
    connection = sqlite.library.connect(db_file)
    connection.execute("DELETE FROM alembic_version")
    connection.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    connection.commit()
    connection.close()
    with pytest.raises(StartError, match="another version"):
        migrate(url_of(db_file))


@pytest.mark.process
@pytest.mark.parametrize("kind", DATABASES)
def test_two_processes_that_start_at_once_both_migrate(
    kind: str, db_file: Path, request: pytest.FixtureRequest
) -> None:
    url = url_of(db_file) if kind == "sqlite" else request.getfixturevalue("postgres_url")
    program = "import sys; from app.core.database import migrate; migrate(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]


async def test_who_asked_may_be_gone_when_there_is_no_database(database: Database) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def fail(_: Session) -> None:
        time.sleep(0.1)
        raise StorageUnavailable

    asking = asyncio.create_task(database.read(fail))
    await asyncio.sleep(0.02)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    for _ in range(8):  # all its threads
        await database.read(lambda _: time.sleep(0.05))
    gc.collect()
    assert complaints == []
