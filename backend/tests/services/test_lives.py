"""What the database has of a room's life: waking, sleeping, being deleted, and the slots of its creator."""

import asyncio
import os
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, func, select

from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import RoomLimit, RoomNotFound
from app.core.security import Claims, Keys, Tokens
from app.models import Path, Room, UserSession
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.drawings import Drawings, RoomOps
from app.services.lives import Awake, LaidDown, Lives
from app.services.rooms import Rooms, Slots

ADDRESS = "192.0.2.1"
ID = "01936f3e-0000-7000-8000-000000000001"
PUT = Put(ID, 10, "M0 0L1 1", "#000000", 2.0)


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture
def rooms(database: Database) -> Rooms:
    return Rooms(database, Tokens(Keys([os.urandom(32)]), 1), Clock(), Slots(3, 300))


async def made(rooms: Rooms) -> Room:
    return (await rooms.create("Ada", ADDRESS)).room


async def drawn(rooms: Rooms, database: Database, *batches: list[Op]) -> Room:
    room = await made(rooms)
    for ops in batches or ([PUT],):
        await Drawings(database).commit([RoomOps(room.key or 0, ops)])
    return room


async def row(database: Database, room_id: UUID) -> Room | None:
    return await database.read(lambda db: db.exec(select(Room).where(Room.id == room_id)).first())


async def test_l1_a_room_sleeps_and_wakes(lives: Lives, rooms: Rooms, database: Database) -> None:
    room = await drawn(rooms, database)
    assert await lives.awake() == [Awake(room.id, 0, 0)]
    await lives.count_people({room.id: 3, uuid4(): 5})
    assert await lives.awake() == [Awake(room.id, 0, 3)]
    assert await lives.lay_down({room.id: 0, uuid4(): 0}) == LaidDown(1, 0)
    assert await lives.awake() == []
    await lives.wake(room.id)
    assert await lives.awake() == [Awake(room.id, 1, 0)]


async def test_l1_a_room_that_woke_meanwhile_stays(lives: Lives, rooms: Rooms, database: Database) -> None:
    room, empty = await drawn(rooms, database), await made(rooms)
    wakings = {each.id: each.wakings for each in await lives.awake()}
    await asyncio.gather(lives.wake(room.id), lives.wake(empty.id))
    assert await lives.lay_down(wakings) == LaidDown(0, 0)
    assert {each.id for each in await lives.awake()} == {room.id, empty.id}


async def test_l1_many_that_wake_at_once_are_each_told_their_own(lives: Lives, rooms: Rooms) -> None:
    there = [(await made(rooms)).id for _ in range(3)]
    ids = [there[n % 3] if n % 2 else uuid4() for n in range(40)]
    ends = await asyncio.gather(*(lives.wake(room_id) for room_id in ids), return_exceptions=True)
    assert [isinstance(end, RoomNotFound) for end in ends] == [room_id not in there for room_id in ids]
    assert all(each.wakings <= 2 for each in await lives.awake()), "they share transactions"


async def test_activity_of_many_is_noted_in_parts(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.rooms.AT_ONCE", 2)
    entries = [await rooms.create("Ada", f"192.0.2.{n}") for n in range(5)]
    at = [datetime.fromtimestamp(1_800_000_000 + n, UTC) for n in range(5)]
    active = {entry.room.id: (at[n], n) for n, entry in enumerate(entries)} | {uuid4(): (at[0], 9)}
    await rooms.note_activity(active, {entry.session.id: at[n] for n, entry in enumerate(entries[:3])})
    for n, entry in enumerate(entries):
        room, session = await rooms.session(Claims(entry.room.id, entry.session.id, entry.session.token_id, 0.0))
        assert (room.last_active_at, room.active_users) == (at[n], n)
        assert (session.last_active_at == at[n]) == (n < 3)


async def test_l1_a_crowd_of_rooms_goes_to_sleep_in_turns(
    lives: Lives, rooms: Rooms, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.lives.AT_ONCE", 2)
    kept = [await drawn(rooms, database) for _ in range(2)]
    lost = [await rooms.create("Ada", f"192.0.2.{n}") for n in range(3)]
    everybody = {each.id: 0 for each in kept} | {each.room.id: 0 for each in lost}
    await lives.count_people(dict.fromkeys(everybody, 7))
    assert {each.active_users for each in await lives.awake()} == {7}
    assert await lives.lay_down(everybody) == LaidDown(2, 3)
    assert await lives.awake() == []


@pytest.mark.parametrize("ops", [[], [Clear(5)], [Delete(ID, 5)]], ids=["nothing", "clear", "delete"])
async def test_l2_what_never_held_a_path_is_deleted(
    ops: list[Op], lives: Lives, rooms: Rooms, database: Database
) -> None:
    room = await drawn(rooms, database, ops)
    assert await lives.lay_down({room.id: 0}) == LaidDown(0, 1)
    for table in (Room, UserSession, Path):
        counted = select(func.count()).select_from(table)
        assert await database.read(lambda db, q=counted: db.exec(q).one()) == 0
    with pytest.raises(RoomNotFound):
        await lives.wake(room.id)
    with pytest.raises(RoomNotFound):
        await Drawings(database).commit([RoomOps(room.key or 0, [PUT])])
    with pytest.raises(RoomNotFound):
        await rooms.join(str(room.id), "Bob", "not the invite")
    assert (await made(rooms)).key != room.key, "its key is not given again"


@pytest.mark.parametrize("after", [[Clear(11)], [Delete(ID, 11)]], ids=["clear", "delete"])
async def test_l2_a_path_that_was_erased_counts(
    after: list[Op], lives: Lives, rooms: Rooms, database: Database
) -> None:
    room = await drawn(rooms, database, [PUT], after)
    await Drawings(database).forget(12)
    assert await lives.lay_down({room.id: 0}) == LaidDown(1, 0)


async def test_l2_a_path_without_the_mark_is_kept(lives: Lives, rooms: Rooms, database: Database) -> None:
    room = await drawn(rooms, database)

    def unmark(db: Session) -> None:
        db.exec(select(Room).where(col(Room.id) == room.id)).one().drawn = False

    await database.write(unmark)
    assert await lives.lay_down({room.id: 0}) == LaidDown(1, 0)
    assert await row(database, room.id)


async def test_h5_only_live_rooms_of_the_address_count(lives: Lives, rooms: Rooms, database: Database) -> None:
    room = await drawn(rooms, database)
    await made(rooms)
    await made(rooms)
    await rooms.create("Bob", "192.0.2.2")
    with pytest.raises(RoomLimit) as refused:
        await made(rooms)
    assert (refused.value.status, refused.value.retry_after) == (429, 300)
    assert "3 live boards" in refused.value.detail
    assert "5 minutes" in refused.value.detail
    await lives.lay_down({room.id: 0})
    await made(rooms)
    await lives.wake(room.id)
    with pytest.raises(RoomLimit):
        await made(rooms)
