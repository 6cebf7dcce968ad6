"""What the tests of backups share: a board to draw on, a clock to turn, and the state that a backup holds."""

import os
import random
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, SQLModel
from test_drawings import stroke, uuid7

from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Keys, Tokens
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.backups.chains import Point
from app.services.backups.filling import rows_of
from app.services.backups.keeping import Job, Round
from app.services.backups.retention import Limits
from app.services.backups.rows import PathRow
from app.services.backups.store import Store
from app.services.drawings import Drawings, RoomOps
from app.services.rooms import Entry, Rooms

NOON = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 43_200_000
"""A day's noon, in milliseconds since 1970."""

State = set[tuple[int, str, int, str]]


class Site:
    """A database with boards, its backups, and a clock."""

    def __init__(self, directory: Path, database: Database, limits: Limits | None = None) -> None:
        self.database = database
        self.drawings = Drawings(database)
        self.rooms = Rooms(database, Tokens(Keys([os.urandom(32)]), 1), Clock())
        url = database._writing.engine.url.render_as_string(hide_password=False)
        self.job = Job(url, str(directory / "backups"), limits or Limits())
        self.store = Store(Path(self.job.directory))
        self.now = NOON
        self.rng = random.Random(1)
        self.stamp = 0
        self.ids: list[str] = []

    async def room(self) -> Entry:
        """A new room."""
        return await self.rooms.create("Ada", "192.0.2.7")

    async def draw(self, key: int, count: int) -> None:
        """Draw so many strokes."""
        self.stamp += 1
        ids = [uuid7(self.rng, self.stamp) for _ in range(count)]
        self.ids += ids
        puts: list[Op] = [Put(path_id, self.stamp, stroke(self.rng), "#1d3557", 2.5) for path_id in ids]
        await self.drawings.commit([RoomOps(key, puts)])

    async def change(self, key: int) -> None:
        """Draw, erase or clear."""
        self.stamp += 1
        if self.rng.random() < 0.05:
            await self.drawings.commit([RoomOps(key, [Clear(self.stamp - self.rng.randrange(3))])])
        elif self.ids and self.rng.random() < 0.4:
            await self.drawings.commit([RoomOps(key, [Delete(self.rng.choice(self.ids), self.stamp)])])
        else:
            await self.draw(key, self.rng.randrange(1, 4))

    def round(self) -> None:
        """Back up, as the server does every minute."""
        Round(self.job, clock=lambda: self.now).run()

    async def state(self) -> State:
        """What the database holds."""

        def look(db: Session) -> State:
            path = SQLModel.metadata.tables["path"].c
            rows = db.connection().execute(select(path.room_key, path.id, path.ts, path.d).where(~path.deleted))
            return {(key, path_id.hex, ts, d) for key, path_id, ts, d in rows}

        return await self.database.read(look)

    def litter(self) -> list[Path]:
        """What a round should not have left."""
        return [path for path in self.store.path.rglob("*") if path.name.endswith(".tmp")]


def state_of(point: Point) -> State:
    """What a backup holds."""
    rows = (row for row in rows_of(point.way) if isinstance(row, PathRow) and not row.deleted)
    return {(row.room_key, row.id.replace("-", ""), row.ts, row.d) for row in rows}
