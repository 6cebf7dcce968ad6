"""Rooms that are being filled from a file: nobody can find or enter one before all of it is there.

Its paths are written in many short transactions, so that nobody else's commit waits for a large file; the last one
opens the room. Until then its row has no invite, which no invite fits. What a crash leaves of it is swept later.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

import sqlalchemy
from sqlalchemy import delete, insert, tuple_
from sqlmodel import Session, SQLModel, col, select

from app.core.clock import Clock
from app.core.database import Database
from app.models import Path, Room
from app.services.changes import next_change
from app.services.realtime.stamps import stamp_of
from app.services.svg.report import ImportedPath
from app.utils.uuid7 import AscendingIds

CLOSED = b""
"""Instead of an invite's hash: the room is not open yet."""
ABANDONED = timedelta(minutes=10)
"""So old a room is no longer being filled by anybody."""
DROPPED_AT_ONCE = 200
LONGEST_PAUSE = 0.05


class Staging:
    """One room on its way; `key` is its row once a path has come."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stamp = stamp_of(clock.now_ms())
        self._ids = AscendingIds(clock.now_ms())
        self.key: int | None = None
        self.paths = 0

    async def add(self, paths: list[ImportedPath]) -> None:
        """Write some more paths, above those before. Raises StorageUnavailable."""
        began = asyncio.get_running_loop().time()
        self.key = await self._database.write(lambda db: self._add(db, paths))
        self.paths += len(paths)
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(min(LONGEST_PAUSE, took))  # as long for others as for this one

    async def drop(self) -> None:
        """Undo all of it."""
        if self.key is not None:
            await drop(self._database, self.key)

    def _add(self, db: Session, paths: list[ImportedPath]) -> int:
        number = next_change(db)
        key = self._begin(db, number) if self.key is None else self.key
        rows = [
            {
                "room_key": key,
                "id": next(self._ids),
                "ts": self._stamp,
                "d": d,
                "color": color,
                "width": width,
                "deleted": False,
                "changed": number,
            }
            for d, color, width in paths
        ]
        db.connection().execute(insert(Path), rows)
        return key

    def _begin(self, db: Session, number: int) -> int:
        now = self._clock.now()
        room = Room(
            id=uuid4(),
            created_at=now,
            last_active_at=now,
            creator_ip="",
            invite_hash=CLOSED,
            live=False,
            drawn=True,
            changed=number,
        )
        db.add(room)
        db.flush()
        return room.key or 0


async def drop(database: Database, key: int) -> None:
    """Take a room that was never opened out again, a little at a time."""
    while await database.write(lambda db: _drop_some(db, key)):
        pass


async def sweep(database: Database, clock: Clock) -> int:
    """Take out what crashes have left; gives how many rooms."""
    before = clock.now() - ABANDONED
    closed = select(Room.key).where(col(Room.invite_hash) == CLOSED, col(Room.created_at) < before)
    keys = await database.read(lambda db: list(db.exec(closed).all()))
    for key in keys:
        await drop(database, key or 0)
    return len(keys)


def _drop_some(db: Session, key: int) -> bool:
    """Whether there may be more."""
    path = SQLModel.metadata.tables["path"].c
    some = sqlalchemy.select(path.room_key, path.id).where(path.room_key == key).limit(DROPPED_AT_ONCE)
    gone = db.connection().execute(delete(Path).where(tuple_(path.room_key, path.id).in_(some))).rowcount
    if gone:
        return True
    db.exec(delete(Room).where(col(Room.key) == key, col(Room.invite_hash) == CLOSED))
    return False
