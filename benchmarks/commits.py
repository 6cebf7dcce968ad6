"""What commits cost where several server processes share a PostgreSQL: `python benchmarks/commits.py`.

Each process commits as a busy server does: what 20 rooms drew in a tick, in one transaction, one after the other
without a pause. The numbers of changes come from a sequence, as they do, or, to compare, from one row that every
transaction updates and so keeps until it is committed. `--hold` makes each transaction last longer once it has its
number, by so many milliseconds: as if the database were further away, or its disk slower. Turns of both follow each
other. PostgreSQL is Debian's, with fsync, in a directory of its own.
"""
# ruff: noqa: E402, S311, S603, T201 - figures for people, from our own programs

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "backend"), str(Path(__file__).parents[1] / "backend" / "tests")]

from postgres_server import PostgresServer
from sqlmodel import Session, col, update

from app.core.clock import Clock
from app.core.database import Database, migrate
from app.core.security import Keys, Tokens
from app.models import ChangeCounter
from app.schemas.ops import Op, Put
from app.services import drawings
from app.services.changes import next_change
from app.services.drawings import Drawings, RoomOps
from app.services.rooms import Rooms

ROOMS = 20
OPS = 5
LINE = "M0 0" + "L10.5 20.5" * 30


def from_a_row(db: Session) -> int:
    """Count as SQLite does."""
    counted = update(ChangeCounter).values(number=col(ChangeCounter.number) + 1).returning(col(ChangeCounter.number))
    return int(db.exec(counted).scalar_one())


def held(number: int, milliseconds: float) -> int:
    """Take longer."""
    time.sleep(milliseconds / 1000)
    return number


def path_id(rng: random.Random) -> str:
    """A version 7 UUID of now."""
    value = int(time.time() * 1000) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return str(uuid.UUID(int=value))


async def commit(url: str, seconds: float) -> None:
    """Commit for so long; print the milliseconds of each."""
    database = Database(url)
    rooms = Rooms(database, Tokens(Keys([os.urandom(32)]), 1), Clock())
    keys = [(await rooms.create("Ada", "192.0.2.7")).room.key or 0 for _ in range(ROOMS)]
    store, rng = Drawings(database), random.Random()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        ops: dict[int, list[Op]] = {
            key: [Put(path_id(rng), 9, LINE, "#1d3557", 2.5) for _ in range(OPS)] for key in keys
        }
        await store.commit([RoomOps(key, each) for key, each in ops.items()])
        print(f"{(time.monotonic() - began) * 1000:.2f}")
    await database.close()


def turn(url: str, processes: int, seconds: float, kind: str, hold: float) -> list[float]:
    """Let so many processes commit at once; gives the milliseconds of every commit."""
    command = [sys.executable, __file__, "--url", url, "--seconds", str(seconds), "--kind", kind, "--hold", str(hold)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [float(line) for each in started for line in each.communicate()[0].splitlines() if line[0].isdigit()]


def main() -> None:
    """Measure, or be one of the processes."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=5)
    asked.add_argument("--turns", type=int, default=3)
    asked.add_argument("--hold", type=float, default=0)
    asked.add_argument("--url")
    asked.add_argument("--kind", choices=("sequence", "row"), default="sequence")
    options = asked.parse_args()
    if options.url:
        count = from_a_row if options.kind == "row" else next_change
        drawings.next_change = lambda db: held(count(db), options.hold)
        asyncio.run(commit(options.url, options.seconds))
        return
    with PostgresServer("fsync=on") as postgres:
        url = postgres.create()
        migrate(url)
        for processes in (1, 3):
            taken: dict[str, list[float]] = {"sequence": [], "row": []}
            for _ in range(options.turns):
                for kind in taken:
                    taken[kind] += turn(url, processes, options.seconds, kind, options.hold)
            for kind, each in taken.items():
                rate = len(each) / options.turns / options.seconds
                p50, p99 = statistics.median(each), statistics.quantiles(each, n=100)[98]
                print(f"{processes} processes, {kind:8}: {rate:6.1f} commits/s, p50 {p50:6.1f} ms, p99 {p99:6.1f} ms")


if __name__ == "__main__":
    main()
