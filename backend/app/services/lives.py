"""Which rooms are live, as the database has it: waking, going to sleep, and being deleted (L1, L2).

Here lies the order that lets nobody be thrown out. Who wakes a room first has live state in Redis (OPEN), then counts
a waking here, and only then lets connections in (JOIN, which fails if the live state was taken down meanwhile). Who
puts a room to sleep first reads the count of wakings here, then takes the live state down (SLEEP), and then writes
here, if the count is still the same. So a room that somebody has come into meanwhile stays, and nobody is in one that
is deleted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, or_
from sqlalchemy.sql import ColumnElement
from sqlmodel import Session, col, select, update

from app.core.database import Database
from app.core.errors import RoomNotFound
from app.core.grouped import Grouped
from app.models import Path, Room
from app.services.changes import next_change
from app.utils.slices import slices

AT_ONCE = 1000
"""Rooms of a transaction, at most: a statement takes so many values, and others are to write in between."""


@dataclass(frozen=True, slots=True)
class Awake:
    """A room that is live in the database; `wakings` as counted when this was read."""

    id: UUID
    wakings: int
    active_users: int


@dataclass(frozen=True, slots=True)
class LaidDown:
    """How many rooms went to sleep, and how many were deleted."""

    asleep: int
    deleted: int


class Lives:
    """The rooms' flag `live`, and what goes with it. Every method raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wakings = Grouped(self._wake_all)

    async def wake(self, room_id: UUID) -> None:
        """Note that a room is live; raises RoomNotFound. Those that wake at the same time share a transaction."""
        if not await self._wakings.get(room_id):
            raise RoomNotFound

    async def awake(self) -> list[Awake]:
        """Every room that is live."""
        return await self._database.read(awake)

    async def lay_down(self, wakings: dict[UUID, int]) -> LaidDown:
        """Note that rooms sleep whose live state was taken down, unless they woke since `wakings`; delete the empty."""
        done = LaidDown(0, 0)
        for some in slices(wakings.items(), AT_ONCE):
            part = await self._database.write(partial(lay_down, wakings=dict(some)))
            done = LaidDown(done.asleep + part.asleep, done.deleted + part.deleted)
        return done

    async def count_people(self, people: dict[UUID, int]) -> None:
        """Note how many connections rooms have."""
        for some in slices(people.items(), AT_ONCE):
            await self._database.write(partial(count_people, people=dict(some)))

    async def _wake_all(self, room_ids: list[UUID]) -> Sequence[bool]:
        woken = await self._database.write(lambda db: wake(db, set(room_ids)))
        return [room_id in woken for room_id in room_ids]


def wake(db: Session, room_ids: Collection[UUID]) -> set[UUID]:
    """Make rooms live; gives those that there are."""
    keys = {room.key: room.id for room in db.exec(_locked(room_ids)).all()}
    db.exec(update(Room).where(col(Room.key).in_(keys)).values(live=True, wakings=col(Room.wakings) + 1))
    return set(keys.values())


def awake(db: Session) -> list[Awake]:
    """Every room that is live."""
    rows = db.exec(select(Room.id, Room.wakings, Room.active_users).where(col(Room.live)))
    return [Awake(*row) for row in rows]


def lay_down(db: Session, wakings: dict[UUID, int]) -> LaidDown:
    """L1: free the rooms' slots. L2: delete those that have never held a path; their sessions go with them."""
    due = [room.key for room in db.exec(_locked(wakings)).all() if room.wakings == wakings[room.id]]
    if not due:
        return LaidDown(0, 0)
    these = col(Room.key).in_(due)
    sleeping = update(Room).where(these, _has_held_a_path())
    asleep = db.exec(sleeping.values(live=False, active_users=0, changed=next_change(db))).rowcount
    return LaidDown(asleep, db.exec(delete(Room).where(these, ~_has_held_a_path())).rowcount)


def count_people(db: Session, people: dict[UUID, int]) -> None:
    """Write how many connections rooms have."""
    rows = [{"of": room.key, "people": people[room.id]} for room in db.exec(_locked(people)).all()]
    if rows:
        counted = update(Room.__table__).where(col(Room.key) == bindparam("of"))  # type: ignore[attr-defined]
        db.connection().execute(counted.values(active_users=bindparam("people")), rows)


def _locked(room_ids: Collection[UUID]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """The rows of rooms, locked in the order in which everybody locks them."""
    rows = select(Room.key, Room.id, Room.wakings).where(col(Room.id).in_(room_ids))
    return rows.order_by(col(Room.key)).with_for_update()


def _has_held_a_path() -> ColumnElement[bool]:
    """A path without the mark would be a fault; the drawing is kept then all the same."""
    return or_(col(Room.drawn), exists().where(col(Path.room_key) == col(Room.key), ~col(Path.deleted)))
