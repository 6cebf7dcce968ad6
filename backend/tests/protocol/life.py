"""Looking at what rooms leave: in the database, in Redis."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import outside
from outside import ask
from redis.asyncio import Redis
from wire import SECONDS

COLUMNS = "live, wakings, drawn, active_users, last_active_at"


def row_of(data_dir: Path, room_id: str) -> dict[str, Any] | None:
    """A room's row, or None if it is not there."""
    found = ask(data_dir, f"SELECT {COLUMNS} FROM room WHERE id = ?", UUID(room_id))  # noqa: S608 - ours
    return dict(zip(COLUMNS.split(", "), found[0], strict=True)) if found else None


def is_live(data_dir: Path, room_id: str) -> bool:
    """Is a room there, and not asleep?"""
    row = row_of(data_dir, room_id)
    return bool(row and row["live"])


def redis_in(data_dir: Path) -> Redis:
    """A client of the Redis of a data directory's servers."""
    if watched := outside.redis_of(data_dir):
        return Redis(port=watched.port)
    return Redis(unix_socket_path=str(data_dir / "redis.sock"))


async def keys_of(redis: Redis, room_id: str) -> list[bytes]:
    """The keys of a room."""
    return [key async for key in redis.scan_iter(match=f"room:*{room_id}*", count=1000)]


async def until(condition: Callable[[], object], seconds: float = SECONDS, what: str = "a condition") -> float:
    """Wait until something holds; gives the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, f"waited for {what} in vain"
        await asyncio.sleep(0.02)
    return time.monotonic() - began
