"""PostgreSQL: what each connection sets for itself, what passes and what does not, and when it hangs or dies."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from postgres_server import PASSWORD, PostgresServer
from sqlalchemy import text
from sqlmodel import Session

from app.core import database
from app.core.database import Database, migrate, take_turns
from app.core.errors import StartError, StorageUnavailable

PATIENCE = 2.0


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url, patience=PATIENCE)
    await opened.write(lambda db: db.exec(text("CREATE TABLE note (word TEXT NOT NULL)")))
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def own() -> Iterator[PostgresServer]:
    """A server to be ill-treated."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
async def shaky(own: PostgresServer) -> AsyncIterator[Database]:
    opened = Database(own.create(), patience=PATIENCE)
    await opened.write(lambda db: db.exec(text("CREATE TABLE note (word TEXT NOT NULL)")))
    yield opened
    await opened.close()


def add(db: Session) -> None:
    db.execute(text("INSERT INTO note VALUES ('word')"))


def count(db: Session) -> int:
    return db.execute(text("SELECT count(*) FROM note")).scalar_one()


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def cut(server: PostgresServer, url: str, but: psycopg.Connection | None = None) -> None:
    """Cut every line to a database."""
    kept = but.info.backend_pid if but else 0
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> {}"
    server.execute(query.format(name_of(url), kept))


async def test_no_setting_of_the_server_takes_durability_away(postgres: PostgresServer, postgres_url: str) -> None:
    name = name_of(postgres_url)
    for setting in ("synchronous_commit TO off", "default_transaction_isolation TO serializable"):
        postgres.execute(f"ALTER DATABASE {name} SET {setting}")
    store = Database(postgres_url)

    def settings(db: Session) -> list[str]:
        names = ("synchronous_commit", "transaction_isolation", "transaction_read_only", "lock_timeout")
        return [db.execute(text(f"SHOW {name}")).scalar_one() for name in names]

    assert await store.write(settings) == ["on", "read committed", "off", "4s"]
    assert await store.read(settings) == ["on", "repeatable read", "on", "4s"]
    await store.close()


