"""Two server processes on one data directory, and what can be done to them."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import outside
from outside import ask
from server_process import ServerProcess

from whiteboard_client import Seat

SETTINGS = {"WHITEBOARD_TICK_MS": "20", "WHITEBOARD_PROCESS_TIMEOUT_SECONDS": "4", "WHITEBOARD_LOG_LEVEL": "warning"}
QUERY = """
SELECT room.cleared, path.id, path.ts, path.d, path.color, path.width, path.deleted
FROM room LEFT JOIN path ON path.room_key = room.key WHERE room.id = ?
"""
_sources = count(1)


class Servers:
    """`with Servers(data_dir) as servers: …`; the first one that starts runs the Redis."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.processes = [ServerProcess(data_dir, SETTINGS) for _ in range(2)]
        self.log = ""

    @property
    def urls(self) -> list[str]:
        """Where they answer."""
        return [process.url for process in self.processes]

    @property
    def redis_parents(self) -> list[int]:
        """The processes of which one runs the embedded Redis."""
        return [process.pid for process in self.processes]

    def __enter__(self) -> Self:
        for process in self.processes:
            process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes):
            if process.process and process.process.poll() is None:
                process.terminate()
            self.log += process.stderr

    async def kill(self, number: int) -> None:
        """End a server as a crash does."""
        await asyncio.to_thread(self.processes[number].kill)
        self.log += self.processes[number].stderr

    async def start(self, number: int) -> None:
        """Start a server that was killed."""
        await asyncio.to_thread(self.processes[number].start)

    def kill_redis(self) -> bool:
        """End the embedded Redis as a crash does; False if there is none just now."""
        if watched := outside.redis_of(self.data_dir):
            watched.process.kill()
            return True
        for child in (child for pid in self.redis_parents for child in _children(pid)):
            os.kill(child, signal.SIGKILL)
            return True
        return False

    def create_room(self, name: str) -> Seat:
        """Make a room, from an address of its own, so that H5 never counts the rooms together."""
        number = next(_sources)
        # Linux has all of 127/8; elsewhere long runs need a higher limit.
        source = (f"127.2.{number >> 8 & 255}.{number & 255}", 0) if sys.platform == "linux" else None
        line = http.client.HTTPConnection("127.0.0.1", self.processes[0].port, timeout=30, source_address=source)
        try:
            line.request("POST", "/api/rooms", json.dumps({"name": name}), {"Content-Type": "application/json"})
            answer = json.loads(line.getresponse().read())
        finally:
            line.close()
        return Seat(self.urls[0], answer["room"]["id"], answer["session"]["id"], name, answer["token"])

    def stored(self, room_id: str) -> dict[str, Any]:
        """What the database holds of a room."""
        return stored(self.data_dir, room_id)


def stored(data_dir: Path, room_id: str) -> dict[str, Any]:
    """What the database holds of a room, as an event `stored` tells it."""
    rows = ask(data_dir, QUERY, UUID(room_id))
    found = [(str(path_id), *rest) for _, path_id, *rest in rows if path_id]
    paths = [
        {"id": path_id, "ts": ts, "d": d, "color": color, "width": width}
        for path_id, ts, d, color, width, gone in found
        if not gone
    ]
    return {"paths": paths, "tombstones": [[row[0], row[1]] for row in found if row[5]], "cleared": rows[0][0]}


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]
