"""Rooms with people in them, for the tests of rooms."""

import msgspec
from room_model import (
    NOW,
    Json,
    enter,
    new_room,
    piece,
    read,
)

from app.schemas.ops import Op
from app.services.realtime.member import Member
from app.services.realtime.room import Room

MINUTE = 60_000 * 4096


def joined_room(*ops: Op, users: int = 1) -> tuple[Room, list[Member]]:
    """A room whose connections have read their welcome."""
    room = new_room(*ops)
    members = [enter(room, user) for user in range(1, users + 1)]
    room.flush(ops=False)
    for member in members:
        read(room, member)
    return room, members


def op_json(op: Op) -> Json:
    return msgspec.to_builtins(op)


def draw(room: Room, member: Member, number: int = 1) -> None:
    assert room.accept_stroke(member, piece(number, 0, 0, 1, 1), NOW) is None