async def test_a_stronger_setting_stays(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.execute(f"ALTER DATABASE {name_of(postgres_url)} SET synchronous_commit TO remote_apply")
    store = Database(postgres_url)
    assert await store.write(lambda db: db.execute(text("SHOW synchronous_commit")).scalar_one()) == "remote_apply"
    await store.close()


async def test_a_reader_sees_one_state(store: Database, postgres_url: str) -> None:
    def look_twice(db: Session) -> list[int]:
        before = count(db)
        with psycopg.connect(postgres_url) as other:
            other.execute("INSERT INTO note VALUES ('meanwhile')")
        return [before, count(db)]

    assert await store.read(look_twice) == [0, 0]
    assert await store.read(count) == 1


async def test_a_lock_is_storage_unavailable_and_then_over(store: Database, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE note")
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            await store.write(add)
        assert time.monotonic() - began >= PATIENCE * 0.8
    await store.write(add)
    assert await store.read(count) == 1


async def test_lines_that_were_cut_are_made_again(store: Database, postgres: PostgresServer, postgres_url: str) -> None:
    await store.write(add)
    await store.read(count)
    cut(postgres, postgres_url)
    await store.write(add)
    cut(postgres, postgres_url)
    assert await store.read(count) == 2, "nobody is told of a line that was idle"

    def cut_off(db: Session) -> None:
        add(db)
        cut(postgres, postgres_url)
        add(db)

    with pytest.raises(StorageUnavailable):
        await store.write(cut_off)
    assert await store.read(count) == 2


async def test_those_who_take_turns_wait_for_one_another(store: Database, postgres_url: str) -> None:
    def count_then_add(db: Session) -> int:
        take_turns(db, "the notes")
        found = count(db)
        time.sleep(0.05)
        add(db)
        return found

    other = Database(postgres_url)
    both = (each.write(count_then_add) for _ in range(3) for each in (store, other))
    assert sorted(await asyncio.gather(*both)) == [0, 1, 2, 3, 4, 5]
    await other.close()


async def test_deadlocks_pass(store: Database, postgres_url: str) -> None:
    await store.write(lambda db: db.execute(text("INSERT INTO note VALUES ('a'), ('b')")))

    def other_first(db: Session) -> None:
        db.execute(text("UPDATE note SET word = word WHERE word = 'a'"))
        with psycopg.connect(postgres_url) as other:
            other.execute("SET deadlock_timeout = '10s'")
            other.execute("UPDATE note SET word = word WHERE word = 'b'")
            with other.pipeline():
                other.execute("UPDATE note SET word = word WHERE word = 'a'")
                db.execute(text("UPDATE note SET word = word WHERE word = 'b'"))

    with pytest.raises(StorageUnavailable):
        await store.write(other_first)


async def test_a_database_that_may_not_be_written_now(store: Database) -> None:
    def as_on_a_standby(db: Session) -> None:
        db.execute(text("SET TRANSACTION READ ONLY"))
        add(db)

    with pytest.raises(StorageUnavailable):
        await store.write(as_on_a_standby)
    await store.write(add)


async def test_a_process_that_sleeps_in_a_transaction_keeps_nobody_out(store: Database, postgres_url: str) -> None:
    def asleep(db: Session) -> None:
        db.execute(text("LOCK TABLE note"))
        time.sleep(PATIENCE * 2 + 0.5)
        add(db)

    sleeper = asyncio.create_task(store.write(asleep))
    await asyncio.sleep(0.2)
    with psycopg.connect(postgres_url) as other:
        other.execute("INSERT INTO note VALUES ('goes on')")
    with pytest.raises(StorageUnavailable):
        await sleeper
    assert await store.read(count) == 1


async def test_a_server_that_hangs_is_storage_unavailable_and_then_over(shaky: Database, own: PostgresServer) -> None:
    loop = asyncio.get_running_loop()
    with own.hung():
        began, beats = time.monotonic(), 0
        writing, reading = asyncio.create_task(shaky.write(add)), asyncio.create_task(shaky.read(count))
        while not (writing.done() and reading.done()):
            beats += 1
            await asyncio.sleep(0.05)
            assert loop.time()
        assert isinstance(writing.exception(), StorageUnavailable)
        assert isinstance(reading.exception(), StorageUnavailable)
        assert time.monotonic() - began >= PATIENCE
        assert beats > 5
        with pytest.raises(StorageUnavailable):
            await shaky.write(add)
    await shaky.write(add)
    assert await shaky.read(count) in (1, 2, 3), "a commit whose answer was lost may have been done"


async def test_nobody_waits_behind_those_who_wait_for_a_server_that_hangs(
    shaky: Database, own: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own.hung():
        began = time.monotonic()
        for _ in range(2):  # the second time it is known
            calls = [*(shaky.write(add) for _ in range(9)), *(shaky.read(count) for _ in range(40))]
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(answer) for answer in answers} == {StorageUnavailable}
        assert time.monotonic() - began < PATIENCE * 9
        with pytest.raises(StorageUnavailable):
            await shaky.reach()
    monkeypatch.setattr(database, "FINDING_SECONDS", 60.0)
    await asyncio.gather(*(shaky.reach() for _ in range(8)))  # nobody is sent away by one who is just finding it there
    await asyncio.gather(*(shaky.read(count) for _ in range(8)))


async def test_a_server_that_dies_is_storage_unavailable_and_then_over(shaky: Database, own: PostgresServer) -> None:
    await shaky.write(add)
    own.stop(9)
    with pytest.raises(StorageUnavailable):
        await shaky.write(add)
    with pytest.raises(StorageUnavailable):
        await shaky.read(count)
    own.start()
    await shaky.write(add)
    assert await shaky.read(count) == 2


async def test_too_many_connections_pass(own: PostgresServer) -> None:
    url = own.create()
    own.execute(f"ALTER DATABASE {name_of(url)} CONNECTION LIMIT 3")
    own.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    guest = url.replace(f"whiteboard:{PASSWORD}@", "guest:guest@")
    store = Database(guest, patience=PATIENCE)
    with psycopg.connect(guest) as one:
        cut(own, url, but=one)
        with psycopg.connect(guest), psycopg.connect(guest), pytest.raises(StorageUnavailable):
            await store.write(lambda db: db.execute(text("SELECT 1")))
        await store.write(lambda db: db.execute(text("SELECT 1")))
    await store.close()


async def test_another_database_in_its_place_is_not_written_to(postgres: PostgresServer, postgres_url: str) -> None:
    """As when it was restored while this server had lost its lines."""
    migrate(postgres_url)
    store = Database(postgres_url)
    await store.write(lambda db: db.execute(text("SELECT 1")))
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE change_counter SET database = gen_random_uuid()")
    cut(postgres, postgres_url)
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await store.write(lambda db: db.execute(text("SELECT 1")))
        with pytest.raises(StorageUnavailable):
            await store.read(lambda db: db.execute(text("SELECT 1")))
    await store.close()


def test_what_cannot_be_used_is_told_in_one_line_without_the_password(postgres: PostgresServer) -> None:
    wrong = {
        postgres.url("absent"): "database .absent. does not exist",
        postgres.url("postgres", password="another-secret"): "password authentication failed",  # noqa: S106
        postgres.create("template0", encoding="LATIN1"): "encoding is LATIN1",
    }
    for url, words in wrong.items():
        with pytest.raises(StartError, match=words) as caught:
            Database(url)
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)
