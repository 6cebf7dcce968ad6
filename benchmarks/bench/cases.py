"""What is measured: one room, many rooms, joins, what should not grow, and the start."""

import asyncio
import contextlib
import http.client
import random
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import uvloop

from bench.crowd import Measured, Place, enter, gather, ink, make_room, measure, new_id, now_ms, put, stamp
from bench.joining import Newcomer
from bench.report import Report
from bench.servers import Target, product, relay
from bench.sockets import Client

SHRINKING_SECONDS = 10.0

Rooms = Callable[[Target], list[Place]]
IDLE_SECONDS = 45.0
"""Twice as long as the server lets a connection be quiet, and longer than it is between its notes of activity."""
PAGE_PING_SECONDS = 20.0


def percentile(times: list[float], share: float) -> float:
    """Of sorted times, in milliseconds."""
    return times[min(len(times) - 1, int(share * len(times)))] * 1000 if times else float("nan")


def side_by_side(directory: Path, rooms: Rooms, drawing: int, seconds: float) -> tuple[Measured, Measured]:
    """The same crowd at the relay and at the server."""
    servers: tuple[AbstractContextManager[Target], ...] = (relay(), product(directory))
    got = []
    for server in servers:
        with server as target:
            got.append(uvloop.run(measure(target, rooms(target), drawing, seconds)))
    return got[0], got[1]


def crowd(
    report: Report, directory: Path, name: str, rooms: Rooms, drawing: int, seconds: float, **aims: float
) -> None:
    """A crowd, its figures, and the ratio to the relay."""
    report.case(name)
    bare, ours = side_by_side(directory, rooms, drawing, seconds)
    p99 = aims.get("p99", 200)
    report.tell("from send to receipt, live points, p50", percentile(ours.seen["live"], 0.5), "ms")
    report.tell("from send to receipt, live points, p99", percentile(ours.seen["live"], 0.99), "ms", p99)
    report.tell("live points that were shown, and not thinned away", ours.shown * 100, "%")
    report.tell("from send to receipt, paths, p99", percentile(ours.seen["ops"], 0.99), "ms", p99)
    report.tell("from put to ack, p99", percentile(ours.seen["ack"], 0.99), "ms", 250)
    report.tell("server and its Redis, share of a core", (ours.server + ours.redis) * 100, "%", aims.get("share", 70))
    report.tell("not acknowledged, or cut off", ours.lost, "", 0)
    report.tell("most sent to one client", ours.most_bytes / 1000, "KB/s", 200)
    report.tell("delivered", ours.frames / ours.seconds, "frames/s")
    report.tell("CPU a delivered frame", ours.frame_cost * 1e6, "us")
    report.tell("… as a multiple of the relay's", ours.frame_cost / bare.frame_cost, "", 1.5)
    report.tell("… a person and second, as a multiple of the relay's", (ours.server + ours.redis) / bare.server, "")
    report.tell("relay: from send to receipt, live points, p99", percentile(bare.seen["live"], 0.99), "ms")
    report.tell("relay: share of a core", bare.server * 100, "%")
    report.tell("the load's own share of its core", ours.load * 100, "%")


def one_room(people: int) -> Rooms:
    """Everybody in one room."""
    return lambda target: [make_room(target)] * people


def many_rooms(count: int, people: int) -> Rooms:
    """So many rooms with so many in each; one after the other, so that those who draw are spread evenly over them."""
    return lambda target: [place for n in range(count) for place in [make_room(target, n)] * people]


def fill(target: Target, place: Place, paths: int) -> None:
    """Draw so many paths of 30 points in a room; by their ids and stamps they were drawn one after the other."""
    rng = random.Random(3)  # noqa: S311 - a drawing
    begin = now_ms() - 2000 * paths

    def path(n: int) -> str:
        at = begin + 2000 * n + rng.randrange(1000)
        return put(new_id(rng, at), stamp(at + rng.randrange(300, 900)), ink(rng))

    async def draw() -> None:
        client = await enter(target, place)
        for n in range(0, paths, 500):
            ops = ",".join(map(path, range(n, min(n + 500, paths))))
            done = f"[1,{n + 1}]".encode()
            client.look_for(done)
            client.send(f'{{"t":"batch","n":{n + 1},"ops":[{ops}]}}'.encode())
            async with asyncio.timeout(60):
                await client.found.wait()
        client.close()

    uvloop.run(draw())


