"""Running servers, looking at and ending the processes that they started, and reading what they stored."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import outside
from outside import ask, sqlite  # noqa: F401 - the library, for tests of the file itself
from server_process import ServerProcess
from wire import SECONDS

QUERY = """
SELECT path.id, ts, d, color, width FROM path JOIN room ON room.key = path.room_key WHERE room.id = ? AND NOT deleted
"""


@contextmanager
def healthy(*servers: ServerProcess) -> Iterator[None]:
    """Run the servers for the block; they must end well, and never have met with anything unexpected."""
    try:
        for server in servers:
            server.start()
        yield
        assert [server.terminate() for server in servers] == [0] * len(servers)
    finally:
        for server in servers:
            server.close()
    for server in servers:
        assert "Traceback" not in server.stderr, server.stderr


def children(pid: int) -> list[int]:
    """The children of a process that run."""
    command = ["ps", "-o", "pid=,stat=", "--ppid", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return [int(child) for child, state in map(str.split, found) if state[0] != "Z"]


def redis_of(*servers: ServerProcess) -> int | None:
    """The process id of the Redis: the one outside, or the embedded one, whichever of the servers runs it."""
    if watched := outside.redis_of(servers[0].data_dir):
        return watched.process.pid if watched.process.poll() is None else None  # it is started again
    found = [child for server in servers for child in children(server.pid)]
    return found[0] if found else None


async def kill_redis(*servers: ServerProcess) -> None:
    """End the embedded Redis as a crash does; if it is being started again just now, wait for that."""
    async with asyncio.timeout(SECONDS):
        while (pid := redis_of(*servers)) is None:  # noqa: ASYNC110 - no event tells of another process
            await asyncio.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


def stored(data_dir: Path, room_id: str) -> dict[str, dict[str, Any]]:
    """The paths of a room as they stand in the database."""
    names = ("id", "ts", "d", "color", "width")
    rows = ask(data_dir, QUERY, UUID(room_id))
    paths = (dict(zip(names, (str(key), *rest), strict=True)) for key, *rest in rows)
    return {path["id"]: path for path in paths}
