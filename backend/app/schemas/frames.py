"""The frames of the WebSocket wire, tagged by `t` (docs/protocol.md)."""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from app.schemas.rooms import RoomOut

encode = msgspec.json.Encoder().encode


class Since(msgspec.Struct, frozen=True):
    """What a returning client has: everything up to `seq` of `epoch`."""

    epoch: str
    seq: Raw

    @property
    def number(self) -> int:
        """The seq, or -1 for one that nobody can have given (not whole, overflowing)."""
        try:
            return msgspec.json.decode(self.seq, type=int)
        except msgspec.DecodeError:
            return -1


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """The first frame of a client."""

    token: str
    since: Since | None = None
    gzip: bool = False


class Batch(msgspec.Struct, frozen=True, tag_field="t", tag="batch"):
    """What a client sends at once. The elements stay raw: a bad one must not spoil the others (V2)."""

    n: int | UnsetType = UNSET
    ops: list[Raw] | UnsetType = UNSET
    live: list[Raw] = []
    cursor: Raw | UnsetType = UNSET


class Ping(msgspec.Struct, frozen=True, tag_field="t", tag="ping"):
    """A client asks whether the line is alive; `c` comes back as it was."""

    c: Raw


class Resync(msgspec.Struct, frozen=True, tag_field="t", tag="resync"):
    """A client that disagrees with a check asks for a snapshot."""


ClientFrame = Hello | Batch | Ping | Resync


class User(msgspec.Struct, frozen=True):
    """A connection in a room: its number and the name of its session."""

    user: int
    name: str


class Welcome(msgspec.Struct, frozen=True, tag_field="t", tag="welcome"):
    """The first frame of a server, and again whenever the live state had to be rebuilt (S9)."""

    user: int
    room: RoomOut
    epoch: str
    seq: int
    time: int
    tick_ms: int
    max_frame: int
    users: Raw
    cursors: list[tuple[int, float, float]]
    live: list[tuple[int, Any]]
    sync: str
    v: int = 1


class Snapshot(msgspec.Struct, frozen=True, tag_field="t", tag="snapshot"):
    """A part of the whole drawing; the paths last, so that what is before them can change without them."""

    epoch: str
    seq: int
    cleared: int
    more: bool
    paths: list[Raw]


class Check(msgspec.Struct, frozen=True):
    """Count and check sum of the paths (S6)."""

    count: int
    sum: int


class Tick(msgspec.Struct, frozen=True, tag_field="t", tag="tick"):
    """What happened in a room since the last tick; an absent key: nothing of that kind."""

    seq: int | UnsetType = UNSET
    from_: int | UnsetType = msgspec.field(default=UNSET, name="from")
    ops: list[Raw] | UnsetType = UNSET
    live: list[tuple[int, Any]] | UnsetType = UNSET
    cursors: list[tuple[int, float, float] | tuple[int, None]] | UnsetType = UNSET
    joined: list[User] | UnsetType = UNSET
    left: list[int] | UnsetType = UNSET
    acks: list[tuple[int, int]] | UnsetType = UNSET
    check: Check | UnsetType = UNSET


class Error(msgspec.Struct, frozen=True, tag_field="t", tag="error"):
    """Something that a client sent was refused, or cannot be saved yet."""

    code: str
    detail: str
    time: int
    n: int | UnsetType = UNSET
    i: int | UnsetType = UNSET
    id: str | UnsetType = UNSET


class Pong(msgspec.Struct, frozen=True, tag_field="t", tag="pong"):
    """The answer to a ping; `time` in milliseconds of the server's clock."""

    c: Raw
    time: int


class Bye(msgspec.Struct, frozen=True, tag_field="t", tag="bye"):
    """The server is about to close; come back within `retry_ms`, each at a moment of its own."""

    retry_ms: int
    code: str = "restart"


class BadFrame(Exception):  # noqa: N818 - the protocol's word
    """A frame as a whole breaks C1; the text is a close reason for people."""


_client_frame: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_SURROGATE = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_NUMBER = re.compile(rb"[0-9.eE+-]+")
ECHOED_BYTES = 1024


def read_frame(text: str) -> ClientFrame:
    """Decode a client's frame; raises BadFrame."""
    try:
        frame = _decode(text)
    except msgspec.ValidationError:
        raise BadFrame("a frame of the wrong shape") from None
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadFrame("a frame that is not JSON") from None
    if isinstance(frame, Batch) and (fault := _batch_fault(frame)):
        raise BadFrame(fault)
    if isinstance(frame, Ping) and (len(bytes(frame.c)) > ECHOED_BYTES or not _NUMBER.fullmatch(bytes(frame.c))):
        raise BadFrame("a ping whose c is no number, or a very long one")
    if isinstance(frame, Hello) and frame.since and not _NUMBER.fullmatch(bytes(frame.since.seq)):
        raise BadFrame("a hello whose since.seq is no number")
    return frame


def _decode(text: str) -> ClientFrame:
    """msgspec refuses escaped lone surrogates, which are JSON all the same: then each becomes U+FFFD (V2)."""
    try:
        return _client_frame.decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        cleaned, count = _SURROGATE.subn(r"\1\\ufffd", text)
        if not count:
            raise
        return _client_frame.decode(cleaned)


def _batch_fault(batch: Batch) -> str | None:
    if batch.n is UNSET:
        return None if batch.ops is UNSET else "a batch with ops but without n"
    return None if 0 <= batch.n < 2**53 else "a batch whose n is out of range"
