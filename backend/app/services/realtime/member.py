"""A connection of this process in a room, and what a room is told from outside."""

from dataclasses import dataclass, field

from app.schemas.rooms import RoomOut
from app.services.realtime.changes import Changes
from app.services.realtime.history import History
from app.services.realtime.outbox import Outbox
from app.services.realtime.presence import Person

CLOSED_STROKES = 10_000


@dataclass(slots=True, eq=False)
class Member:
    """A connection of this process in a room: its number, name, newest batch and what it is still to be sent."""

    user: int
    name: str
    n: int = -1
    acked: int = -1
    outbox: Outbox = field(default_factory=Outbox)
    _closed: dict[str, None] = field(default_factory=dict)

    def close(self, path_id: str) -> None:
        """Take no more pieces of a stroke that was put, deleted or ended (V3); very old ones are forgotten."""
        self._closed[path_id] = None
        if len(self._closed) > CLOSED_STROKES:
            del self._closed[next(iter(self._closed))]

    def has_closed(self, path_id: str) -> bool:
        """Was the stroke put, deleted or ended by this connection?"""
        return path_id in self._closed


@dataclass(slots=True)
class Batch:
    """What a room gathered in a tick: ops to be saved, whom to tell when they are, and the strokes they decide."""

    changes: Changes = field(default_factory=Changes)
    acks: dict[Member, int] = field(default_factory=dict)
    settling: list[str] = field(default_factory=list)
    seq: int = 0

    def __bool__(self) -> bool:
        return bool(self.changes or self.acks or self.settling)


@dataclass(frozen=True, slots=True)
class Live:
    """The live state that a replica begins with."""

    epoch: str
    seq: int
    people: dict[int, Person]
    history: History


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a welcome tells that is not the replica's to know; `time` in milliseconds of the server's clock."""

    room: RoomOut
    time: int
    tick_ms: int
    max_frame: int
