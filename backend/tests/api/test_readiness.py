"""`/readyz` tells database, migrations, Redis and backups apart."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from processes import healthy, redis_of
from server_process import ServerProcess
from sqlalchemy.exc import DatabaseError
from wire import SECONDS
from wire_door import Door, http

from app.core.database import Database
from app.core.errors import StorageUnavailable
from app.core.sqlite import library as sqlite
from app.core.workers.worker import ANSWER_SECONDS, Worker
from app.services import readiness
from app.services.backups.schedule import Backups, Standing
from app.services.hub import Hub
from app.services.metrics.reading import Meter
from app.services.readiness import Readiness, Workers
from app.services.siblings import Siblings


@pytest.fixture
def running(tmp_path: Path) -> Iterator[ServerProcess]:
    with healthy(server := ServerProcess(tmp_path / "data", {"WHITEBOARD_BACKUP_SECONDS": "0.2"})):
        yield server


async def told(server: ServerProcess) -> dict[str, Any]:
    """What it tells now, without the backups' numbers, and without the workers, of which there is one."""
    async with http(server.url) as client:
        answer = await client.get("/readyz")
    body: dict[str, Any] = answer.json()
    assert body.pop("workers") == {"expected": 1, "ready": 1}
    return {**body, "backup": body["backup"]["status"], "http": answer.status_code}


async def until(server: ServerProcess, **expected: str) -> None:
    """Wait until it tells that; all else must be well."""
    end = time.monotonic() + SECONDS
    well = {"status": "ready", "database": "ok", "migrations": "ok", "redis": "ok", "backup": "ok", "http": 200}
    while (state := await told(server)) != {**well, **expected}:
        assert time.monotonic() < end, f"waited in vain: {state}"
        await asyncio.sleep(0.05)


def set_revision(server: ServerProcess, revision: str) -> str:
    """Make the database say that it had another migration last; gives what it said."""
    db = sqlite.connect(server.data_dir / "whiteboard.db", timeout=10, isolation_level=None)
    (before,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
    db.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    db.close()
    return str(before)


@pytest.mark.process
async def test_migrations_that_are_missing_or_unknown_are_told(running: ServerProcess) -> None:
    await until(running)
    head = set_revision(running, "0001")
    await until(running, status="degraded", migrations="pending")
    set_revision(running, "9999")
    await until(running, status="degraded", migrations="newer")
    set_revision(running, head)
    await until(running)


@pytest.mark.process
async def test_a_database_that_takes_nothing_is_told(running: ServerProcess) -> None:
    await until(running)
    async with Door(running.url) as door:
        person = await door.enter(await door.create())
        lock = sqlite.connect(running.data_dir / "whiteboard.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        n = await person.batch(person.put())
        await until(running, status="degraded", database="not_saving")
        lock.execute("ROLLBACK")
        lock.close()
        await person.until(lambda: person.acked >= n)
    await until(running)


@pytest.mark.process
async def test_redis_that_is_away_is_told(running: ServerProcess) -> None:
    await until(running)
    redis = redis_of(running)
    assert redis
    os.kill(redis, signal.SIGSTOP)
    await until(running, status="degraded", redis="away")
    os.kill(redis, signal.SIGKILL)
    await until(running)


class NoDatabase:
    """A database that cannot be read: that says so, or says nothing."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def read(self, _: object) -> None:
        if self._error:
            raise self._error
        await asyncio.get_running_loop().create_future()


def looking(error: Exception | None) -> Readiness:
    """Who looks at a database that cannot be read."""
    hub = SimpleNamespace(replicas=SimpleNamespace(redis_is_up=True))
    backups = SimpleNamespace(standing=standing)
    return Readiness(cast("Database", NoDatabase(error)), cast("Hub", hub), cast("Backups", backups))


async def standing() -> Standing:
    return Standing("ok", 1.0, 1)


@pytest.mark.parametrize("error", [StorageUnavailable(), DatabaseError("SELECT", None, OSError("malformed")), None])
async def test_a_database_that_cannot_be_read_is_unavailable(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 0.01)
    state = await looking(error).look()
    assert (state.status, state.database) == ("unavailable", "unavailable")
    assert (state.migrations, state.redis) == ("unknown", "ok")


class AskedWorker:
    """One of three workers: of the others one does not answer, and the other finds nothing either."""

    number, slots = 0, range(3)

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def ask_others(self, question: str) -> dict[int, bytes | None]:
        assert question == "state"
        self.asked.set()
        return {1: None, 2: msgspec.json.encode(await looking(StorageUnavailable()).look())}


async def test_a_worker_asks_the_others_while_it_looks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 0.2)
    worker = AskedWorker()
    look = asyncio.create_task(Siblings(cast("Worker", worker), cast("Meter", None), looking(None)).look())
    for _ in range(10):
        await asyncio.sleep(0)
    assert worker.asked.is_set()
    assert not look.done()
    state = await look
    assert (state.status, state.workers) == ("unavailable", Workers(3, 2))


def test_who_is_asked_has_looked_before_the_asker_gives_up() -> None:
    assert readiness.LOOK_SECONDS < ANSWER_SECONDS < 3
