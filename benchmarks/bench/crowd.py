"""People in rooms: some draw, all receive, a few read what they get and when.

One batch of live points and a cursor every 100 ms from each who draws, and a finished path every 1.5 s. The points of a
batch say which batch they are: the x of the first is its number, so whoever reads it knows when it was sent.
"""

import asyncio
import gc
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from uuid import UUID

import msgspec

from bench.servers import Target, own_cpu
from bench.sockets import Client, Read, connect

BATCH_SECONDS = 0.1
PATH_SECONDS = 1.5
AT_ONCE = 50
OBSERVERS = 8
SETTLE_SECONDS = 15.0
POINTS = 3
STROKES = Path(__file__).with_name("strokes.txt").read_text().split("\n")[:-1]
NUMBER = re.compile(r"-?[0-9.]+")


class Stroke(msgspec.Struct):
    """What of a stroke or a path is looked at."""

    id: str = ""
    points: list[float] = []


class Tick(msgspec.Struct):
    """What of a server's frame is looked at; `b`: what the baseline sends."""

    live: list[tuple[int, Stroke]] = []
    ops: list[Stroke] = []
    b: list["Sent"] = []


class Sent(msgspec.Struct):
    """A batch as the baseline passes it on."""

    live: list[Stroke] = []
    ops: list[Stroke] = []


class Acks(msgspec.Struct):
    """What of a frame its author looks at."""

    acks: list[tuple[int, int]] = []
    user: int = 0


_tick = msgspec.json.Decoder(Tick)
_acks = msgspec.json.Decoder(Acks)


@dataclass
class Book:
    """When each batch and path was sent, and how long each took to be seen or acknowledged, in seconds."""

    batches: list[float] = field(default_factory=list)
    paths: dict[str, float] = field(default_factory=dict)
    live: list[tuple[float, float]] = field(default_factory=list)
    ops: list[tuple[float, float]] = field(default_factory=list)
    acked: list[tuple[float, float]] = field(default_factory=list)
    unacked: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def settled(self) -> None:
        """Return when all is acknowledged."""
        while self.unacked:
            self.news.clear()
            await self.news.wait()

    def see(self, payload: bytes, _binary: bool, now: float) -> None:  # noqa: FBT001 - the shape of `Read`
        """An observer gets a message."""
        tick = _tick.decode(payload)
        for sent in tick.b:
            self._see(sent.live, sent.ops, now)
        self._see([stroke for _, stroke in tick.live], tick.ops, now)

    def _see(self, live: list[Stroke], ops: list[Stroke], now: float) -> None:
        for stroke in live:
            for x in stroke.points[::2]:
                if x.is_integer():
                    at = self.batches[int(x)]
                    self.live.append((at, now - at))
        for op in ops:
            if at := self.paths.get(op.id):
                self.ops.append((at, now - at))


class Writer:
    """One who draws."""

    def __init__(self, client: Client, book: Book, rng: random.Random, *, relay: bool) -> None:
        self.client = client
        self.user = 0
        self._book = book
        self._rng = rng
        self._n = 0
        self._sent_at: dict[int, float] = {}
        self._loop = asyncio.get_running_loop()
        self._begin()
        if not relay:
            client.read = self.hear

    def start(self, until: float) -> None:
        """Draw until then, at a phase of one's own."""
        now = self._loop.time()
        self._path_due = now + self._rng.uniform(0, PATH_SECONDS)
        self._loop.call_at(now + self._rng.uniform(0, BATCH_SECONDS), self._step, now, until)

    def _step(self, due: float, until: float) -> None:
        now = self._loop.time()
        if now >= until:
            return
        ops = self._finish(now) if now >= self._path_due else ""
        number = len(self._book.batches)
        self._book.batches.append(now)
        y = self._rng.randrange(2000)
        points = f"{number},{y},{number % 1000}.3,{y + 2.5},{number % 1000}.7,{y + 5}"
        live = f'{{"id":"{self._id}","ts":{self._ts},"color":"#1d3557","width":3,"points":[{points}]}}'
        self.client.send(f'{{"t":"batch",{ops}"live":[{live}],"cursor":[{number % 1000},{y}]}}'.encode())
        due = max(due + BATCH_SECONDS, now - BATCH_SECONDS)
        self._loop.call_at(due, self._step, due, until)

    def _finish(self, now: float) -> str:
        self._path_due += PATH_SECONDS
        self._n += 1
        self._book.paths[self._id] = self._sent_at[self._n] = now
        self._book.unacked += 1
        op = put(self._id, stamp(), ink(self._rng))
        self._begin()
        return f'"n":{self._n},"ops":[{op}],'

    def _begin(self) -> None:
        self._id, self._ts = new_id(self._rng), stamp()

    def hear(self, payload: bytes, _binary: bool, now: float) -> None:  # noqa: FBT001 - the shape of `Read`
        if self.user and b'"acks"' not in payload:
            return
        heard = _acks.decode(payload)
        self.user = self.user or heard.user
        for user, number in heard.acks:
            if user == self.user:
                for n in [n for n in self._sent_at if n <= number]:
                    at = self._sent_at.pop(n)
                    self._book.acked.append((at, now - at))
                    self._book.unacked -= 1
                    self._book.news.set()


@dataclass(frozen=True, slots=True)
class Place:
    """A room to be in: its path, and the hello (none at the baseline)."""

    path: str
    hello: bytes = b""


def make_room(target: Target, number: int = 0) -> Place:
    """A new room, with one session that everybody in it uses."""
    if target.relay:
        return Place(f"/{number}")
    made = target.post("/api/rooms", {"name": "Crowd"})
    room = msgspec.convert(made["room"], dict[str, object])
    return Place(f"/api/rooms/{room['id']}/ws", msgspec.json.encode({"t": "hello", "token": made["token"]}))


