"""Looking at and ending the processes that a server started, and reading what it stored."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

from server_process import ServerProcess

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    from sqlite3 import dbapi2 as sqlite


QUERY = """
SELECT path.id, ts, d, color, width FROM path JOIN room ON room.key = path.room_key WHERE room.id = ? AND NOT deleted
"""


def children(pid: int) -> list[int]:
    """The children of a process."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def redis_of(*servers: ServerProcess) -> int | None:
    """The process id of the embedded Redis, whichever of the servers runs it."""
    found = [child for server in servers for child in children(server.pid)]
    return found[0] if found else None


def kill_redis(*servers: ServerProcess) -> None:
    """End the embedded Redis as a crash does."""
    pid = redis_of(*servers)
    assert pid is not None, "no Redis to kill"
    os.kill(pid, signal.SIGKILL)


def stored(data_dir: Path, room_id: str) -> dict[str, dict[str, Any]]:
    """The paths of a room as they stand in the database."""
    with sqlite.connect(f"file:{data_dir / 'whiteboard.db'}?mode=ro", uri=True, timeout=10) as db:
        rows = db.execute(QUERY, (UUID(room_id).bytes,)).fetchall()
    db.close()
    names = ("id", "ts", "d", "color", "width")
    paths = (dict(zip(names, (str(UUID(bytes=key)), *rest), strict=True)) for key, *rest in rows)
    return {path["id"]: path for path in paths}
