"""A PostgreSQL for tests: Debian's, in a directory of its own, on a free port of 127.0.0.1, and databases in it.

Its order of text is English: where it matters the program must ask for code points itself. `fsync` is off unless it is
what a test is about.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from psycopg import sql
from server_process import free_port

from app.core.parent import end_with_parent

DATABASES = ("sqlite", "postgresql")
on_both = pytest.mark.parametrize("database_url", DATABASES, indirect=True)
"""Runs a test on both; without it, a test of `database` or `database_url` has SQLite."""
SECONDS = 30
USER = "whiteboard"
PASSWORD = "secret-of-the-tests"  # noqa: S105 - it must never show up anywhere
QUICK = ("fsync=off", "full_page_writes=off")
MISSING = "PostgreSQL is not installed (Debian: apt install postgresql)"
_names = count(1)


def programs() -> Path | None:
    """Where PostgreSQL's programs are, the newest ones; None if there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


class PostgresServer:
    """`with PostgresServer() as postgres: …`; it can be killed, hung, and started again."""

    def __init__(self, *settings: str) -> None:
        """`settings`: as `fsync=on`, beside what every server here has."""
        found = programs()
        assert found is not None, MISSING
        self._programs = found
        self._settings = settings or QUICK
        self._directory = Path(tempfile.mkdtemp(prefix="whiteboard-pg-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._initialise()
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def log(self) -> str:
        """What it has written."""
        return (self._directory / "log").read_text(errors="replace")

    def url(self, database: str, password: str = PASSWORD) -> str:
        """The URL of a database."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1", encoding: str = "") -> str:
        """Make a database; gives its URL."""
        name = f"test_{os.getpid()}_{next(_names)}"
        more = f" ENCODING '{encoding}' LOCALE 'C' LOCALE_PROVIDER libc" if encoding else ""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY{more}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the server for something."""
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=SECONDS) as connection:
            cursor = connection.execute(sql.SQL(query))  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def start(self) -> Self:
        """Start it, and return when it answers."""
        options = ("unix_socket_directories=", "listen_addresses=127.0.0.1", f"port={self.port}", *self._settings)
        command = [self._programs / "postgres", "-D", self._directory / "data"]
        with (self._directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *(word for option in options for word in ("-c", option))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid(), signal.SIGQUIT),  # noqa: PLW1509 - made ready before the fork
                **_as_postgres(),
            )
        end = time.monotonic() + SECONDS
        while not self._answers():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            time.sleep(0.02)
        return self

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: SIGINT in an orderly way ("fast"), SIGQUIT at once ("immediate"), SIGKILL as a crash does."""
        assert self.process is not None
        children = self._children()
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        self.process.wait(SECONDS)
        for child in children:  # they notice that their parent is gone, but not at once
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """None of its processes moves while the block runs."""
        assert self.process is not None
        everyone = [self.process.pid, *self._children()]
        for pid in everyone:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everyone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def remove(self) -> None:
        """End it if it runs, and remove all that it has."""
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._directory)

    def _initialise(self) -> None:
        password = self._directory / "password"
        password.write_text(PASSWORD)
        if user := _as_postgres().get("user"):
            shutil.chown(self._directory, user)
            shutil.chown(password, user)
        locale = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8")
        login = ("-U", USER, "-A", "scram-sha-256", f"--pwfile={password}")
        command = [self._programs / "initdb", "-D", self._directory / "data", "--no-sync", *locale, *login]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **_as_postgres())
        assert done.returncode == 0, done.stderr

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _children(self) -> list[int]:
        assert self.process is not None
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the user of Debian's package, else nobody, does it then."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": name, "group": entry.pw_gid, "extra_groups": []}
    raise AssertionError("PostgreSQL cannot run as root, and there is no other user")