def joins(report: Report, directory: Path, paths: int, milliseconds: float, megabytes: float, storm: int = 0) -> None:
    """Newcomers to a board, one at a time; then, at once, so many while ten draw."""
    report.case(f"joining a board of {paths:,} paths")
    with product(directory) as target:
        place = make_room(target)
        fill(target, place, paths)
        first = uvloop.run(Newcomer.come(target.port, place, packed=True))
        report.tell("received by the first newcomer, compressed", first.size / 1e6, "MB")
        for packed in (False, True):
            median = uvloop.run(_join(target, place, packed=packed))
            how = "compressed" if packed else "as text"
            report.tell(f"complete at a newcomer, {how}, median of 9", median.took * 1000, "ms", milliseconds)
            report.tell("… unpacked and parsed by Python, too", median.parsed * 1000, "ms")
            report.tell(f"received, {how}", median.size / 1e6, "MB", megabytes if packed else None)
            report.tell("paths missing", paths - median.paths, "", 0)
        if storm:
            uvloop.run(_storm(report, target, place, storm))


async def _join(target: Target, place: Place, *, packed: bool) -> Newcomer:
    """The newcomer in the middle of nine, once what is kept for them is as small as it gets."""
    tries = [await Newcomer.come(target.port, place, packed=packed)]
    await asyncio.sleep(SHRINKING_SECONDS if packed else 0)
    for _ in range(9):
        tries.append(await Newcomer.come(target.port, place, packed=packed))
        await asyncio.sleep(0.2)
    return sorted(tries[1:], key=lambda each: each.took)[4]


async def _storm(report: Report, target: Target, place: Place, people: int) -> None:
    """So many open the board within a second, while ten draw and are watched."""
    drawing = asyncio.create_task(measure(target, [place] * 20, 10, 6.0))
    await asyncio.sleep(3.5)
    begin = time.monotonic()

    async def one(n: int) -> None:
        await asyncio.sleep(n / people)
        await Newcomer.come(target.port, place, packed=True, read=False)

    await asyncio.gather(*map(one, range(people)))
    report.tell(f"{people} newcomers within a second: all done after", time.monotonic() - begin, "s", 3)
    got = await drawing
    report.tell("… meanwhile, from send to receipt, live points, p99", percentile(got.seen["live"], 0.99), "ms", 300)
    report.tell("… and paths, p99", percentile(got.seen["ops"], 0.99), "ms", 300)


def flat(report: Report, directory: Path, paths: int) -> None:
    """Does an op cost more on a large board?"""
    report.case("what should not grow")
    costs = {}
    for size in (1000, paths):
        with product(directory / str(size)) as target:
            place = make_room(target)
            fill(target, place, size)
            costs[size] = uvloop.run(_edit(target, place))
    report.tell(f"CPU an op, {paths:,} paths against 1,000", costs[paths] / costs[1000], "", 1.1)
    report.tell("CPU an op, 1,000 paths", costs[1000] * 1e6, "us")


async def _edit(target: Target, place: Place, rounds: int = 60, ops: int = 50) -> float:
    """CPU seconds of the server for an op, from many ticks of many ops."""
    rng = random.Random(5)  # noqa: S311 - a drawing
    client = await enter(target, place)
    await asyncio.sleep(1)
    before = target.usage()
    for n in range(rounds):
        made = ",".join(put(new_id(rng), stamp(), ink(rng)) for _ in range(ops))
        client.send(f'{{"t":"batch","n":{n + 1},"ops":[{made}]}}'.encode())
        await asyncio.sleep(0.11)
    await asyncio.sleep(0.5)
    after = target.usage()
    client.close()
    return (after.own + after.children - before.own - before.children) / (rounds * ops)


