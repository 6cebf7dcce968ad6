"""One room from a backup, as a new room of the live database, while servers use it."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, delete, insert, select, tuple_
from sqlmodel import Session, SQLModel, col, update

from app.core.database import open_engine
from app.core.database_use import Use
from app.core.errors import StartError
from app.core.security import hash_invite, new_invite
from app.models import Room
from app.services.backups.chains import Point
from app.services.backups.filling import path_values, pieces, rows_of
from app.services.backups.reading import Progress
from app.services.backups.rows import BackupRow, PathRow, RoomRow
from app.services.changes import next_change

PIECE = 500
UNFINISHED = "restoring"
"""Stands as the creator's address of a room that is being filled, or whose filling was killed: then it is swept."""
CREATOR = "127.0.0.1"

path = SQLModel.metadata.tables["path"]


@dataclass(frozen=True, slots=True)
class RestoredRoom:
    """The new room, its invite, and how many paths it has."""

    id: UUID
    invite: str
    paths: int


def restore_room(
    url: str, point: Point, room_id: UUID, now: datetime, progress: Progress | None = None
) -> RestoredRoom:
    """Copy the paths of a room as they were into a new room, piece by piece, so that nobody who draws waits long.

    Raises StartError if there was no such room then; DamagedError. Nothing is left in the database then.
    """
    engine = open_engine(url, Use.WRITE)
    try:
        _sweep(engine)
        return _copy(engine, _paths(rows_of(point.way, progress), room_id), now)
    except BaseException:
        _sweep(engine)
        raise
    finally:
        engine.dispose()


def _paths(rows: Iterable[BackupRow], room_id: UUID) -> Iterator[PathRow]:
    """The room's paths. Its tombstones are of no use to a new room: nobody has old edits for it."""
    key = None
    for row in rows:
        if isinstance(row, RoomRow) and row.id == str(room_id):
            key = row.key
        elif isinstance(row, PathRow) and row.room_key == key and not row.deleted:
            yield row
    if key is None:
        raise StartError(f"There was no room {room_id} at that time.")


def _copy(engine: Engine, paths: Iterator[PathRow], now: datetime) -> RestoredRoom:
    invite = new_invite()
    room = Room(
        id=uuid4(),
        created_at=now,
        last_active_at=now,
        creator_ip=UNFINISHED,
        invite_hash=hash_invite(invite),
        live=False,
        drawn=True,
    )
    count = 0
    for piece in pieces(map(path_values, paths), PIECE):
        _add(engine, room, piece)
        count += len(piece)
    with Session(engine, expire_on_commit=False) as db, db.begin():
        if room.key is None:
            db.add(room)
            db.flush()
        finished = update(Room).where(col(Room.key) == room.key)
        db.exec(finished.values(creator_ip=CREATOR, changed=next_change(db)))
    return RestoredRoom(room.id, invite, count)


def _add(engine: Engine, room: Room, piece: list[dict[str, object]]) -> None:
    """Write a piece, the first one together with the room, and leave the database to the others for as long."""
    began = time.monotonic()
    with Session(engine, expire_on_commit=False) as db, db.begin():
        number = next_change(db)
        if room.key is None:
            room.changed = number
            db.add(room)
            db.flush()
        rows = [{**values, "room_key": room.key, "changed": number} for values in piece]
        db.connection().execute(insert(path), rows)
    time.sleep(time.monotonic() - began)


def _sweep(engine: Engine) -> None:
    """Remove rooms that were not finished, piece by piece; nobody has their invites."""
    with engine.begin() as connection:
        unfinished = connection.execute(select(col(Room.key)).where(col(Room.creator_ip) == UNFINISHED)).scalars().all()
    for key in unfinished:
        some = select(path.c.room_key, path.c.id).where(path.c.room_key == key).limit(PIECE)
        removed = PIECE
        while removed:
            with engine.begin() as connection:
                removed = connection.execute(delete(path).where(tuple_(path.c.room_key, path.c.id).in_(some))).rowcount
        with engine.begin() as connection:
            connection.execute(delete(Room).where(col(Room.key) == key))
