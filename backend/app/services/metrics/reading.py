"""Taking a reading of everything that a process's figures are made of, at the moment when somebody asks."""

import asyncio
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlmodel import Session, col, func, select

from app.core.config import Settings
from app.core.database import Database
from app.core.errors import StorageUnavailable
from app.core.metrics import Figures, Histogram, Traffic
from app.core.sqlite import sqlite_version
from app.models import Room
from app.services.backups.schedule import Backups, Standing
from app.services.connection import Connection
from app.services.hub import Hub

COUNT_SECONDS = 15.0
"""Rooms are counted this often at most, however often the figures are asked for."""
AT_ONCE = 1000
"""Connections looked at before others get a turn."""


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits for connections: frames in all and of the one that is furthest behind, and bytes for them alone."""

    frames: int = 0
    most: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Rooms:
    """How many rooms the database has, of all processes."""

    live: int
    asleep: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the figures of a process are at one moment."""

    build: dict[str, str]
    figures: Figures
    traffic: Traffic
    connections: int
    rooms_open: int
    rooms: Rooms | None
    queues: Queues
    redis_up: bool
    redis_seconds: Histogram
    standing: Standing
    backups: Backups
    files: dict[str, int]
    disk_free: int


class Meter:
    """Takes readings of a process."""

    def __init__(
        self, settings: Settings, database: Database, hub: Hub, redis_seconds: Histogram, backups: Backups
    ) -> None:
        self._database = database
        self._hub = hub
        self._redis_seconds = redis_seconds
        self._backups = backups
        self._data_dir = settings.data_dir.absolute()
        self._file = Path(settings.database.removeprefix("sqlite:///"))
        self._build = build()
        self._rooms: Rooms | None = None
        self._counted = -COUNT_SECONDS

    async def read(self) -> Reading:
        """Take a reading."""
        standing = await self._backups.standing()
        rooms = await self._count_rooms()
        queues = await self._queues()
        disk_free, files = await asyncio.to_thread(self._look_at_disk)
        figures, open_rooms = self._hub.figures, self._hub.replicas.rooms.values()
        return Reading(
            build=self._build,
            figures=figures,
            traffic=figures.traffic(),
            connections=sum(len(room.connections) for room in open_rooms),
            rooms_open=len(open_rooms),
            rooms=rooms,
            queues=queues,
            redis_up=self._hub.replicas.redis_is_up,
            redis_seconds=self._redis_seconds,
            standing=standing,
            backups=self._backups,
            files=files,
            disk_free=disk_free,
        )

    async def _count_rooms(self) -> Rooms | None:
        now = time.monotonic()
        if now >= self._counted + COUNT_SECONDS:
            self._counted = now
            try:
                self._rooms = await self._database.read(count_rooms)
            except StorageUnavailable:
                self._rooms = None
        return self._rooms

    async def _queues(self) -> Queues:
        behind: list[int] = []
        size = 0
        for count, connection in enumerate(list(self._connections())):
            if count % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            outbox = connection.member.outbox
            own = [*outbox.state, *outbox.letters, *outbox.news]
            behind.append(len(own) + connection.room.replica.log.number - outbox.number)
            size += sum(data.size for data in own)
        return Queues(sum(behind), max(behind, default=0), size)

    def _connections(self) -> Iterator[Connection]:
        return (each for room in self._hub.replicas.rooms.values() for each in room.connections)

    def _look_at_disk(self) -> tuple[int, dict[str, int]]:
        files = {"database": self._file, "wal": self._file.with_name(f"{self._file.name}-wal")}
        sizes = {name: path.stat().st_size for name, path in files.items() if path.is_file()}
        return shutil.disk_usage(self._data_dir).free, sizes


def count_rooms(db: Session) -> Rooms:
    """Count the rooms."""
    live = db.exec(select(func.count()).select_from(Room).where(col(Room.live))).one()
    return Rooms(live, db.exec(select(func.count()).select_from(Room)).one() - live)


def build() -> dict[str, str]:
    """What runs: the labels of `whiteboard_build_info`."""
    return {"version": version("whiteboard"), "python": platform.python_version(), "sqlite": sqlite_version()}
