"""People who draw at random through the client library and come back by themselves, and a book of what was promised."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import msgspec
from outside import ask
from wire_board import Board, Op, merged
from wire_door import Door

from whiteboard_client import Acked, Connection, Event, Invoked, Options, Received, Refused, Seat, Sent, path_data
from whiteboard_client.messages import Batch, Tick

STORED = """
SELECT room.cleared, path.id, path.ts, path.d, path.color, path.width, path.deleted
FROM room LEFT JOIN path ON path.room_key = room.key WHERE room.id = ?
"""
SETTLE_SECONDS = 40.0
COLORS = ("#000000", "#e63946", "#1d355780")


def on_disk(data_dir: Path, room_id: str) -> Board:
    """What the database holds of a room: all that was committed, read beside the server or after its death.

    In one statement, which sees one moment: a clear must not come between its stamp and the paths that it removes.
    """
    rows = ask(data_dir, STORED, UUID(room_id))
    board = Board(cleared=rows[0][0])
    for _, path_id, ts, d, color, width, deleted in rows:
        if path_id is None:  # the room has none
            continue
        name = str(path_id)
        put = {"op": "put", "id": name, "ts": ts, "d": d, "color": color, "width": width}
        board.records[name] = {"op": "del", "id": name, "ts": ts} if deleted else put
    return board


def difference(one: Board, other: Board) -> list[str]:
    """Where two boards show different things."""
    these, those = one.paths, other.paths
    return [path_id for path_id in these.keys() | those.keys() if these.get(path_id) != those.get(path_id)]


@dataclass
class Book:
    """Every op that was made and every promise that was given, by all clients of a room."""

    made: dict[str, Op] = field(default_factory=dict)
    made_at: dict[str, float] = field(default_factory=dict)
    begun: dict[tuple[str, int], None] = field(default_factory=dict)
    acked: list[Op] = field(default_factory=list)
    acks: int = 0
    acked_at: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def note(self, event: Event) -> None:
        """Take down what a client tells."""
        now = time.monotonic()
        match event:
            case Invoked(op):
                name = _name(op)
                self.made[name] = plain(op)
                self.made_at[name] = now
            case Sent(Batch(live=pieces)):
                self.begun.update({(piece.id, piece.ts): None for piece in pieces})
            case Acked(ops=ops) if ops:
                self.acked += map(plain, ops)
                self.acks += len(ops)
                self.acked_at.append(now)
                self.latencies += [now - self.made_at[_name(op)] for op in ops]
            case Refused():
                self.refused.append(event)

    def lost(self, disk: Board) -> list[Op]:
        """The acknowledged ops that neither stand on disk nor are beaten there; those found are not asked for again."""
        missing = [op for op in self.acked if not disk.holds(op)]
        self.acked = missing
        return missing

    def invented(self, disk: Board) -> list[Op]:
        """What is on disk though nobody made it. A stroke cut off by a broken line is kept under its own stamp (P4)."""
        return [
            op
            for op in disk.records.values()
            if self.made.get(_key(op)) != op and (op["id"], op["ts"]) not in self.begun
        ]

    def longest_pause(self, begin: float, end: float) -> float:
        """The longest time between two acks in a span."""
        times = [begin, *(at for at in self.acked_at if begin < at < end), end]
        return max(after - before for before, after in pairwise(times))


def plain(op: object) -> Op:
    """An op of the client library as the wire tells it."""
    made: Op = msgspec.to_builtins(op)
    return made


def _key(op: Op) -> str:
    return f"{op['op']} {op.get('id')} {op['ts']}"


def _name(op: Any) -> str:  # noqa: ANN401 - one of the three ops
    return f"{op.__struct_config__.tag} {getattr(op, 'id', None)} {op.ts}"


class Drawer:
    """One client that draws at random until it is told to stop. `clears`: how many of its edits clear the board."""

    clears = 0.004

    def __init__(self, seat: Seat, book: Book, random: Random, pause: float, **options: Any) -> None:  # noqa: ANN401
        self.book = book
        self.lefts: list[int] = []
        self.last_ack = 0.0
        self.listeners: list[Callable[[Event], None]] = []
        quick = {"backoff_first": 0.1, "backoff_most": 0.5, "silence": 3.0, "pong": 3.0, **options}
        self.client = Connection(seat, Options(observe=self._observe, chance=random.random, **quick))
        self._random = random
        self._pause = pause
        self._ids: list[str] = []
        self._goes_on = False
        self._task: asyncio.Task[None] | None = None

    @property
    def shown(self) -> Board:
        """What the client was shown by the server (its own unacknowledged ops are not in it)."""
        confirmed = self.client.sync.confirmed
        board = Board(map(plain, confirmed.paths()), confirmed.cleared)
        for path_id, ts in confirmed.tombstones():
            board.records[path_id] = {"op": "del", "id": path_id, "ts": ts}
        return board

    def has_seen(self, path_id: str, ts: int) -> bool:
        """Was the client shown this op, or what beats it?"""
        confirmed = self.client.sync.confirmed
        return confirmed.stamp(path_id) >= ts or confirmed.cleared >= ts

    def draw(self) -> None:
        """Begin to draw."""
        self._goes_on = True
        self._task = asyncio.create_task(self._draw())

    async def stop(self) -> None:
        """Finish what is being drawn."""
        self._goes_on = False
        if self._task:
            await self._task
            self._task = None

    def put(self, d: str | None = None) -> tuple[str, int]:
        """Draw one path; gives its id and stamp."""
        path_id = self.client.draw(d or self._line(), self._random.choice(COLORS), self._random.randint(1, 9))
        self._ids = [*self._ids[-200:], path_id]
        return path_id, self.client.sync.clock._issued

    async def _draw(self) -> None:
        while self._goes_on:
            await self._edit(self._random.random())
            await asyncio.sleep(self._random.expovariate(1 / self._pause))

    async def _edit(self, chance: float) -> None:
        if chance < self.clears:
            self.client.clear()
        elif chance < 0.1 and self._ids:
            self.client.delete(self._random.choice(self._ids))
        elif chance < 0.25 and self._ids:
            self.client.put(self._random.choice(self._ids), self._line(), color=self._random.choice(COLORS), width=3)
        elif chance < 0.4:
            await self._stroke()
        else:
            self.put()

    async def _stroke(self) -> None:
        points = [self._random.randint(0, 999) for _ in range(8)]
        path_id = self.client.live(points[:4])
        await asyncio.sleep(self._pause)
        self.client.live(points[4:], path_id=path_id)
        await asyncio.sleep(self._pause)
        self.client.put(path_id, path_data(list(zip(points[::2], points[1::2], strict=True))), color=COLORS[0], width=2)
        self._ids.append(path_id)

    def _line(self) -> str:
        return path_data([(self._random.randint(0, 999), self._random.randint(0, 999)) for _ in range(3)])

    def _observe(self, event: Event) -> None:
        self.book.note(event)
        for listener in self.listeners:
            listener(event)
        match event:
            case Received(Tick(left=left)) if left:
                self.lefts += left
            case Acked(ops=ops) if ops:
                self.last_ack = time.monotonic()


class Crowd:
    """Several drawers in one room, on one or more servers, and watchers who only look."""

    def __init__(self, room_id: str, drawers: list[Drawer], watchers: list[Drawer], book: Book) -> None:
        self.room_id = room_id
        self.drawers = drawers
        self.watchers = watchers
        self.book = book

    @classmethod
    async def enter(
        cls,
        urls: Iterable[str],
        count: int,
        *,
        seed: int,
        pause: float = 0.04,
        watchers: int = 0,
        clock: Callable[[], Callable[[], float]] | None = None,
        followed: Callable[["Drawer"], None] | None = None,
        **options: Any,  # noqa: ANN401 - those of the client library
    ) -> Self:
        """Make a room at the first server, and let `count` drawers in, server by server, and watchers at each.

        `clock` makes a clock (in ms) for each drawer; `followed` is told of everybody before they connect.
        """
        places = list(urls)
        book, random = Book(), Random(seed)
        async with Door(places[0]) as door:
            room = await door.create()
            seats = [Seat(places[0], room.id, "", name, await door.token(room, name)) for name in _names(count)]
        spread = [replace(seat, base_url=places[i % len(places)]) for i, seat in enumerate(seats)]
        looking = [replace(seats[0], base_url=place) for place in places for _ in range(watchers)]
        clocks = [{"now": clock()} if clock else {} for _ in spread]
        drawers = [
            Drawer(seat, book, Random(random.random()), pause, **options, **own)
            for seat, own in zip(spread, clocks, strict=True)
        ]
        lookers = [Drawer(seat, book, Random(random.random()), pause, **options) for seat in looking]
        crowd = cls(room.id, drawers, lookers, book)
        crowd.invite, crowd.token = room.invite, room.token
        for each in crowd.everybody if followed else ():
            followed(each)
        await asyncio.gather(*(each.client.open() for each in crowd.everybody))
        return crowd

    invite = ""
    token = ""

    @property
    def everybody(self) -> list[Drawer]:
        """Drawers and watchers."""
        return self.drawers + self.watchers

    @property
    def epochs(self) -> set[str | None]:
        """The epochs that the clients are in; None for one that is not in step."""
        return {each.client.epoch if each.client.in_step else None for each in self.everybody}

    def draw(self) -> None:
        """Let all drawers draw."""
        for each in self.drawers:
            each.draw()

    async def stop(self) -> None:
        """Let all drawers finish."""
        await asyncio.gather(*(each.stop() for each in self.drawers))

    async def until(self, condition: Any, seconds: float, what: str) -> float:  # noqa: ANN401
        """Wait for something that depends on the clients; gives the seconds."""
        began = time.monotonic()
        while not condition():
            for each in self.everybody:
                if each.client._waiters.error:
                    raise each.client._waiters.error
            if time.monotonic() > began + seconds:
                raise AssertionError(f"in vain for {seconds:g} s: {what}; {self.state()}")
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def state(self) -> list[tuple[Any, ...]]:
        """Where each client stands."""
        return [
            (
                each.client.seat.base_url,
                each.client.in_step,
                each.client.epoch,
                each.client.seq,
                len(each.client.sync.pending),
            )
            for each in self.everybody
        ]

    async def probe(self, seconds: float) -> float:
        """Let one drawer of each server draw a path; gives the seconds until everybody was shown all of them."""
        first = {each.client.seat.base_url: each for each in reversed(self.drawers)}
        probes = [each.put() for each in first.values()]
        everybody = self.everybody
        return await self.until(
            lambda: all(each.has_seen(*probe) for each in everybody for probe in probes),
            seconds,
            "a probe for everybody",
        )

    async def settle(self) -> float:
        """Stop drawing, wait until all is acknowledged and everybody is at one seq; gives the seconds."""
        await self.stop()
        began = time.monotonic()
        await self.until(
            lambda: all(each.client.in_step and not len(each.client.sync.pending) for each in self.everybody),
            SETTLE_SECONDS,
            "everything acknowledged",
        )
        await self.until(
            lambda: len({(each.client.epoch, each.client.seq) for each in self.everybody}) == 1,
            SETTLE_SECONDS,
            "one seq for all",
        )
        return time.monotonic() - began

    async def judge(self, data_dir: Path) -> dict[str, int]:
        """Settle, then hold everybody's board, the database and the book against one another; gives the counts."""
        await self.settle()
        disk = on_disk(data_dir, self.room_id)
        expected = merged(self.book.made.values())
        assert not self.book.refused, f"refused: {self.book.refused[:3]}"
        assert not difference(disk, expected), "the database is not what was drawn"
        assert disk.cleared == expected.cleared
        for each in self.everybody:
            assert not difference(each.shown, expected), "a client is not shown what was drawn"
        lost, invented = len(self.book.lost(disk)), len(self.book.invented(disk))
        assert (lost, invented) == (0, 0)
        return {"acked": self.book.acks, "lost": lost, "invented": invented}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self.drawers:
            each._goes_on = False
        with contextlib.suppress(Exception):
            await self.stop()
        await asyncio.gather(*(each.client.close() for each in self.everybody))


def _names(count: int) -> list[str]:
    return [f"Drawer {i}" for i in range(count)]
