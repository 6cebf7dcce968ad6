"""People drawing, through the real store, in a process of its own; it tells what it asks and what has returned.

    python power_workload.py '{"url": …, "told": …, "streams": ["a"], "seed": 1, "commits": 100, …}'

A stream draws in rooms of its own. It tells one JSON line before each commit and one after, each by one `write`: a
trace of the process holds them in order with what was done to the files.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.core import database as core
from app.core import sqlite
from app.core.clock import Clock
from app.core.security import Keys, Tokens
from app.models import Room
from app.schemas.ops import Clear, Delete, Op, Put, encode_op
from app.services.drawings import Drawings, RoomOps
from app.services.rooms import Rooms

COUNTS = [4] * 6 + [20] * 4 + [60, 3000]
"""Of numbers in a path; the last takes several pages."""


@dataclass(frozen=True)
class Job:
    """What a process shall do."""

    url: str
    told: str
    streams: list[str]
    seed: int
    commits: int
    pragmas: dict[str, object]
    ack_early: bool = False
    migrates: bool = True
    syncs_log: bool = True


class Stream:
    """One process's people: every commit of theirs is told, asked in order, and returned in order."""

    def __init__(self, job: Job, database: core.Database, telling: int) -> None:
        self.name = job.streams[0]
        self.job = job
        self.random = Random(f"{job.seed} {self.name}")
        self.telling = telling
        self.asked = 0
        self.ts = job.seed * 10**9
        self.keys: dict[str, int] = {}
        self.paths: dict[str, list[str]] = {}
        self.connect(database)

    def connect(self, database: core.Database) -> None:
        """Use a database from now on."""
        self.database = database
        self.drawings = Drawings(database)
        self.rooms = Rooms(database, Tokens(Keys([bytes(32)]), 1), Clock())

    async def remember(self) -> None:
        """Find the rooms and paths of earlier lives; what is read so counts as shown."""

        def own(db: Session) -> list[Room]:
            return list(db.exec(select(Room).where(Room.creator_ip == self.name).order_by(col(Room.key))).all())

        for room in await self.database.read(own):
            assert room.key is not None
            self.keys[str(room.id)] = room.key
            board = await self.drawings.load(room.key)
            self.paths[str(room.id)] = [json.loads(path)["id"] for path in board.paths()]

    def tell(self, **line: object) -> None:
        """One line, in one write."""
        os.write(self.telling, json.dumps({"stream": self.name, **line}).encode() + b"\n")

    async def commit(self, work: Awaitable[Any], **what: object) -> Any:  # noqa: ANN401 - what the work returns
        """Ask for one commit, and tell when it has returned."""
        n = self.asked
        self.asked += 1
        self.tell(n=n, asked=what)
        if self.job.ack_early:
            self.tell(n=n, returned=True)
        result = await work
        if not self.job.ack_early:
            self.tell(n=n, returned=True)
        if what["kind"] == "create":
            self.tell(n=n, made={"room": str(result.room.id), "session": str(result.session.id)})
        return result

    async def step(self) -> None:
        """Something that people do."""
        chance = self.random.random()
        if not self.keys or chance < 0.04:
            await self.create()
        elif chance < 0.1:
            room = self.random.choice(list(self.keys))
            users = self.random.randrange(100)
            now = Clock().now()
            noted = self.rooms.note_activity({UUID(room): (now, users)}, {})
            await self.commit(noted, kind="activity", room=room, users=users)
        elif chance < 0.75:
            await self.draw()
        else:  # two commits asked at once, and somebody reads meanwhile
            key = self.random.choice(list(self.keys.values()))
            await asyncio.gather(self.draw(), self.drawings.load(key), self.draw())

    async def create(self) -> None:
        """Make a room."""
        entry = await self.commit(self.rooms.create("Ada", self.name), kind="create")
        self.keys[str(entry.room.id)] = entry.room.key
        self.paths[str(entry.room.id)] = []

    async def draw(self) -> None:
        """One tick: ops of one room or several."""
        rooms = self.random.sample(list(self.keys), self.random.randint(1, min(3, len(self.keys))))
        ops = {room: self.ops(room) for room in rooms}
        changes = [RoomOps(self.keys[room], of_room) for room, of_room in ops.items()]
        told = {room: [json.loads(encode_op(op)) for op in of_room] for room, of_room in ops.items()}
        await self.commit(self.drawings.commit(changes), kind="ops", ops=told)

    def ops(self, room: str) -> list[Op]:
        """Puts of new paths, edits and deletions of old ones, now and then a clear, and ops that come too late."""
        ops: list[Op] = []
        for _ in range(self.random.choice([1, 1, 2, 5])):
            self.ts += 1
            known = [path for path in self.paths[room] if path not in {getattr(op, "id", "") for op in ops}]
            ts = self.ts if self.random.random() < 0.95 else self.random.randrange(1, 10**8)
            chance = self.random.random()
            if chance < 0.04:
                ops.append(Clear(self.ts))
            elif known and chance < 0.15:
                ops.append(Delete(self.random.choice(known), ts))
            else:
                ops.append(self.put(room, known, ts))
        return ops

    def put(self, room: str, known: list[str], ts: int) -> Put:
        """A new path, or a new state of an old one; most are short, some take several pages."""
        if known and self.random.random() < 0.3:
            path = self.random.choice(known)
        else:
            path = str(UUID(bytes=self.random.randbytes(16), version=4))
            self.paths[room].append(path)
        d = "M0 0L" + " ".join(
            str(self.random.randrange(10_000)) for _ in range(self.random.choice([4] * 6 + [20] * 4 + [60, 3000]))
        )
        return Put(path, ts, d, "#000000", self.random.choice([1.0, 2.5]))


async def live(job: Job) -> None:
    """Open the database, draw, close it, open it again, draw."""
    telling = os.open(job.told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    database = core.Database(job.url)
    stream = Stream(job, database, telling)
    await stream.remember()
    stream.tell(shown=True)
    while stream.asked < job.commits // 2:
        await stream.step()
    await database.close()
    database = core.Database(job.url)
    stream.connect(database)
    while stream.asked < job.commits:
        await stream.step()


def main(text: str) -> None:
    """Do a job, and end without closing the database; a second stream gets a process of its own."""
    job = Job(**json.loads(text))
    sqlite.PRAGMAS.update(job.pragmas)
    if not job.syncs_log:
        sqlite.prepare = lambda _engine: None
    if job.migrates:
        core.migrate(job.url)
    others = [asdict(job) | {"streams": [stream]} for stream in job.streams[1:]]
    processes = [subprocess.Popen([sys.executable, __file__, json.dumps(other)]) for other in others]
    asyncio.run(live(job))
    os._exit(max([process.wait() for process in processes], default=0))


if __name__ == "__main__":
    main(sys.argv[1])
