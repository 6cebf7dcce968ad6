"""Looking at what rooms leave: in the database, in Redis."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from processes import sqlite
from redis.asyncio import Redis
from wire import SECONDS

COLUMNS = "live, wakings, drawn, active_users, last_active_at"


def row_of(data_dir: Path, room_id: str) -> dict[str, Any] | None:
    """A room's row, or None if it is not there."""
    found = query(data_dir, f"SELECT {COLUMNS} FROM room WHERE id = ?", UUID(room_id).bytes)  # noqa: S608 - ours
    return dict(zip(COLUMNS.split(", "), found[0], strict=True)) if found else None


def is_live(data_dir: Path, room_id: str) -> bool:
    """Is a room there, and not asleep?"""
    row = row_of(data_dir, room_id)
    return bool(row and row["live"])


def query(data_dir: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Read from the database."""
    db = sqlite.connect(f"file:{data_dir / 'whiteboard.db'}?mode=ro", uri=True, timeout=10)
    try:
        return list(db.execute(statement, values).fetchall())
    finally:
        db.close()


def redis_in(data_dir: Path) -> Redis:
    """A client of the embedded Redis."""
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
