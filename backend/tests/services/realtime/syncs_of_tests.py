"""Rooms that have ticked, for the tests of what is sent."""

import msgspec
from room_model import (
    STAMP,
    Json,
    enter,
    new_room,
    put,
    read,
)

from app.schemas import frames
from app.schemas.ops import Op
from app.services.realtime.member import Member
from app.services.realtime.outbox import encoded
from app.services.realtime.room import Room


def op_json(op: Op) -> Json:
    return msgspec.to_builtins(op)


def ticking(room: Room, *numbers: int) -> None:
    """One tick with one op for each number."""
    for number in numbers:
        room.receive(room.next_seq, [put(number, STAMP + number)])
        room.flush(ops=True)


def ticked_room(count: int) -> Room:
    room = new_room()
    ticking(room, *range(1, count + 1))
    return room


def tell(member: Member, code: str = "invalid_op") -> None:
    member.outbox.letters.append(encoded(frames.Error(code, "why", 5, n=0, i=0)))


def behind(room: Room, ticks: int, *, user: int = 1) -> Member:
    """A connection that has read its welcome, and then misses some ticks with ops."""
    member = enter(room, user)
    room.flush(ops=False)
    read(room, member)
    ticking(room, *range(1, ticks + 1))
    return member
