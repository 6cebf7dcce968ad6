"""A real server in a process of its own, for tests: `with ServerProcess(tmp_path) as server: … server.url …`.

It logs all that it can, and at its end no secret may stand in what it said, nor in any address that it was asked (H2).
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import spied_server
from server_forks import Forked, launch
from server_secrets import secrets_in

READY = "Whiteboard is ready"
START_SECONDS = 30
STOP_SECONDS = 20


def free_port() -> int:
    """Give a TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Surroundings:
    """What servers are given from outside, by their data directory; nothing, as a rule."""

    def settings(self, data_dir: Path) -> dict[str, str]:  # noqa: ARG002 - for those that have more to give
        """Settings that go behind those that a test gives."""
        return {}


_surroundings = Surroundings()


def surround(surroundings: Surroundings | None) -> None:
    """Have all servers surrounded by something else."""
    global _surroundings  # noqa: PLW0603 - a run of the tests has one
    _surroundings = surroundings or Surroundings()


class ServerProcess:
    """`whiteboard serve` on 127.0.0.1, with the given data directory and settings (`WHITEBOARD_…`), and no others.

    The log level is `debug` unless the settings say otherwise.
    """

    command: tuple[str, ...] = (sys.executable, spied_server.__file__, "serve")

    def __init__(self, data_dir: Path, env: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.env = {**_surroundings.settings(data_dir), **(env or {})}
        self.process: Forked | subprocess.Popen[str] | None = None
        self.output: list[str] = []
        self._stderr: list[str] = []
        self._requests = ""
        self._ready = threading.Event()
        self._readers: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self.process is not None
        return self.process.pid

    @property
    def stderr(self) -> str:
        """What it wrote to stderr so far; all of it once it has ended."""
        return "".join(self._stderr)

    def launch(self) -> Self:
        """Start the process, and do not wait."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        outside = {name: value for name, value in os.environ.items() if not is_setting(name)}
        given = {"WHITEBOARD_DATA_DIR": str(self.data_dir), "WHITEBOARD_PORT": str(self.port), **self.env}
        handle, self._requests = tempfile.mkstemp(prefix="whiteboard-requests-")
        os.close(handle)
        self._ready.clear()
        self._stderr, self.output = [], []
        environment = {**outside, "WHITEBOARD_LOG_LEVEL": "debug", **given, spied_server.FILE: self._requests}
        self.process = launch(self.command, environment, Path(self.data_dir).anchor)  # no .env there
        self._readers = [
            threading.Thread(target=self._collect, args=(self.process.stdout, self.output), daemon=True),
            threading.Thread(target=self._collect, args=(self.process.stderr, self._stderr), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        return self

    def start(self) -> Self:
        """Start the process, and return when it is ready."""
        self.launch()
        end = time.monotonic() + START_SECONDS
        while not self._ready.wait(0.01):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"The server did not start: {self.stderr}")
        return self

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the process to end, and give its exit status."""
        assert self.process is not None
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self._check_secrets()
        return status

    def terminate(self) -> int:
        """End it as `kill` and container runtimes do; give the exit status."""
        return self._signal(signal.SIGTERM)

    def interrupt(self) -> int:
        """End it as Ctrl-C does; give the exit status."""
        return self._signal(signal.SIGINT)

    def kill(self) -> int:
        """End it without any notice, as a crash does."""
        return self._signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def close(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self._signal(signal.SIGTERM)
        if self.process is not None:
            self.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def _check_secrets(self) -> None:
        """H2: look once at what the process said and at what it was asked."""
        requests = Path(self._requests)
        if requests.exists():
            told = "".join([*self.output, *self._stderr, requests.read_text("utf-8")])
            requests.unlink()
            found = secrets_in(told, self.data_dir)
            where = [line for line in told.splitlines() if any(secret in line for secret in found)]
            assert not found, f"H2: a secret is in a log or in an address: {where}"

    def _signal(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.wait()

    def _collect(self, stream: object, lines: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]
            lines.append(line)
            if line.startswith(READY):
                self._ready.set()


def is_setting(name: str) -> bool:
    """Tell whether an environment variable is a setting of the server."""
    return name.startswith("WHITEBOARD_") or name in ("DATABASE_URL", "REDIS_URL")
