"""Rooms and the sessions in them: making, entering, finding."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select, update

from app.core.clock import Clock
from app.core.database import Database, take_turns
from app.core.errors import RoomLimit, RoomNotFound, StorageUnavailable, Unauthenticated
from app.core.grouped import Grouped
from app.core.security import Claims, Tokens, hash_invite, new_invite, same_secret
from app.models import Room, UserSession
from app.services.changes import next_change
from app.services.staging import sweep
from app.utils.slices import slices

AT_ONCE = 1000
"""Rows of a transaction that can wait, at most: others are to write in between."""

RoomRow = Room
"""A room as stored: what routes hand from one service to another."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody has entered a room: the rows, the token, and the invite if the room was made just now."""

    room: Room
    session: UserSession
    token: str
    invite: str | None = None


@dataclass(frozen=True, slots=True)
class Slots:
    """H5: how many live rooms may be created from one address (0: any number); `idle`: seconds until one sleeps."""

    limit: int
    idle: float

    def check(self, db: Session, ip: str) -> None:
        """Raise RoomLimit if none is free, and let nobody else of that address count until the commit."""
        if not self.limit:
            return
        take_turns(db, f"slots of {ip}")
        live = select(func.count()).select_from(Room).where(col(Room.creator_ip) == ip, col(Room.live))
        if db.exec(live).one() >= self.limit:
            raise RoomLimit(self.limit, self.idle)


class Rooms:
    """Every room, live or asleep, as the database has it."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock, slots: Slots | None = None) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._slots = slots or Slots(0, 0)
        self._sessions = Grouped(self._look_up)

    async def check_slot(self, ip: str) -> None:
        """Raise RoomLimit if none is free now; `create` will look again."""
        await self._database.read(lambda db: self._slots.check(db, ip))

    async def create(self, name: str, ip: str, staged: int | None = None) -> Entry:
        """Make a room, with its maker's session; `staged`: the row that its drawing was written under.

        Raises RoomLimit, StorageUnavailable.
        """
        now = self._clock.now()
        invite = new_invite()
        room = Room(
            key=staged,
            id=uuid4(),
            created_at=now,
            last_active_at=now,
            creator_ip=ip,
            invite_hash=hash_invite(invite),
            drawn=staged is not None,
        )

        def insert(db: Session) -> UserSession:
            room.changed = next_change(db)  # from here on nobody else writes, in no database
            self._slots.check(db, ip)
            if staged is None:
                db.add(room)
            elif db.get(Room, staged):
                db.merge(room)
            else:
                raise StorageUnavailable  # it took so long that it was swept
            db.flush()
            return _add_session(db, room, name, now)

        session = await self._database.write(insert)
        return Entry(room, session, self._issue(room, session), invite)

    async def sweep(self) -> int:
        """Take out rooms that were being filled from a file when a crash came; gives how many."""
        return await sweep(self._database, self._clock)

    async def join(self, room_id: str, name: str, invite: str) -> Entry:
        """Enter a room by its invite; whatever is wrong is RoomNotFound, told in the same time (H3)."""
        room = await self.find(room_id)
        expected = room.invite_hash if room else secrets.token_bytes(32)
        if not same_secret(hash_invite(invite), expected) or room is None:
            raise RoomNotFound
        now = self._clock.now()
        session = await self._database.write(lambda db: _add_session(db, room, name, now))
        return Entry(room, session, self._issue(room, session))

    async def find(self, room_id: str | UUID) -> Room | None:
        """The room, if there is one; an id that is none is looked up all the same, so that it takes as long (H3)."""
        parsed = room_id if isinstance(room_id, UUID) else parse_room_id(room_id) or uuid4()
        return await self._database.read(lambda db: db.exec(select(Room).where(Room.id == parsed)).first())

    async def authorised(self, token: str | None, room_id: str) -> Room:
        """H4: the room that a token opens; Unauthenticated for a bad token, RoomNotFound for another room."""
        if room := await self.find(self._prove(token, room_id).room_id):
            return room
        raise RoomNotFound

    async def renew(self, token: str | None, room_id: str) -> str:
        """A token of the same session that is good for longer, once half of this one's life is over; else this one."""
        claims = self._prove(token, room_id)
        _, session = await self.session(claims)
        now = self._clock.now()
        if token and not self._tokens.ages(claims, now):
            return token
        token_id = uuid4()

        def note(db: Session) -> None:
            values = {"token_id": token_id, "changed": next_change(db)}
            db.exec(update(UserSession).where(col(UserSession.id) == session.id).values(values))

        await self._database.write(note)
        return self._tokens.issue(claims.room_id, session.id, token_id, now)

    def _prove(self, token: str | None, room_id: str) -> Claims:
        if token is None:
            raise Unauthenticated
        claims = self._tokens.judge(token, self._clock.now())
        if claims.room_id != parse_room_id(room_id):
            raise RoomNotFound
        return claims

    def judge(self, token: str, room_id: str) -> Claims:
        """C1: what a token proves; one that is bad or of another room raises Unauthenticated."""
        claims = self._tokens.judge(token, self._clock.now())
        if claims.room_id != parse_room_id(room_id):
            raise Unauthenticated
        return claims

    async def session(self, claims: Claims) -> tuple[Room, UserSession]:
        """The room and session of a good token; RoomNotFound if they are gone. A crowd is looked up in few reads."""
        if found := await self._sessions.get(claims):
            return found
        raise RoomNotFound

    async def _look_up(self, asked: list[Claims]) -> list[tuple[Room, UserSession] | None]:
        rows = select(Room, UserSession).join(UserSession, col(UserSession.room_key) == col(Room.key))
        rows = rows.where(col(UserSession.id).in_({claims.session_id for claims in asked}))
        found = await self._database.read(lambda db: db.exec(rows).all())
        by_ids = {(room.id, session.id): (room, session) for room, session in found}
        return [by_ids.get((claims.room_id, claims.session_id)) for claims in asked]

    async def note_activity(self, rooms: dict[UUID, tuple[datetime, int]], sessions: dict[UUID, datetime]) -> None:
        """Write down when rooms and sessions were last active, and how many are connected, some in a transaction."""
        for of_rooms in slices(rooms.items(), AT_ONCE):
            await self._database.write(partial(_note_rooms, rooms=dict(of_rooms)))
        for of_sessions in slices(sorted(sessions.items()), AT_ONCE):
            await self._database.write(partial(_note_sessions, sessions=of_sessions))

    def _issue(self, room: Room, session: UserSession) -> str:
        return self._tokens.issue(room.id, session.id, session.token_id, session.created_at)


