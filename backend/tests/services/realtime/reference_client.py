"""A client that knows the rules and nothing else; it complains about every frame that breaks one."""

import json
from dataclasses import dataclass, field

import msgspec
from room_model import Json, Standing, greeting, rank, standing, stands, told

from app.schemas.ops import Clear, Delete, Op, Put
from app.services.realtime import sync
from app.services.realtime.board import Board
from app.services.realtime.member import Member
from app.services.realtime.room import Room
from app.utils.websocket_frames import payload_of


@dataclass
class Pending:
    """An op that is not acknowledged; `n`: the batch of this connection that carried it."""

    op: Op
    n: int | None = None
    refused: bool = False


@dataclass
class Client:
    """`seen`: every op that this connection has been shown, tombstones too, which a real client need not remember."""

    name: str
    database: Board
    room: Room | None = None
    member: Member | None = None
    epoch: str | None = None
    seq: int = 0
    paths: dict[str, Put] = field(default_factory=dict)
    cleared: int = 0
    seen: list[Op] = field(default_factory=list)
    users: set[int] = field(default_factory=set)
    pending: list[Pending] = field(default_factory=list)
    acked: int = -1
    began_as_delta: bool = False
    disagrees: bool = False
    _welcome: Json = None
    _parts: list[Json] = field(default_factory=list)
    _in_snapshot: bool = False

    # What the client does.

    @property
    def since(self) -> tuple[str, int] | None:
        """What it has, if it has anything whole."""
        return None if self.epoch is None or self._in_snapshot else (self.epoch, self.seq)

    def connect(self, room: Room, member: Member) -> None:
        self.room, self.member, self.acked = room, member, -1
        self.seen, self._parts = [], []
        for each in self.pending:
            each.n, each.refused = None, False

    def disconnect(self) -> None:
        self.room = self.member = None

    def outgoing(self) -> list[Pending]:
        """The ops of its next batch (S5)."""
        return [each for each in self.pending if each.n is None]

    def read(self, frames: int) -> int:
        """Read some frames; gives how many were there."""
        for count in range(frames):
            data = sync.next_frame(self.room, self.member, greeting) if self.room and self.member else None
            if data is None:
                return count
            self._take(json.loads(payload_of(data.message)))
        return frames

    # What it is told.

    def _take(self, frame: Json) -> None:
        kind = frame["t"]
        assert not self._in_snapshot or kind in {"snapshot", "welcome"}, "S1: nothing comes between snapshots"
        assert kind == "welcome" or self.member is None or self._welcome, "S1: welcome is first"
        {"welcome": self._welcomed, "snapshot": self._replaced, "tick": self._ticked, "error": self._refused}[kind](
            frame
        )

    def _welcomed(self, frame: Json) -> None:
        self._welcome, self._parts = frame, []
        self.users = {user["user"] for user in frame["users"]}
        assert frame["user"] in self.users
        self._in_snapshot = frame["sync"] == "full"
        self.began_as_delta = not self._in_snapshot
        if self.began_as_delta:
            assert frame["epoch"] == self.epoch
            assert frame["seq"] >= self.seq
        self.epoch = frame["epoch"]

    def _replaced(self, frame: Json) -> None:
        if self._in_snapshot and not self._parts:
            assert frame["seq"] == self._welcome["seq"], "S1: a snapshot has its welcome's seq"
        self._in_snapshot = frame["more"]
        self._parts.append(frame)
        assert {(part["epoch"], part["seq"], part["cleared"]) for part in self._parts} == {
            (self.epoch, frame["seq"], frame["cleared"])
        }
        if frame["more"]:
            return
        puts = [Put(**path) for part in self._parts for path in part["paths"]]
        self._parts = []
        self.paths = {put.id: put for put in puts}
        assert len(self.paths) == len(puts)
        self.cleared, self.seq = frame["cleared"], frame["seq"]
        self.seen += [*puts, *([Clear(self.cleared)] if self.cleared else [])]

    def _ticked(self, frame: Json) -> None:
        assert ("ops" in frame) == ("seq" in frame) == ("from" in frame), "S2: seq and from belong to ops"
        if "ops" in frame:
            assert frame["from"] == self.seq + 1, "S2: no gap"
            assert frame["seq"] >= frame["from"]
            self.seq = frame["seq"]
            for op in msgspec.convert(frame["ops"], list[Put | Delete | Clear]):
                self._shown(op)
        self.users |= {user["user"] for user in frame.get("joined", ())}
        self.users -= set(frame.get("left", ()))
        for user, n in frame.get("acks", ()):
            if user == self._welcome["user"]:
                self._acknowledged(n)
        if "check" in frame:
            self.disagrees = frame["check"] != dict(zip(("count", "sum"), Standing(self.paths).check, strict=True))

    def _shown(self, op: Op) -> None:
        self.seen.append(op)
        assert stands(op, standing(self.seen)), "S3: an op that has lost was shown"
        if isinstance(op, Clear):
            self.cleared = max(self.cleared, op.ts)
            self.paths = {name: put for name, put in self.paths.items() if put.ts > op.ts}
            return
        path = self.paths.get(op.id)
        if op.ts <= self.cleared or (path and rank(op) < rank(path)):
            return
        if isinstance(op, Put):
            self.paths[op.id] = op
        else:
            self.paths.pop(op.id, None)

    def _acknowledged(self, n: int) -> None:
        sent = [each.n for each in self.pending if each.n is not None]
        assert n >= 0, "S4: only batches that were sent are acknowledged"
        assert n >= self.acked, "S4: an ack is never taken back"
        assert n <= self.acked or n <= max([self.member.n if self.member else -1, *sent])
        self.acked = n
        for each in [each for each in self.pending if each.n is not None and each.n <= n]:
            assert not each.refused, "S4: the error comes before the ack"
            assert not self.database.would_win(each.op), "S4: what is acknowledged is on disk, or has lost to what is"
            if stands(each.op, told(self.database)):
                assert self._holds(each.op), "S4: an ack never comes before the frame that shows its op"
            self.pending.remove(each)

    def _holds(self, op: Op) -> bool:
        if isinstance(op, Clear):
            return self.cleared >= op.ts
        return self.paths.get(op.id) == (op if isinstance(op, Put) else None)

    def _refused(self, frame: Json) -> None:
        batch = [each for each in self.pending if each.n == frame["n"]]
        assert frame["n"] > self.acked, "S4: the error comes before the ack"
        refused = [each for each in batch if each.refused and str(each.op.ts) == frame["detail"]]
        assert refused
        self.pending.remove(refused[0])
