"""A raw client of the WebSocket, knowing only the protocol. It checks on every frame all that can be checked there:
a broken rule is kept as `fault`, and raised to whoever waits for the client next.
"""

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol
from wire_board import Board, Op

SUBPROTOCOL = "whiteboard.v1"
SECONDS = 15.0
"""How long an event is awaited: far longer than it should take."""
OPTIONAL = ("live", "cursors", "joined", "left", "acks")

Frame = dict[str, Any]


async def dial(
    url: str,
    room_id: str,
    *,
    offer: tuple[str, ...] = (SUBPROTOCOL,),
    origin: str | None = None,
    compression: str | None = None,
) -> ClientConnection:
    """Open a WebSocket to a room, without saying hello."""
    return await connect(
        f"{url.replace('http', 'ws', 1)}/api/rooms/{room_id}/ws",
        subprotocols=[Subprotocol(name) for name in offer] or None,
        origin=None if origin is None else Origin(origin),
        compression=compression,
        max_size=None,
        ping_interval=None,
        close_timeout=3,
        proxy=None,
    )


async def together(clients: Iterable["Client"], condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until a condition on several clients holds."""
    listed = list(clients)
    end = time.monotonic() + seconds
    while not condition():
        faults = [client.fault for client in listed if client.fault]
        if faults:
            raise faults[0]
        assert time.monotonic() < end, f"waited in vain: {[client.frames[-2:] for client in listed]}"[:3000]
        await asyncio.sleep(0.01)


async def same_board(*clients: "Client") -> None:
    """Wait until all have been shown the same, and nothing else is on its way to some of them only."""

    def agree() -> bool:
        return len({(client.memory.epoch, client.memory.seq) for client in clients}) == 1

    await together(clients, lambda: all(client.in_step for client in clients) and agree())
    first, *others = clients
    for other in others:
        assert other.board.paths == first.board.paths
        assert other.board.cleared == first.board.cleared


@dataclass
class Memory:
    """What a client has of a room, and keeps when it loses its connection."""

    epoch: str = ""
    seq: int = -1
    board: Board = field(default_factory=Board)
    knows_tombstones: bool = False

    @property
    def since(self) -> Frame:
        """The memory as `hello` tells it."""
        return {"epoch": self.epoch, "seq": self.seq}


class Client:
    """One connection, from its hello on; a task reads all that comes."""

    def __init__(self, socket: ClientConnection, memory: Memory | None = None, random: Random | None = None) -> None:
        self.socket = socket
        self.memory = memory or Memory()
        self.frames: list[Frame] = []
        self.arrivals: list[float] = []
        self.binary = 0
        self.user = 0
        self.users: dict[int, str] = {}
        self.cursors: dict[int, tuple[float, float]] = {}
        self.strokes: dict[str, tuple[int, list[float]]] = {}
        self.sent: dict[int, list[Op]] = {}
        self.acked = -1
        self.errors: list[Frame] = []
        self.refused: set[tuple[int, int]] = set()
        self.ticks: dict[tuple[str, int], list[Op]] = {}
        self.closed: tuple[int, str] | None = None
        self.fault: BaseException | None = None
        self.takes_gzip = False
        self._since: Frame | None = None
        self._missed: int | None = None
        self._catches_up = False
        self._parts: list[Op] | None = None
        self._place = ("", -1)
        self._asked = False
        self._n = count(1)
        self._newest = 0
        self._offset = 0.0
        self._random = random or Random()
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    # What is sent.

    async def hello(self, token: str, *, takes_gzip: bool = False) -> None:
        """Say hello, with `since` if anything is remembered."""
        self.takes_gzip = takes_gzip
        self._since = self.memory.since if self.memory.epoch else None
        frame: Frame = {"t": "hello", "token": token}
        if self._since:
            frame["since"] = self._since
        if takes_gzip:
            frame["gzip"] = True
        await self.send(frame)

    async def send(self, frame: Frame | str) -> None:
        """Send a frame as it is."""
        await self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def batch(self, *ops: Op, **rest: object) -> int:
        """Send ops (and `live`, `cursor`, …) as one batch; gives its `n`."""
        n = next(self._n)
        self.sent[n] = list(ops)
        await self.send({"t": "batch", "n": n, "ops": list(ops), **rest})
        return n

    async def live(self, *pieces: Frame, **rest: object) -> None:
        """Send pieces of strokes."""
        await self.send({"t": "batch", "live": list(pieces), **rest})

    async def save(self, *ops: Op, **rest: object) -> int:
        """Send a batch and wait until it is acknowledged."""
        n = await self.batch(*ops, **rest)
        await self.until(lambda: self.acked >= n)
        return n

    async def resync(self) -> None:
        """Ask for a snapshot, and wait for all of it."""
        self._asked = True
        await self.send({"t": "resync"})
        await self.until(lambda: not self._asked)

    async def ping(self) -> Frame:
        """Send a ping, and give its pong: all that was sent before has been taken in by then."""
        mark = self._random.random()
        await self.send({"t": "ping", "c": mark})
        return await self.frame(lambda frame: frame["t"] == "pong" and frame["c"] == mark)

    # Ids, stamps and ops.

    @property
    def now_ms(self) -> float:
        """The server's clock."""
        return time.time() * 1000 + self._offset

    def stamp(self, ahead_ms: float = 0) -> int:
        """A stamp of the server's time, or that many milliseconds off it."""
        if ahead_ms:
            return int((self.now_ms + ahead_ms) * 4096)
        self._newest = max(self._newest + 1, int(self.now_ms) * 4096)
        return self._newest

    def new_id(self) -> str:
        """A UUID version 7."""
        head = f"{int(self.now_ms) & 0xFFFFFFFFFFFF:012x}"
        tail = f"{self._random.getrandbits(74):019x}"
        variant = "89ab"[int(tail[3], 16) % 4]
        return f"{head[:8]}-{head[8:]}-7{tail[:3]}-{variant}{tail[4:7]}-{tail[7:]}"

    def put(self, path_id: str | None = None, **values: object) -> Op:
        """A put of a new path, or one under an id."""
        path = {"id": path_id or self.new_id(), "ts": self.stamp(), "d": "M0 0L1 1", "color": "#000000", "width": 2}
        return {"op": "put", **path, **values}

    def delete(self, path_id: str, ts: int | None = None) -> Op:
        """A del of a path."""
        return {"op": "del", "id": path_id, "ts": ts or self.stamp()}

    def clear(self, ts: int | None = None) -> Op:
        """A clear."""
        return {"op": "clear", "ts": ts or self.stamp()}

    def piece(self, *points: float, path_id: str | None = None, **values: object) -> Frame:
        """A piece of a stroke."""
        piece = {"id": path_id or self.new_id(), "ts": self.stamp(), "color": "#00ff00", "width": 3}
        return {**piece, "points": list(points), **values}

    @property
    def unacknowledged(self) -> list[Op]:
        """The ops that are neither acknowledged nor refused, as S5 sends them again."""
        waiting = ((n, i, op) for n, ops in self.sent.items() for i, op in enumerate(ops) if n > self.acked)
        return [op for n, i, op in waiting if (n, i) not in self.refused]

    # Waiting.

    @property
    def in_step(self) -> bool:
        """Has all come that the welcome announced?"""
        return self.user > 0 and self._parts is None and self._missed is None

    @property
    def board(self) -> Board:
        """The confirmed state."""
        return self.memory.board

    @property
    def welcome(self) -> Frame:
        """The newest welcome."""
        return self.of("welcome")[-1]

    def of(self, kind: str) -> list[Frame]:
        """Every frame of a kind."""
        return [frame for frame in self.frames if frame["t"] == kind]

    async def until(self, condition: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until a condition holds; it is asked after each frame. A closed connection ends the waiting."""
        end = asyncio.get_running_loop().time() + seconds
        while not self._settled(condition):
            self._news.clear()
            try:
                async with asyncio.timeout_at(end):
                    await self._news.wait()
            except TimeoutError:
                raise AssertionError(f"waited in vain; the last frames: {self.frames[-5:]}"[:2000]) from None

    async def frame(self, condition: Callable[[Frame], object], seconds: float = SECONDS) -> Frame:
        """Wait for a frame, unless it is there already."""
        await self.until(lambda: any(condition(frame) for frame in self.frames), seconds)
        return next(frame for frame in self.frames if condition(frame))

    async def error(self, **values: object) -> Frame:
        """Wait for an error with these values."""
        return await self.frame(lambda frame: frame["t"] == "error" and values.items() <= frame.items())

    async def until_closed(self, seconds: float = SECONDS) -> tuple[int, str]:
        """Wait for the end, and give code and reason."""
        await self.until(lambda: self.closed, seconds)
        assert self.closed
        return self.closed

    def _settled(self, condition: Callable[[], object]) -> bool:
        if self.fault:
            raise self.fault
        if condition():
            return True
        assert self.closed is None, f"closed with {self.closed} while something was awaited: {self.errors[-3:]}"
        return False

    # The end.

    async def close(self) -> None:
        """Close, and stop reading."""
        await self.socket.close()
        await self._reader

    async def abort(self) -> None:
        """End without a word, as a broken line does."""
        self.socket.transport.abort()
        await self._reader

    # What comes.

    async def _read(self) -> None:
        try:
            async for data in self.socket:
                self._take(data)
                self._news.set()
        except ConnectionClosed:
            pass
        except (AssertionError, LookupError, ValueError, OSError) as fault:
            self.fault = fault
        await self.socket.wait_closed() if not self.fault else None
        self.closed = (self.socket.close_code or 1006, self.socket.close_reason or "")
        self._news.set()

    def _take(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            assert self.takes_gzip, "C5: a binary frame to a client that did not ask for it"
            self.binary += 1
            data = gzip.decompress(data).decode()
        frame = json.loads(data)
        self.frames.append(frame)
        self.arrivals.append(time.monotonic())
        kind = frame["t"]
        assert self.user or kind in ("welcome", "error"), f"S1: {kind} before the welcome"
        assert self._parts is None or kind == "snapshot", f"S1: {kind} instead of a snapshot"
        assert self._missed is None or kind == "tick", f"S1: {kind} instead of what was missed"
        follow = getattr(self, f"_on_{kind}")
        follow(frame)

    def _on_welcome(self, frame: Frame) -> None:
        self.user = frame["user"]
        self.users = {each["user"]: each["name"] for each in frame["users"]}
        assert len(self.users) == len(frame["users"]), "P1: somebody stands twice among the users"
        assert self.user in self.users, "P1: users lacks the client itself"
        self.cursors = {user: (x, y) for user, x, y in frame["cursors"]}
        self.strokes = {}
        for user, stroke in frame["live"]:
            self._draw(user, stroke)
        self._offset = frame["time"] - time.time() * 1000
        if frame["sync"] == "delta":
            assert len(self.of("welcome")) == 1, "S9: a welcome in mid connection is full"
            assert self._since, "S1: delta for a client that has nothing"
            assert self._since["epoch"] == frame["epoch"], "S1: delta under another epoch"
            assert self._since["seq"] <= frame["seq"], "S1: delta for what lies in the future"
            self._missed = frame["seq"] if self._since["seq"] < frame["seq"] else None
            self._catches_up = self._missed is not None
        else:
            assert frame["sync"] == "full"
            self._place = (frame["epoch"], frame["seq"])
            self._parts = []

    def _on_snapshot(self, frame: Frame) -> None:
        if self._parts is None:
            assert self._asked, "S1: a snapshot that nobody asked for"
            self._parts = []
            self._place = (self.memory.epoch, frame["seq"])
        assert (frame["epoch"], frame["seq"]) == self._place, "S1: a snapshot of another moment"
        self._parts += frame["paths"]
        if not frame["more"]:
            assert len({path["id"] for path in self._parts}) == len(self._parts), "S1: a path stands twice"
            self.memory.epoch, self.memory.seq = self._place
            self.memory.board = Board(self._parts, frame["cleared"])
            self.memory.knows_tombstones = not (frame["seq"] or self._parts or frame["cleared"])
            self._newest = max([self._newest, frame["cleared"], *(path["ts"] for path in self._parts)])
            self._parts = None
            self._asked = False
            self._catches_up = True  # the snapshot may be an older one; then what it lacks comes as one tick

    def _on_tick(self, frame: Frame) -> None:
        assert ("ops" in frame) == ("seq" in frame) == ("from" in frame), "S2: seq and from go with ops"
        assert all(frame[name] for name in OPTIONAL if name in frame), "an empty list instead of an absent key"
        if "ops" in frame:
            self._apply(frame)
        for user in frame.get("joined", ()):
            self.users[user["user"]] = user["name"]
        for user, *place in frame.get("cursors", ()):
            self._point(user, place)
        for user, stroke in frame.get("live", ()):
            self._draw(user, stroke)
        for user in frame.get("left", ()):
            self._forget(user)
        if "check" in frame:
            assert frame["check"] == self.board.check, "S6: the check differs from what was shown"
        for user, n in frame.get("acks", ()):
            if user == self.user:
                self._acknowledge(n)

    def _apply(self, frame: Frame) -> None:
        assert frame["from"] == self.memory.seq + 1, f"S2: a gap, from {self.memory.seq} to {frame['from']}"
        assert frame["seq"] >= frame["from"], "S2: seq before from"
        assert self._missed is None or self._missed == frame["seq"], "S1: not all that was missed"
        self._missed = None
        self.memory.seq = frame["seq"]
        caught_up, self._catches_up = self._catches_up, False
        if frame["from"] == frame["seq"] and not caught_up:
            self.ticks[self.memory.epoch, frame["seq"]] = frame["ops"]
        for op in frame["ops"]:
            assert not self.board.loses(op), f"S3: an op that has lost: {op} to {self.board.records.get(op.get('id'))}"
            self.board.merge(op)
            self._newest = max(self._newest, op["ts"])
            if op["op"] != "clear":
                self.strokes.pop(op["id"], None)

    def _acknowledge(self, n: int) -> None:
        assert n in self.sent, f"S4: an ack of batch {n}, which this connection never sent"
        assert n >= self.acked, "S4: an ack that goes back"
        for each, ops in self.sent.items():
            for i, op in enumerate(ops):
                if self.acked < each <= n and (each, i) not in self.refused:
                    assert self._is_decided(op), self._unshown(op, n)
        self.acked = n

    def _is_decided(self, op: Op) -> bool:
        """Has the op been shown, or lost? Snapshots do not tell of the tombstones that it may have lost to."""
        unknown = op["op"] != "clear" and op["id"] not in self.board.records
        return self.board.holds(op) or (unknown and not self.memory.knows_tombstones)

    def _unshown(self, op: Op, n: int) -> str:
        welcomes = [(each["epoch"], each["seq"], each["sync"], each["user"]) for each in self.of("welcome")]
        stands = self.board.records.get(op.get("id", ""))
        return (
            f"S4: acknowledged with {n} after {self.acked}, but neither shown nor beaten nor refused: {op}; "
            f"under its id stands {stands}; since {self._since}, welcomes {welcomes}, sent {list(self.sent)}, "
            f"now at {self.memory.seq}; the last frames: {self.frames[-4:]}"
        )

    def _on_error(self, frame: Frame) -> None:
        assert isinstance(frame["detail"], str)
        assert abs(frame["time"] - self.now_ms) < 60_000, "an error bears the server's time"
        self.errors.append(frame)
        if "i" in frame:
            assert frame["n"] > self.acked, "S4: an error after the ack of its batch"
            self.refused.add((frame["n"], frame["i"]))

    def _on_pong(self, frame: Frame) -> None:
        assert {"c", "time"} <= frame.keys()

    def _on_bye(self, frame: Frame) -> None:
        assert frame["code"] == "restart"
        assert frame["retry_ms"] > 0

    def _point(self, user: int, place: list[float | None]) -> None:
        self.cursors.pop(user, None)
        if place != [None]:
            x, y = place
            self.cursors[user] = (x, y)

    def _draw(self, user: int, stroke: Frame) -> None:
        if stroke.get("end"):
            self.strokes.pop(stroke["id"], None)
        else:
            _, points = self.strokes.setdefault(stroke["id"], (user, []))
            points += stroke["points"]

    def _forget(self, user: int) -> None:
        self.users.pop(user, None)
        self.cursors.pop(user, None)
        self.strokes = {key: stroke for key, stroke in self.strokes.items() if stroke[0] != user}