def _note_rooms(db: Session, rooms: dict[UUID, tuple[datetime, int]]) -> None:
    known = select(Room.key, Room.id).where(col(Room.id).in_(rooms)).order_by(col(Room.key))
    found = db.exec(known.with_for_update(key_share=True)).all()  # in one order everywhere: no two wait for each other
    rows = [{"of": key, "at": rooms[room_id][0], "users": rooms[room_id][1]} for key, room_id in found]
    if rows:
        noted = update(Room.__table__).where(col(Room.key) == bindparam("of"))  # type: ignore[attr-defined]
        noted = noted.values(last_active_at=bindparam("at"), active_users=bindparam("users"))
        db.connection().execute(noted, rows)


def _note_sessions(db: Session, sessions: list[tuple[UUID, datetime]]) -> None:
    noted = update(UserSession.__table__).where(col(UserSession.id) == bindparam("of"))  # type: ignore[attr-defined]
    rows = [{"of": session_id, "at": at} for session_id, at in sessions]
    db.connection().execute(noted.values(last_active_at=bindparam("at")), rows)


def _add_session(db: Session, room: Room, name: str, now: datetime) -> UserSession:
    there = db.exec(select(Room.key).where(Room.key == room.key).with_for_update(read=True, key_share=True)).first()
    if there is None:  # it was put to sleep and deleted a moment ago (L2)
        raise RoomNotFound
    session = UserSession(
        id=uuid4(),
        room_key=room.key or 0,
        name=name,
        token_id=uuid4(),
        created_at=now,
        last_active_at=now,
        changed=next_change(db),
    )
    db.add(session)
    db.flush()
    return session


def parse_room_id(text: str) -> UUID | None:
    """A room's id in canonical spelling, or None."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text else None
