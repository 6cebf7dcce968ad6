"""What backups cost: `.venv/bin/python benchmarks/backup.py [--megabytes 1000] [--seconds 60]
[--people 10] [--every 60]` (a quarter of an hour).

Makes a database of that size in a new directory under the system's temporary one (and removes it), and tells
- the time from an edit to its acknowledgement, without backups, while the first base is being made, while minutes are,
  and without again: percentiles, and their ratios to the runs without, all from one run, for machines differ;
- the first base: seconds, CPU seconds and bytes, in a process as the server starts it;
- a minute in which 1,000 paths changed: CPU seconds and bytes, beside the bytes of those paths.
"""
# ruff: noqa: S311, S603, T201 - figures for people, from our own programs

import argparse
import asyncio
import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "tests"))

from server_process import ServerProcess

from app.core.database import migrate, open_engine
from app.core.database_use import Use
from app.services.backups.keeping import REST, Job, Round
from app.services.backups.retention import Limits
from app.services.backups.store import Store
from whiteboard_client import connect, create_room, join_room, path_data

PATHS_IN_ROOM = 10_000
PAUSE = 0.2
TURN = 2.0
"""Seconds for which a base goes on or is held up, while it is compared."""
WORKER = [sys.executable, "-m", "app.services.backups.worker"]
INSERT = (
    "INSERT INTO path (room_key, id, d, width, color, ts, deleted, changed) VALUES (?, ?, ?, 2.5, '#1d3557', ?, 0, ?)"
)
ROOM = (
    "INSERT INTO room"
    " (key, id, created_at, last_active_at, creator_ip, active_users, invite_hash, cleared, changed, drawn)"
    " VALUES (?, randomblob(16), 0, 0, '127.0.0.1', 0, randomblob(32), 0, ?, 1)"
)


def strokes(count: int) -> list[str]:
    """Strokes of 30 points to a tenth of a pixel; more than a compressor remembers, so they may be used again."""
    rng = random.Random(1)
    tenths = [[(rng.randrange(20000) / 10, rng.randrange(20000) / 10) for _ in range(30)] for _ in range(count)]
    return [path_data(points) for points in tenths]