async def enter(target: Target, place: Place, prepare: Callable[[Client], None] | None = None) -> Client:
    """Come into a room, and wait until the drawing is there; `prepare` may set who reads, before anything comes."""
    client = await connect(target.port, place.path)
    if prepare:
        prepare(client)
    if place.hello:
        client.look_for(b'"more":false')
        client.send(place.hello)
        async with asyncio.timeout(60):
            await client.found.wait()
    return client


async def gather(
    target: Target, places: list[Place], prepare: Mapping[int, Callable[[Client], None]] | None = None
) -> list[Client]:
    """Let one come into each of these places, some at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, place: Place) -> Client:
        async with turns:
            return await enter(target, place, (prepare or {}).get(index))

    return await asyncio.gather(*(one(index, place) for index, place in enumerate(places)))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a crowd saw, and what it cost. Times in seconds, shares of one core.

    `shown`: the share of the batches of live points that came to those who read; the others were thinned away.
    """

    people: int
    drawing: int
    seconds: float
    frames: int
    most_bytes: float
    seen: dict[str, list[float]]
    server: float
    redis: float
    load: float
    lost: int
    shown: float

    @property
    def frame_cost(self) -> float:
        """CPU seconds of the server and its Redis a delivered frame."""
        return (self.server + self.redis) * self.seconds / max(1, self.frames)


async def measure(target: Target, places: list[Place], drawing: int, seconds: float, warm: float = 2.0) -> Measured:
    """Let one person into each of `places`, `drawing` of them evenly spread draw, and see what comes of it."""
    book, rng = Book(), random.Random(7)  # noqa: S311 - a drawing
    writers: list[Writer] = []

    def write(client: Client) -> None:
        writers.append(Writer(client, book, rng, relay=target.relay))

    def watch(client: Client) -> None:
        client.read = book.see

    writing = spread(range(len(places)), drawing)
    idle = [index for index in range(len(places)) if index not in set(writing)]
    people = await gather(target, places, dict.fromkeys(writing, write) | dict.fromkeys(spread(idle, OBSERVERS), watch))
    if not idle:  # everybody draws: some who do watch as well
        for writer in writers[:: max(1, len(writers) // OBSERVERS)][:OBSERVERS]:
            writer.client.read = both(writer.hear, book.see) if not target.relay else book.see
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.freeze()  # else the load's own collector holds it up, and makes what it sees late
    begin = loop.time() + warm
    for writer in writers:
        writer.start(begin + seconds + 1.0)
    await asyncio.sleep(warm)
    before, load = target.usage(), own_cpu()
    counts = [(client.frames, client.bytes) for client in people]
    begin = loop.time()
    await asyncio.sleep(seconds)
    end = loop.time()
    after, load = target.usage(), own_cpu() - load
    frames = sum(client.frames for client in people) - sum(frames for frames, _ in counts)
    most = max(client.bytes - held for client, (_, held) in zip(people, counts, strict=True))
    await asyncio.sleep(1.0)
    lost = await _settle(target, people, book)
    for client in people:
        client.close()
    took = end - begin
    times = {"live": book.live, "ops": book.ops, "ack": book.acked}
    seen = {name: sorted(t for at, t in of if begin <= at < end) for name, of in times.items()}
    batches = sum(begin <= at < end for at in book.batches)
    return Measured(
        people=len(people),
        drawing=len(writers),
        seconds=took,
        frames=frames,
        most_bytes=most / took,
        seen=seen,
        server=(after.own - before.own) / took,
        redis=(after.children - before.children) / took,
        load=load / took,
        lost=lost,
        shown=len(seen["live"]) / max(1, batches * OBSERVERS),
    )


def both(one: Read, other: Read) -> Read:
    """Let two read the same."""

    def read(payload: bytes, binary: bool, now: float) -> None:  # noqa: FBT001 - the shape of `Read`
        one(payload, binary, now)
        other(payload, binary, now)

    return read


def spread(indexes: Sequence[int], count: int) -> list[int]:
    """So many of them, evenly spread."""
    return list(indexes[:: max(1, len(indexes) // max(1, count))][:count])


async def _settle(target: Target, people: list[Client], book: Book) -> int:
    """Wait until all is acknowledged; gives what is not, and the connections that broke."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0 if target.relay else SETTLE_SECONDS):
            await book.settled()
    return (0 if target.relay else book.unacked) + sum(client.closed for client in people)


def now_ms() -> int:
    """The time: the server runs on this machine, so its clock is ours."""
    return time.time_ns() // 1_000_000


def stamp(ms: int | None = None) -> int:
    """A stamp of now, or of another time."""
    return (ms or now_ms()) * 4096


def new_id(rng: random.Random, ms: int | None = None) -> str:
    """A UUID version 7, of now or of another time."""
    value = (ms or now_ms()) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return str(UUID(int=value))


def ink(rng: random.Random) -> str:
    """Path data as the web client makes it of 30 points of a hand's stroke, somewhere (`strokes.mjs` made those)."""
    shifts = cycle((rng.randrange(-500, 500), rng.randrange(-500, 500)))
    return NUMBER.sub(lambda found: number(float(found[0]) + next(shifts)), rng.choice(STROKES))


def number(value: float) -> str:
    """A coordinate to a tenth, as the protocol spells it."""
    rounded = round(value, 1) + 0.0  # no -0
    return f"{rounded:.0f}" if rounded.is_integer() else f"{rounded:.1f}"


def put(path_id: str, ts: int, d: str) -> str:
    """A `put`, as JSON."""
    return f'{{"op":"put","id":"{path_id}","ts":{ts},"d":"{d}","color":"#1d3557","width":3}}'
