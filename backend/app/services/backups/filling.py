"""Rows of a backup as rows of a database's tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, text
from sqlmodel import SQLModel

from app.core.errors import StartError
from app.services.backups.chains import Point
from app.services.backups.reading import Progress, read
from app.services.backups.rows import BackupRow, PathRow, RoomRow, SessionRow, merged
from app.services.backups.segments import Segment

Values = dict[str, Any]
Insert = Callable[[Table, Iterable[Values]], int]
"""Puts rows into a table, and gives their number."""

TABLES: dict[type[BackupRow], str] = {RoomRow: "room", SessionRow: "user_session", PathRow: "path"}
"""In the order in which they refer to each other."""


def fill(insert: Insert, point: Point, progress: Progress | None) -> Counter[str]:
    """Put a whole backup into empty tables; gives the number of rows of each. Raises DamagedError."""
    counts: Counter[str] = Counter()
    for kind, group in groupby(_known(rows_of(point.way, progress)), type):
        counts[TABLES[kind]] += insert(SQLModel.metadata.tables[TABLES[kind]], map(values_of, group))
    return counts


def check_counts(connection: Connection, counts: Counter[str]) -> None:
    """See that every row has arrived."""
    for name in TABLES.values():
        found = connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 - our own names
        if found != counts[name]:
            raise StartError(f"The restored database has {found} rows in {name} and not {counts[name]}.")


def _known(rows: Iterable[BackupRow]) -> Iterator[BackupRow]:
    """Leave out what was of a room that is gone: backups hear of no removal, and a room's key may be used again."""
    created: dict[int, int] = {}
    for row in rows:
        if isinstance(row, RoomRow):
            created[row.key] = row.created_at
        elif row.room_key not in created or (isinstance(row, SessionRow) and row.created_at < created[row.room_key]):
            continue
        yield row


def rows_of(way: list[Segment], progress: Progress | None = None) -> Iterator[BackupRow]:
    """The state that segments make; `progress` is told of bytes read. Raises DamagedError, perhaps only at the end."""
    return merged([read(segment.path, progress=progress) for segment in way])


def pieces(values: Iterable[Values], size: int) -> Iterator[list[Values]]:
    """Rows by so many."""
    rest = iter(values)
    while piece := list(islice(rest, size)):
        yield piece


def values_of(row: BackupRow) -> Values:
    """The columns of a row."""
    if isinstance(row, RoomRow):
        return _room(row)
    return _session(row) if isinstance(row, SessionRow) else path_values(row)


def _room(row: RoomRow) -> Values:
    return {
        "key": row.key,
        "id": UUID(row.id),
        "created_at": _time(row.created_at),
        "last_active_at": _time(row.last_active_at),
        "creator_ip": row.creator_ip,
        "active_users": 0,
        "invite_hash": bytes.fromhex(row.invite_hash),
        "cleared": row.cleared,
        "live": not row.drawn,  # who puts rooms to sleep looks at those only, and deletes what was never drawn in
        "wakings": 0,
        "drawn": row.drawn,
        "changed": row.changed,
    }


def _session(row: SessionRow) -> Values:
    return {
        "id": UUID(row.id),
        "room_key": row.room_key,
        "name": row.name,
        "token_id": UUID(row.token_id),
        "created_at": _time(row.created_at),
        "last_active_at": _time(row.last_active_at),
        "changed": row.changed,
    }


def path_values(row: PathRow) -> Values:
    """The columns of a path."""
    return {
        "room_key": row.room_key,
        "id": UUID(row.id),
        "ts": row.ts,
        "d": row.d,
        "color": row.color,
        "width": row.width,
        "deleted": row.deleted,
        "changed": row.changed,
    }


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
