"""What the tests of the core share: ops made by hand, and the merge as W1 to W3 say it, in the plainest way."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

from app.schemas.ops import Clear, Delete, Op, Piece, Put
from app.schemas.rooms import RoomOut
from app.services.realtime import sync
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import Batch, Greeting, Live, Member
from app.services.realtime.room import Room
from app.utils.websocket_frames import payload_of

Json: TypeAlias = Any  # whatever a JSON text holds
NOW = 1_700_000_000_000
STAMP = NOW * 4096
LINE = "M0 0L1 1"
RED = "#ff0000"
TOP = 2**53 - 1


def vectors(name: str) -> Json:
    """The content of a file of shared test vectors."""
    return json.loads((Path(__file__).parents[2] / "vectors" / f"{name}.json").read_text("utf-8"))


def path_id(number: int) -> str:
    """A UUIDv7 that sorts by its number."""
    return f"01890a5d-ac96-774b-bcce-{number:012x}"


def put(number: int, ts: int, d: str = LINE, color: str = RED, width: float = 2) -> Put:
    return Put(path_id(number), ts, d, color, width)


def piece(number: int, *points: float, ts: int = STAMP, color: str = RED, width: float = 2) -> Piece:
    return Piece(path_id(number), ts, color, width, list(points))


@dataclass
class Standing:
    """What stands after some ops: paths and tombstones by id, and the greatest clear."""

    paths: dict[str, Put] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)
    cleared: int = 0

    @property
    def check(self) -> tuple[int, int]:
        """S6: count and sum."""
        return len(self.paths), sum(hashed(f"{put.id}:{put.ts}") for put in self.paths.values()) % 2**32


def hashed(text: str) -> int:
    """FNV-1a, 32 bit."""
    value = 2166136261
    for char in text:
        value = (value ^ ord(char)) * 16777619 % 2**32
    return value


def standing(ops: Iterable[Op]) -> Standing:
    """W1 to W3 over a whole set of ops at once, so that no order can matter."""
    every = list(ops)
    state = Standing(cleared=max((op.ts for op in every if isinstance(op, Clear)), default=0))
    above = [op for op in every if not isinstance(op, Clear) and op.ts > state.cleared]
    for name in {op.id for op in above}:
        best = max((op for op in above if op.id == name), key=rank)
        if isinstance(best, Put):
            state.paths[name] = best
        else:
            state.tombstones[name] = best.ts
    return state


def rank(op: Put | Delete) -> tuple[int, bool, str, str, float]:
    """W1, W3: of two ops of one id the greater stands."""
    return (op.ts, False, op.d, op.color, op.width) if isinstance(op, Put) else (op.ts, True, "", "", 0.0)


def stands(op: Op, state: Standing) -> bool:
    """Is the op what stands?"""
    if isinstance(op, Clear):
        return state.cleared == op.ts
    if isinstance(op, Delete):
        return state.tombstones.get(op.id) == op.ts
    return state.paths.get(op.id) == op


def told(board: Board) -> Standing:
    """A board in the form of the reference."""
    paths = [json.loads(path) for path in board.paths()]
    puts = [Put(path["id"], path["ts"], path["d"], path["color"], path["width"]) for path in paths]
    tombstones = list(board.tombstones())
    state = Standing({put.id: put for put in puts}, dict(tombstones), board.cleared)
    assert len(state.paths) == len(puts)
    assert len(state.tombstones) == len(tombstones)
    assert (board.count, board.sum()) == state.check
    return state


def merged(ops: Iterable[Op]) -> Board:
    board = Board()
    for op in ops:
        board.merge(op)
    return board


stamps = st.integers(1, 5) | st.integers(TOP - 2, TOP)
ids = st.integers(0, 3).map(path_id)
puts = st.builds(
    Put,
    ids,
    stamps,
    st.sampled_from([LINE, "M0 0L10 0", "M0 0L9 0"]),
    st.sampled_from(["#000000", "#00000080"]),
    st.sampled_from([2.0, 10.0]),
)
dels = st.builds(Delete, ids, stamps)
clears = st.builds(Clear, st.integers(1, 4) | st.just(TOP - 1))
every_op: st.SearchStrategy[Op] = st.one_of(puts, puts, dels, clears)
op_lists: st.SearchStrategy[list[Op]] = st.lists(every_op, max_size=14)


def greeting() -> Greeting:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Greeting(RoomOut("0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10", when, when, 1), NOW, 100, 1 << 20)


def new_room(*ops: Op, seq: int = 0) -> Room:
    """A room at `seq` under the epoch `e`, with a board of some ops."""
    return Room(merged(ops), Live("e", seq, {}, History(seq)))


def enter(room: Room, user: int = 1, since: tuple[str, int] | None = None) -> Member:
    """A connection that has been welcomed, but has read nothing."""
    member = Member(user, f"user {user}")
    room.add(member, "here")
    sync.welcome(room, member, greeting(), since)
    return member


def read(room: Room, member: Member) -> list[Json]:
    """Every frame that waits for a connection."""
    found = []
    while data := sync.next_frame(room, member, greeting):
        found.append(json.loads(payload_of(data.message)))
    return found


def accept(room: Room, member: Member, *ops: Op, n: int | None = None) -> list[str | None]:
    """A batch of ops, every one of which must have been accepted unless it is looked at."""
    refused = [room.accept_op(member, op, NOW) for op in ops]
    member.n = member.n + 1 if n is None else n
    room.finish_batch(member, member.n)
    return refused


def publish(room: Room, seq: int | None = None) -> Batch:
    """What is gathered is committed, published under a seq (the next) and settled."""
    batch = room.take()
    batch.seq = room.next_seq - 1
    if batch.changes:
        batch.seq = room.next_seq if seq is None else seq
        room.receive(batch.seq, batch.changes.ops())
    room.settle(batch)
    return batch


def show(room: Room, member: Member, *ops: Op) -> list[Json]:
    """A batch all the way: what its author reads of it."""
    accept(room, member, *ops)
    publish(room)
    room.flush(ops=True)
    return read(room, member)


def keys(frames: list[Json]) -> list[str]:
    """The kinds of some frames."""
    return [frame["t"] for frame in frames]
