"""A room that this process has a replica of, with its connections: its pacing (S10), and where it stands with Redis."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from uuid import UUID

from app.models import Room as RoomRow
from app.schemas.ops import Op
from app.schemas.rooms import RoomOut
from app.services.connection import Connection
from app.services.live_messages import Message
from app.services.realtime.member import Greeting
from app.services.realtime.room import Room
from app.services.rounds import NEVER, Rounds

CHECK_SECONDS = 5.0
GRAIN = 0.0001
"""Seconds by which sums of the loop's times, which are whole milliseconds, may be off."""
SENT_A_SECOND = 180_000
"""Bytes of ticks that a client is sent, unless the ops alone are more."""
LEAST_LIVE = 1000
"""Bytes of a tick that are left for strokes and cursors, whatever its ops take."""
CROWD = 200
CROWD_TICKS = 4


@dataclass(slots=True, eq=False)
class LiveRoom:
    """The replica, and what the hub keeps beside it.

    `shared`: published through Redis under its epoch there; else this process goes on alone (S9). `ready`: cleared
    while the replica is being loaded; then nothing is committed, and what is heard waits in `heard`. `settled`: cleared
    while a batch is between gathering and publishing. `owed`: committed, but not known to be published. `leaving`:
    numbers of connections that left, in the replica's epoch. `entering`: how many are just coming; `loads` tells them
    whether the replica was loaded anew meanwhile. `peers`: another process may have a replica too. `changed` is called
    when showing may have left something to tell them, and `fail` when a room cannot be shown; `greet` makes what a
    welcome here begins with.
    """

    row: RoomRow
    replica: Room
    tick: float
    changed: "Callable[[LiveRoom], None]"
    fail: "Callable[[LiveRoom, Exception], None]"
    greet: "Callable[[LiveRoom], Greeting]"
    rounds: Rounds
    shared: bool = False
    peers: bool = True
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[Connection] = field(default_factory=set)
    heard: list[Message] = field(default_factory=list)
    owed: list[Op] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)
    entering: int = 0
    loads: int = 0
    active_ms: int = 0
    last_user: int = 0
    empty_since: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    gone: bool = False
    _round: float = NEVER
    _ops_shown: float = 0.0
    _live_shown: float = 0.0
    _checked: float = 0.0
    _credit: float = 0.0
    _credited: float = 0.0

    @property
    def id(self) -> UUID:
        """The room's id."""
        return self.row.id

    @property
    def key(self) -> int:
        """The room's key in the database."""
        if self.row.key is None:
            raise ValueError("the room was never saved")
        return self.row.key

    @property
    def has_work(self) -> bool:
        """Is there anything that was not saved, or not published?"""
        return bool(self.owed or self.replica.gathered) or not self.settled.is_set()

    @property
    def is_saving_the_last(self) -> bool:
        """Is what the last ones drew still to be saved? They have not left until then: a room in use cannot sleep."""
        return self.shared and not self.connections and self.has_work

    @property
    def idle(self) -> bool:
        """Does nobody here need the replica, and is nothing of it to be saved or told?"""
        needed = self.connections or self.entering or self.leaving or self.has_work
        return self.ready.is_set() and not needed

    def show(self) -> None:
        """Send what is due, or set a timer for it: in any tick's time at most one frame with ops and one without."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        shown = self.replica.log.number
        if self.replica.ops_due and now >= self._ops_shown + self.tick - GRAIN:
            self._show_ops(now)
        if self.replica.live_due and now >= self._live_shown + self._live_pause - GRAIN:
            self._live_shown = now
            self._flush(now, ops=False)
        if self.replica.log.number > shown:
            self._write()
            self.changed(self)
        self._show_later()

    def show_soon(self) -> None:
        """Show what a connection has sent, after the others' that have come as well: one frame for all of it (S10)."""
        if self._round > (self._live_shown + self.tick) / self.rounds.seconds + 1:
            self._show_later()

    def show_all(self) -> None:
        """Send everything now: the server is about to stop."""
        if self.replica.ops_due or self.replica.live_due:
            self.replica.flush(ops=True)
        self._write()

    def stop(self) -> None:
        """Show nothing more."""
        self.gone = True

    def next_user(self) -> int:
        """A number for a new connection while Redis is away."""
        self.last_user = max([self.last_user, *self.replica.presence.people]) + 1
        return self.last_user

    def lag(self) -> float:
        """Seconds until ops that have arrived may be shown: the next gathering had better be later by that."""
        if not self.replica.ops_due:
            return 0.0
        return max(0.0, self._ops_shown + self.tick - asyncio.get_running_loop().time())

    def _show_ops(self, now: float) -> None:
        check = now - self._checked >= CHECK_SECONDS
        self._checked = now if check else self._checked
        self._ops_shown = self._live_shown = now  # it carries whatever else is due
        self._flush(now, ops=True, check=check)

    def _flush(self, now: float, *, ops: bool, check: bool = False) -> None:
        """Log a tick; strokes and cursors have what ops leave of the bytes that a client is sent a second (P2)."""
        self._credit = min(SENT_A_SECOND / 5, self._credit + (now - self._credited) * SENT_A_SECOND)
        self._credited = now
        room_for = max(LEAST_LIVE, int(self._credit))
        self._credit -= self.replica.flush(ops=ops, check=check, room_for=room_for)
        if not self.peers:
            self.replica.skip_unpublished()

    @property
    def _live_pause(self) -> float:
        """Seconds between two ticks without ops; a crowd need not be told at once who comes and goes."""
        crowd = len(self.connections) > CROWD and self.replica.only_people_due
        return CROWD_TICKS * self.tick if crowd else self.tick

    def _show_later(self) -> None:
        when = inf
        if self.replica.ops_due:
            when = self._ops_shown + self.tick
        if self.replica.live_due:
            when = min(when, self._live_shown + self._live_pause)
        if when == inf or self.gone:
            return
        number = self.rounds.number(when)
        if number < self._round:
            self._round = number
            self.rounds.join(number, self._in_round)

    def _in_round(self) -> None:
        self._round = NEVER
        if self.gone:
            return
        try:
            self.show()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other rooms of the round have their turn
            self.fail(self, error)

    def _write(self) -> None:
        """Write: everybody in one go, the same bytes to all who are in step."""
        if newest := self.replica.log.newest:
            in_step = [connection.follow(newest) for connection in self.connections]
            if all(in_step):
                self.replica.log.forget()

    def greeting(self) -> Greeting:
        """What a welcome tells that is not the replica's to know."""
        return self.greet(self)

    def out(self) -> RoomOut:
        """The room as its people see it."""
        last = max(self.row.last_active_at.timestamp(), self.active_ms / 1000)
        return room_out(self.row, last, len(self.replica.presence.people))


def room_out(row: RoomRow, last_active: float, active_users: int) -> RoomOut:
    """A room's row and live state as one; `last_active` in seconds since 1970."""
    return RoomOut(str(row.id), row.created_at, datetime.fromtimestamp(last_active, UTC), active_users)
