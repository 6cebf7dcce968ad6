"""What stands outside of the servers under test: with `--database postgresql`, a PostgreSQL and a Redis for each data
directory. And what is stored, wherever that is.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from postgres_server import MISSING, PostgresServer, programs
from redis import Redis
from server_process import Surroundings, free_port, surround

from app.core.parent import end_with_parent
from app.core.redis_server import find_program

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    from sqlite3 import dbapi2 as sqlite

SECONDS = 10
elsewhere: dict[Path, str] = {}
"""The PostgreSQL databases of data directories."""


class WatchedRedis:
    """A Redis on a free port that is started again when it dies, as by a service manager."""

    def __init__(self) -> None:
        self.port = free_port()
        self._over = threading.Event()
        self.process = self._start()
        self._watch = threading.Thread(target=self._keep, daemon=True)
        self._watch.start()

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def close(self) -> None:
        """End it."""
        self._over.set()
        self.process.kill()
        self._watch.join()
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [find_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(  # type: ignore[call-overload]
            command,
            cwd="/",
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),  # noqa: PLW1509 - made ready before the fork
            **quiet,
        )
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError, Exception), Redis(port=self.port) as client:
                client.ping()
                break
            time.sleep(0.02)
        started: subprocess.Popen[bytes] = process
        return started

    def _keep(self) -> None:
        while not self._over.is_set():
            self.process.wait()
            if not self._over.is_set():
                self.process = self._start()


class Outside(Surroundings):
    """A PostgreSQL for a whole run, with a database a data directory; and a Redis for each."""

    def __init__(self) -> None:
        self._postgres: PostgresServer | None = None
        self._redis: dict[Path, WatchedRedis] = {}

    def settings(self, data_dir: Path) -> dict[str, str]:
        """The settings of a server with that data directory."""
        if data_dir not in elsewhere:
            elsewhere[data_dir] = self.postgres.create()
        if data_dir not in self._redis:
            self._redis[data_dir] = WatchedRedis()
        return {"DATABASE_URL": elsewhere[data_dir], "REDIS_URL": self._redis[data_dir].url}

    @property
    def postgres(self) -> PostgresServer:
        """The server, started when it is first asked for."""
        if self._postgres is None:
            if programs() is None:
                pytest.skip(MISSING)
            self._postgres = PostgresServer().__enter__()
        return self._postgres

    def redis_of(self, data_dir: Path) -> WatchedRedis | None:
        """The Redis of a data directory."""
        return self._redis.get(data_dir)

    def close(self) -> None:
        """End everything."""
        for redis in self._redis.values():
            redis.close()
        if self._postgres:
            self._postgres.remove()


outside: Outside | None = None


def begin() -> None:
    """Surround all servers from now on."""
    global outside  # noqa: PLW0603 - a run of the tests has one
    outside = Outside()
    surround(outside)


def end() -> None:
    """End what was started."""
    global outside  # noqa: PLW0603
    if outside:
        outside.close()
    outside = None
    surround(None)


def redis_of(data_dir: Path) -> WatchedRedis | None:
    """The Redis outside; None if the servers run their own."""
    return outside.redis_of(data_dir) if outside else None


@contextlib.contextmanager
def stored_in(data_dir: Path, url: str) -> Iterator[None]:
    """The servers of a data directory have their database elsewhere."""
    elsewhere[data_dir] = url
    try:
        yield
    finally:
        del elsewhere[data_dir]


def ask(data_dir: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Read from the database of a data directory, beside its servers or after their death; ids are UUIDs either way.

    `?` stands for a value.
    """
    if url := elsewhere.get(data_dir):
        with psycopg.connect(url) as server:
            return server.execute(query.replace("?", "%s").encode(), values).fetchall()
    plain = [value.bytes if isinstance(value, UUID) else value for value in values]
    file = f"file:{data_dir / 'whiteboard.db'}?mode=ro"
    with contextlib.closing(sqlite.connect(file, uri=True, timeout=30)) as db:
        return [tuple(map(_uuid, row)) for row in db.execute(query, plain).fetchall()]


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Keep everybody from writing to the database of a data directory while the block runs."""
    if url := elsewhere.get(data_dir):
        with psycopg.connect(url) as server:
            server.execute("LOCK TABLE room, path, user_session IN EXCLUSIVE MODE")
            yield
        return
    with contextlib.closing(sqlite.connect(data_dir / "whiteboard.db", timeout=30, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")


def _uuid(value: object) -> object:
    return UUID(bytes=value) if isinstance(value, bytes) and len(value) == 16 else value