def fill(url: str, megabytes: float) -> int:
    """Make a database of that size; gives the number of its paths."""
    migrate(url)
    drawn = strokes(2000)
    engine = open_engine(url, Use.REPLACE)
    count = int(megabytes * 1e6 / (1.36 * sum(map(len, drawn)) / len(drawn)))
    for room in range(1, count // PATHS_IN_ROOM + 2):
        rows = range((room - 1) * PATHS_IN_ROOM, min(count, room * PATHS_IN_ROOM))
        with engine.begin() as connection:
            connection.exec_driver_sql(ROOM, (room, room))
            values = [(room, uuid.uuid4().bytes, drawn[n % len(drawn)], n + 1, room) for n in rows]
            if values:
                connection.exec_driver_sql(INSERT, values)
            connection.exec_driver_sql("UPDATE change_counter SET number = ?", (room,))
    engine.dispose()
    return count


def change(url: str, count: int) -> int:
    """Change so many paths, all over the database; gives the bytes of their path data."""
    engine = open_engine(url, Use.WRITE)
    with engine.begin() as connection:
        [number] = connection.exec_driver_sql("UPDATE change_counter SET number = number + 1 RETURNING number").one()
        most = connection.exec_driver_sql("SELECT max(rowid) FROM path").scalar_one()
        ids = random.Random(number).sample(range(1, most + 1), min(count, most))
        connection.exec_driver_sql("UPDATE path SET changed = ? WHERE rowid = ?", [(number, each) for each in ids])
        found = connection.exec_driver_sql("SELECT sum(length(d)) FROM path WHERE changed = ?", (number,)).scalar_one()
    engine.dispose()
    return int(found)


@contextlib.contextmanager
def counted() -> Iterator[list[float]]:
    """Wall and CPU seconds of the block, and of processes that end in it."""
    told: list[float] = []
    began, spent = time.monotonic(), cpu()
    yield told
    told += [time.monotonic() - began, cpu() - spent]


def cpu() -> float:
    """CPU seconds of this process, and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


Took = tuple[float, float]
"""When an edit was made, and the seconds until it was acknowledged."""


async def draw(invite: str, name: str, until: float) -> list[Took]:
    """Draw until then."""
    rng, took = random.Random(name), list[Took]()
    drawn = strokes(20)
    async with connect(await join_room(invite, name)) as board:
        while time.monotonic() < until:
            await asyncio.sleep(rng.uniform(0.5, 1.5) * PAUSE)
            began = time.monotonic()
            board.draw(rng.choice(drawn))
            await board.saved()
            took.append((began, time.monotonic() - began))
    return took


async def crowd(url: str, people: int, seconds: float) -> list[Took]:
    """Let so many draw in a room."""
    invite = (await create_room(url, "Ada")).invite_url
    until = time.monotonic() + seconds
    took = await asyncio.gather(*(draw(invite, f"P{n}", until) for n in range(people)))
    return [each for times in took for each in times]


def measure(site: Path, every: float, people: int, seconds: float) -> list[float]:
    """Times of acknowledgement at a server that makes a backup every so many seconds (0: none)."""
    with ServerProcess(site, {"WHITEBOARD_BACKUP_SECONDS": str(every)}) as server:
        asyncio.run(crowd(server.url, people, 2 + every))  # warm, and the first backup
        return [took for _, took in asyncio.run(crowd(server.url, people, seconds))]


def measure_base(job: Job, site: Path, people: int, seconds: float) -> tuple[list[float], list[float]]:
    """The same while a base is being made, and while it is held up, in turns of some seconds at one server."""
    with ServerProcess(site, {"WHITEBOARD_BACKUP_SECONDS": "0"}) as server:
        asyncio.run(crowd(server.url, people, 2))
        return asyncio.run(in_turns(job, server.url, people, seconds))


async def in_turns(job: Job, url: str, people: int, seconds: float) -> tuple[list[float], list[float]]:
    """Times of acknowledgement while the process worked, and while it was stopped."""
    process = await asyncio.create_subprocess_exec(*WORKER, stdin=subprocess.PIPE)
    making = asyncio.create_task(process.communicate(msgspec.json.encode(job)))
    drawing = asyncio.create_task(crowd(url, people, seconds))
    turns: list[tuple[float, bool]] = []
    while not drawing.done() and not making.done():
        works = len(turns) % 2 == 0
        process.send_signal(signal.SIGCONT if works else signal.SIGSTOP)
        turns.append((time.monotonic(), works))
        await asyncio.sleep(TURN)
    if making.done():
        print("   (the base was done before the drawing)")
    else:
        process.send_signal(signal.SIGCONT)
    took = await drawing
    await making
    return (
        [each for began, each in took for begin, works in turns if works and 0.2 < began - begin < TURN],
        [each for began, each in took for begin, works in turns if not works and 0.2 < began - begin < TURN],
    )


def show(name: str, took: list[float], without: list[float]) -> None:
    """Print the percentiles, and their ratios."""
    took, without = sorted(took), sorted(without)
    cells = []
    for share in (0.5, 0.9, 0.99):
        value, other = took[int(share * len(took))], without[int(share * len(without))]
        cells.append(f"p{share * 100:.0f} {value * 1000:6.1f} ms ({value / other:.2f})")
    print(f"   {name:34} {len(took):6} edits  {'  '.join(cells)}", flush=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--every", type=float, default=60, help="seconds between backups; a turn is as long at least")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whiteboard-backup-") as directory:
        site = Path(directory)
        url = f"sqlite:///{site / 'whiteboard.db'}"
        paths = fill(url, given.megabytes)
        size = (site / "whiteboard.db").stat().st_size
        load = os.getloadavg()[0]
        print(f"Database: {size / 1e6:.0f} MB, {paths} paths; {os.cpu_count()} cores, load {load:.1f}", flush=True)
        run(Job(url, str(site / "backups"), Limits(), REST), site, given)


def run(job: Job, site: Path, given: argparse.Namespace) -> None:
    """The measurements, each followed by its figures."""
    print("From an edit to its acknowledgement (in brackets: ratio to the time without)")
    during, held = measure_base(job, site, given.people, given.seconds)
    show("without, in turns with", held, held)
    show("while the base is made", during, held)
    without, minutes = list[float](), list[float]()
    turn = max(given.seconds / 4, given.every)
    for _ in range(4):
        without += measure(site, 0, given.people, turn)
        minutes += measure(site, given.every, given.people, turn)
    show("without, in turns with", without, without)
    show(f"with a backup every {given.every:.0f} s", minutes, without)
    alone = Job(job.url, str(site / "alone"), job.limits)
    store = Store(Path(alone.directory))
    with counted() as base:
        subprocess.run(WORKER, input=msgspec.json.encode(alone), check=True)
    print(f"The first base: {store.bytes / 1e6:.0f} MB; {base[0]:.1f} s without rests, {base[1]:.1f} s of CPU")
    for _ in range(3):
        changed, held = change(job.url, 1000), store.bytes
        with counted() as minute:
            left = Round(alone, small=True).run()
        told = f"{store.bytes - held} bytes, {minute[1]:.3f} s of CPU"
        print(f"A minute, 1000 paths with {changed} bytes of path data: {told}")
        if left:
            sys.exit("That was too much for a thread of the server.")


if __name__ == "__main__":
    main()