def memory(report: Report, directory: Path, connections: int) -> None:
    """What a live board and an idle connection hold, and what idle ones cost."""
    report.case("memory, and idle connections")
    with product(directory) as target:
        boards = [make_room(target) for _ in range(4)]
        for place in boards:
            fill(target, place, 10_000)
    with product(directory) as target:
        uvloop.run(_idle(report, target, boards, connections))


async def _idle(report: Report, target: Target, boards: list[Place], connections: int) -> None:
    lobby = make_room(target)
    first = await gather(target, [lobby] * 20)
    await asyncio.sleep(1)
    before = target.usage().memory
    drawn = [await enter(target, place) for place in boards]
    await asyncio.sleep(1)
    report.tell("a live board of 10,000 paths", (target.usage().memory - before) / len(boards) / 1e6, "MB", 12)
    for client in drawn:
        client.close()
    rooms = [make_room(target) for _ in range(connections // 50)]
    await asyncio.sleep(2)
    before = target.usage().memory
    people = await gather(target, [place for place in rooms for _ in range(50)])
    await asyncio.sleep(3)
    held = target.usage()
    report.tell(f"an idle connection, of {len(people):,}", (held.memory - before) / len(people) / 1000, "KB", 20)
    share, _ = await be_idle(target, people, pages=0)
    report.tell(f"{len(people):,} idle connections, share of a core", share * 100, "%", 2)
    share, unanswered = await be_idle(target, people, pages=len(people) // 2)
    report.tell("… if half of them are pages, which ping by themselves", share * 100, "%", 2)
    report.tell("… pings not answered, or cut off", unanswered + sum(client.closed for client in people), "", 0)
    for client in [*people, *first]:
        client.close()


async def be_idle(target: Target, people: list[Client], pages: int) -> tuple[float, int]:
    """Be idle, so many as web pages are: these send a ping each 20 s (C3), one after the other. The others only answer
    pings. Gives the share of a core that the server took, and how many of the pages' pings were not answered."""
    asking, loop, before = people[:pages], asyncio.get_running_loop(), target.usage()
    began, heard, sent = loop.time(), sum(page.frames - page.pings for page in asking), 0
    while loop.time() - began < IDLE_SECONDS:
        due = int((loop.time() - began) * pages / PAGE_PING_SECONDS)
        for n in range(sent, due):
            asking[n % pages].send(b'{"t":"ping","c":1}')
        sent = due
        await asyncio.sleep(0.005)
    used = target.usage()
    await asyncio.sleep(1)
    share = (used.own + used.children - before.own - before.children) / IDLE_SECONDS
    return share, sent - sum(page.frames - page.pings for page in asking) + heard


def cold(report: Report, directory: Path) -> None:
    """From nothing to the first page, and to a sleeping board."""
    report.case("cold")
    with product(directory) as target:
        place = make_room(target)
        fill(target, place, 10_000)
    begin = time.monotonic()
    with product(directory) as target:
        connection = http.client.HTTPConnection("127.0.0.1", target.port)
        connection.request("GET", "/")
        connection.getresponse().read()
        report.tell("start to the first page", time.monotonic() - begin, "s", 3)
        newcomer = uvloop.run(Newcomer.come(target.port, place, packed=True))
        report.tell("waking a board of 10,000 paths, complete at its first guest", newcomer.took * 1000, "ms", 150)


def asleep(directory: Path, rooms: int) -> None:
    """Put so many sleeping rooms, with a path each, into the database of a server that does not run."""
    db = sqlite3.connect(directory / "whiteboard.db")
    with contextlib.closing(db), db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(room)")]
        [model] = db.execute("SELECT * FROM room LIMIT 1").fetchall()
        made = dict(zip(columns, model, strict=True))
        for n in range(rooms):
            row = {**made, "key": 1_000_000 + n, "id": uuid.uuid4().bytes, "live": 0, "drawn": 1}
            marks = ",".join("?" * len(columns))
            db.execute(f"INSERT INTO room VALUES ({marks})", [row[name] for name in columns])  # noqa: S608 - our own
