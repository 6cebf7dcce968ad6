"""Every frame and op of the wire, as frozen structs tagged by `t` (frames) and `op` (ops).

Unknown keys are ignored and an unknown `t` becomes `Unknown`, so that a newer server may say more.
"""

import gzip
import zlib
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from whiteboard_client.errors import ProtocolError


class Path(Struct, frozen=True, gc=False):
    """One vector stroke: `id` a UUIDv7, `ts` its stamp, `d`, `color` and `width` as V1."""

    id: str
    ts: int
    d: str
    color: str
    width: float


class Put(Path, frozen=True, gc=False, tag_field="op", tag="put"):
    """Sets a path (W1)."""


class Del(Struct, frozen=True, gc=False, tag_field="op", tag="del"):
    """Deletes a path and leaves a tombstone (W1)."""

    id: str
    ts: int


class Clear(Struct, frozen=True, gc=False, tag_field="op", tag="clear"):
    """Removes every path whose stamp is lower or equal (W2)."""

    ts: int


Op: TypeAlias = Put | Del | Clear


class Piece(Struct, frozen=True, omit_defaults=True):
    """A piece of a stroke under way: points `x, y, x, y, …` to append, or `end` for an abandoned one."""

    id: str
    ts: int = 0
    color: str = ""
    width: float = 0.0
    points: tuple[float, ...] = ()
    end: bool = False


class CursorAt(Struct, frozen=True, array_like=True):
    """`[user, x, y]`, or `[user, null]` when the cursor has left the canvas."""

    user: int
    x: float | None = None
    y: float | None = None


class User(Struct, frozen=True):
    """One connection that is present, and the name of its session."""

    user: int
    name: str


class Room(Struct, frozen=True):
    """A room as HTTP and `welcome` tell it; times are RFC 3339 text."""

    id: str
    created_at: str = ""
    last_active_at: str = ""
    active_users: int = 0


class Check(Struct, frozen=True):
    """The number of paths, and the sum of their hashes modulo 2^32 (S6)."""

    count: int
    sum: int


class Since(Struct, frozen=True):
    """The last tick that a client has, for a delta (S1)."""

    epoch: str
    seq: int


class Hello(Struct, frozen=True, omit_defaults=True, tag_field="t", tag="hello"):
    """The first frame of a connection (C1)."""

    token: str
    since: Since | None = None
    gzip: bool = False

    def __repr__(self) -> str:
        # The token must not reach a log through an observer that prints what was sent (H2).
        return f"Hello(since={self.since!r}, gzip={self.gzip!r})"


class Batch(Struct, frozen=True, omit_defaults=True, tag_field="t", tag="batch"):
    """What a client sends at once; `n` grows and is there with ops; a `cursor` of None has left the canvas."""

    n: int | None = None
    ops: tuple[Op, ...] = ()
    live: tuple[Piece, ...] = ()
    cursor: tuple[float, float] | UnsetType | None = UNSET


class Ping(Struct, frozen=True, tag_field="t", tag="ping"):
    """`c`: this client's clock in ms, which `pong` gives back."""

    c: float


class Resync(Struct, frozen=True, tag_field="t", tag="resync"):
    """Asks for a snapshot."""


class Welcome(Struct, frozen=True, tag_field="t", tag="welcome"):
    """The first frame from the server, and again whenever the live state had to be rebuilt (S1, S9)."""

    v: int
    user: int
    room: Room
    epoch: str
    seq: int
    time: float
    tick_ms: int
    max_frame: int
    sync: Literal["full", "delta"]
    users: tuple[User, ...] = ()
    cursors: tuple[CursorAt, ...] = ()
    live: tuple[tuple[int, Piece], ...] = ()


class Snapshot(Struct, frozen=True, tag_field="t", tag="snapshot"):
    """A part of the whole state; the last part says `more: false`."""

    epoch: str
    seq: int
    paths: tuple[Path, ...]
    cleared: int = 0
    more: bool = False


class Tick(Struct, frozen=True, tag_field="t", tag="tick"):
    """What happened in a room; `ops` of None: none of its seqs is covered, and there is no `seq` and `from`."""

    seq: int | None = None
    from_seq: int | None = field(default=None, name="from")
    ops: tuple[Op, ...] | None = None
    live: tuple[tuple[int, Piece], ...] = ()
    cursors: tuple[CursorAt, ...] = ()
    joined: tuple[User, ...] = ()
    left: tuple[int, ...] = ()
    acks: tuple[tuple[int, int], ...] = ()
    check: Check | None = None


class Error(Struct, frozen=True, tag_field="t", tag="error"):
    """What the server refused or could not do yet; `n` and `i` name the batch and the place in its ops."""

    code: str
    detail: str = ""
    n: int | None = None
    i: int | None = None
    id: str | None = None
    time: float | None = None


class Bye(Struct, frozen=True, tag_field="t", tag="bye"):
    """The server is about to close for a restart; come back spread over `retry_ms` (C4)."""

    code: str = ""
    retry_ms: float = 0.0


class Pong(Struct, frozen=True, tag_field="t", tag="pong"):
    """The answer to `ping`: its `c`, and the server's time in ms."""

    c: float
    time: float


class Unknown(Struct, frozen=True):
    """A frame of a kind that this version does not know."""

    t: str


ClientFrame: TypeAlias = Hello | Batch | Ping | Resync
Known: TypeAlias = Welcome | Snapshot | Tick | Error | Bye | Pong
ServerFrame: TypeAlias = Known | Unknown

_encoder = msgspec.json.Encoder()
_known: msgspec.json.Decoder[Known] = msgspec.json.Decoder(Known)
_tag = msgspec.json.Decoder(Unknown)
_KNOWN_TAGS = frozenset(str(kind.__struct_config__.tag) for kind in (Welcome, Snapshot, Tick, Error, Bye, Pong))


def encode(message: ClientFrame | Op | Piece) -> bytes:
    """The UTF-8 JSON text of a frame, op or piece."""
    return _encoder.encode(message)


def decode(data: str | bytes) -> ServerFrame:
    """A server's frame; a binary one is gzip of its JSON text (C5). Raises ProtocolError."""
    try:
        text = gzip.decompress(data) if isinstance(data, bytes) else data
        return _decode_text(text)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise ProtocolError(f"undecodable frame: {error}") from error


def _decode_text(text: str | bytes) -> ServerFrame:
    try:
        return _known.decode(text)
    except msgspec.ValidationError:
        # Parsing twice is left to the rare case: a known frame pays nothing for the tolerance.
        unknown = _tag.decode(text)
        if unknown.t in _KNOWN_TAGS:
            raise
        return unknown
