"""What exports cost: `.venv/bin/python benchmarks/export.py [--paths 100000] [--seconds 40] [--people 10]`.

Fills a board with so many strokes of 30 points, lets people draw on another one, and tells
- seconds and megabytes a second of one download, as it is and compressed, to a process of its own;
- the time from an edit to its acknowledgement while downloads follow one another, and in turns without: percentiles,
  and their ratios, all from one run, for machines differ.
"""
# ruff: noqa: T201 - figures for people, from our own programs

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import uuid
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "tests"))

from backup import crowd, show, strokes
from server_process import ServerProcess

from app.core.database import open_engine
from app.core.database_use import Use
from whiteboard_client import Seat, create_room

TURN = 4.0
INSERT = (
    "INSERT INTO path (room_key, id, d, width, color, ts, deleted, changed) "
    "SELECT key, ?, ?, 2.5, '#1d3557', ?, 0, 1 FROM room WHERE id = ?"
)
TAKE = """
import sys, time, urllib.request
url, encoding, token = sys.argv[1], sys.argv[2], sys.stdin.read()
headers = {"Authorization": "Bearer " + token, "Accept-Encoding": encoding}
began, size = time.monotonic(), 0
with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
    first = time.monotonic()
    while part := answer.read(1 << 20):
        size += len(part)
print(size, first - began, time.monotonic() - began)
"""


async def fill(url: str, database: str, count: int) -> Seat:
    """A board with so many paths."""
    seat = (await create_room(url, "Ada")).seat
    drawn, room = strokes(2000), uuid.UUID(seat.room_id).bytes
    rows = [(uuid.UUID(int=7 << 76 | 2 << 62 | n << 80).bytes, drawn[n % 2000], n + 1, room) for n in range(count)]
    engine = open_engine(database, Use.WRITE)
    with engine.begin() as connection:
        connection.exec_driver_sql(INSERT, rows)
    engine.dispose()
    return seat


async def take(seat: Seat, encoding: str) -> tuple[int, float, float]:
    """Bytes of a download, and seconds until it began and until it ended."""
    url = f"{seat.base_url}/api/rooms/{seat.room_id}/drawing.svg"
    command = [sys.executable, "-c", TAKE, url, encoding]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said, _ = await process.communicate(seat.token.encode())
    size, first, seconds = said.decode().split()
    return int(size), float(first), float(seconds)


async def measure(seat: Seat, people: int, seconds: float, encoding: str) -> None:
    """People draw elsewhere, in turns with and without downloads."""
    drawing = asyncio.create_task(crowd(seat.base_url, people, seconds))
    turns: list[tuple[float, bool]] = []
    while not drawing.done():
        turns.append((time.monotonic(), len(turns) % 2 == 1))
        end = time.monotonic() + TURN
        while turns[-1][1] and time.monotonic() < end:
            await take(seat, encoding)
        await asyncio.sleep(max(0.0, end - time.monotonic()))
    turns.append((time.monotonic(), False))
    took: dict[bool, list[float]] = {True: [], False: []}
    for began, each in await drawing:
        during = [works for (at, works), (end, _) in pairwise(turns) if at <= began < end]
        if during:
            took[during[0]].append(each)
    show("without, in turns with", took[False], took[False])
    show(f"while it is taken, {encoding}", took[True], took[False])


async def run(server: ServerProcess, given: argparse.Namespace) -> None:
    """The measurements, each followed by its figures."""
    seat = await fill(server.url, f"sqlite:///{server.data_dir / 'whiteboard.db'}", given.paths)
    whole, _, _ = await take(seat, "identity")
    print(f"{given.paths} paths, {whole / 1e6:.1f} MB; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for encoding in ("identity", "gzip"):
        for _ in range(3):
            size, first, seconds = await take(seat, encoding)
            pace = f"{size / 1e6:.1f} MB sent, {whole / 1e6 / seconds:.1f} MB of SVG a second"
            print(f"   {encoding:9} {seconds:5.2f} s, begun after {first:.2f} s: {pace}", flush=True)
    await crowd(seat.base_url, given.people, 2)
    for encoding in ("identity", "gzip"):
        await measure(seat, given.people, given.seconds, encoding)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--people", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whiteboard-export-") as directory:
        server = ServerProcess(Path(directory) / "data", {"WHITEBOARD_BACKUP_SECONDS": "0"})
        with server:
            asyncio.run(run(server, given))


if __name__ == "__main__":
    main()
