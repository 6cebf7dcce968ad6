"""A Redis outside the servers, which a test may kill, freeze, empty and start again."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest.mock import patch

from fault_processes import send_signal
from server_process import free_port

from app.core.redis_server import find_program

START_SECONDS = 10


class ExternalRedis:
    """`valkey-server` (or the system's redis-server) on a port of 127.0.0.1, keeping nothing on disk."""

    def __init__(self, env: Mapping[str, str] | None = None, program: str | None = None) -> None:
        self.port = free_port()
        self._program = program or find_program()
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Start it, and do not wait."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [self._program, *words, "--maxmemory-policy", "noeviction"],
            env=self._env,
            cwd=Path("/"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def start(self) -> None:
        """Start it, and return when it answers."""
        self.launch()
        await answering(self.port)

    def kill(self) -> None:
        """End it as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process and self._process.poll() is None:
            send_signal(self.pid, signal.SIGCONT)
            self.kill()


def packaged() -> str:
    """The Redis inside the installed package, whatever the system has."""
    with patch.dict(os.environ, PATH=""):
        return find_program()


async def command(where: Path | int, *words: str, seconds: float = 5) -> bytes:
    """Send one command to a Redis on a Unix socket or a port; gives the first line of its answer."""
    async with asyncio.timeout(seconds):
        opening = (
            asyncio.open_unix_connection(where)
            if isinstance(where, Path)
            else asyncio.open_connection("127.0.0.1", where)
        )
        reader, writer = await opening
        try:
            writer.write(" ".join(words).encode() + b"\r\n")
            return (await reader.readline()).strip()
        finally:
            writer.close()


async def answering(where: Path | int) -> float:
    """Wait until a Redis answers; gives the seconds."""
    began = time.monotonic()
    while True:
        try:
            if await command(where, "PING", seconds=1) == b"+PONG":
                return time.monotonic() - began
        except (OSError, TimeoutError):
            assert time.monotonic() < began + START_SECONDS, "Redis does not answer"
        await asyncio.sleep(0.01)
