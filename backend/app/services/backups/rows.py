"""The rows of a backup: one JSON array each, the same whatever database they came from, and merging sorted rows."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec
from msgspec import Struct

Key = tuple[int, int, str]
"""The order of rows in a segment: rooms, then sessions, then paths room by room."""


class RoomRow(Struct, array_like=True, tag="room", frozen=True, gc=False):
    """A room; times are milliseconds since 1970, `invite_hash` is hexadecimal. Older backups do not know `drawn`."""

    changed: int
    key: int
    id: str
    created_at: int
    last_active_at: int
    creator_ip: str
    invite_hash: str
    cleared: int
    drawn: bool = True

    @property
    def order(self) -> Key:
        """Where it stands in a segment."""
        return (0, self.key, "")


class SessionRow(Struct, array_like=True, tag="session", frozen=True, gc=False):
    """A session."""

    changed: int
    room_key: int
    id: str
    name: str
    token_id: str
    created_at: int
    last_active_at: int

    @property
    def order(self) -> Key:
        """Where it stands in a segment."""
        return (1, 0, self.id)


class PathRow(Struct, array_like=True, tag="path", frozen=True, gc=False):
    """A path or a tombstone."""

    changed: int
    room_key: int
    id: str
    ts: int
    d: str
    color: str
    width: float
    deleted: bool

    @property
    def order(self) -> Key:
        """Where it stands in a segment."""
        return (2, self.room_key, self.id)


BackupRow = RoomRow | SessionRow | PathRow

encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(BackupRow)


def decode(line: bytes) -> BackupRow:
    """Read a line; raises msgspec.DecodeError."""
    row: BackupRow = _decoder.decode(line)
    return row


def merged(parts: Iterable[Iterable[BackupRow]]) -> Iterator[BackupRow]:
    """Merge sorted parts: of each row the newest version. Paths that their room's clear has removed are left out."""
    cleared: dict[int, int] = {}
    for _, versions in groupby(heapq.merge(*parts, key=_order), _order):
        row = max(versions, key=_changed)
        if isinstance(row, RoomRow):
            cleared[row.key] = row.cleared
        if not isinstance(row, PathRow) or row.ts > cleared.get(row.room_key, 0):
            yield row


def _order(row: BackupRow) -> Key:
    return row.order


def _changed(row: BackupRow) -> int:
    return row.changed
