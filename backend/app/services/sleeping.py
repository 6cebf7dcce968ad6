"""Puts rooms to sleep in which nobody was for long enough (L1), and deletes those that never held a path (L2).

Of several processes the one with the lowest id does it, and any other may take over at any time: what is done in Redis
and in the database is done only if nothing has happened to the room meanwhile. How long a room was empty is measured
by this process's steady clock, from when it was first seen so: no machine's clock can put a room to sleep early.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.core.errors import RedisUnavailable, StorageUnavailable
from app.services.live_state import LiveState, Look
from app.services.lives import Awake, Lives
from app.services.neighbours import Neighbours

log = structlog.get_logger()

LONGEST_PAUSE = 10.0
SHORTEST_PAUSE = 0.02
PAUSES_PER_IDLE_TIME = 10
STRAYS_EVERY = 12
NOT_STORED = -1


@dataclass(frozen=True, slots=True)
class Empty:
    """How an empty room was seen first, and when (seconds of the loop's clock)."""

    wakings: int
    look: Look
    since: float


class Sleeping:
    """The loop that does it. `idle` is in seconds."""

    def __init__(self, lives: Lives, state: LiveState, neighbours: Neighbours, idle: float) -> None:
        self._lives = lives
        self._state = state
        self._neighbours = neighbours
        self._replicas = neighbours.replicas
        self._idle = idle
        self._empty: dict[UUID, Empty] = {}
        self._reaped: set[str] | None = None
        self._strays: set[UUID] = set()
        self._sweeps = 0

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self._sweep()
            except (RedisUnavailable, StorageUnavailable) as error:
                log.debug("rooms not looked at", reason=error.detail)
            except Exception:  # what fails now may work the next time
                log.exception("putting rooms to sleep failed")
            await asyncio.sleep(max(SHORTEST_PAUSE, min(LONGEST_PAUSE, self._idle / PAUSES_PER_IDLE_TIME)))

    async def _sweep(self) -> None:
        """Look at every live room; see to what is due."""
        if not self._replicas.redis_is_up or not self._neighbours.is_first:
            self._empty, self._reaped, self._sweeps = {}, None, 0
            return
        rooms = {room.id: room for room in await self._lives.awake()}
        looks = await self._look(rooms)
        await self._reap([room_id for room_id, look in looks.items() if look.people])
        await self._count(rooms, looks)
        self._note_empty(rooms, looks)
        await self._lay_down()

    async def _look(self, rooms: dict[UUID, Awake]) -> dict[UUID, Look]:
        """Look at the rooms, and at strays: live state that a process left when it crashed between two steps."""
        if self._sweeps % STRAYS_EVERY == 0:
            self._strays = set(await self._state.rooms())
        self._sweeps += 1
        self._strays -= rooms.keys()
        room_ids = [*rooms, *self._strays]
        return dict(zip(room_ids, await self._state.look(room_ids), strict=True))

    async def _reap(self, room_ids: list[UUID]) -> None:
        """Take out the connections of dead processes from rooms that nobody else would look at (P1)."""
        if self._reaped == self._replicas.alive:
            return
        people = {room_id: await self._state.people(room_id) for room_id in room_ids if self._is_elsewhere(room_id)}
        epochs = await self._state.look(list(people))
        alive = await self._neighbours.hear_beats()  # after: who has entered somebody since has beaten before
        for (room_id, present), look in zip(people.items(), epochs, strict=True):
            dead = [user for user, person in present.items() if person.process not in alive]
            if dead:
                await self._state.leave(room_id, look.epoch, dead)
        self._reaped = set(self._replicas.alive)

    def _is_elsewhere(self, room_id: UUID) -> bool:
        return room_id not in self._replicas.rooms

    async def _count(self, rooms: dict[UUID, Awake], looks: dict[UUID, Look]) -> None:
        """Mend the numbers of connections in the database: the process that noted them last may have crashed."""
        people = {room.id: looks[room.id].people for room in rooms.values()}
        wrong = {room.id: people[room.id] for room in rooms.values() if room.active_users != people[room.id]}
        if wrong:
            await self._lives.count_people(wrong)

    def _note_empty(self, rooms: dict[UUID, Awake], looks: dict[UUID, Look]) -> None:
        now = asyncio.get_running_loop().time()
        known, self._empty = self._empty, {}
        for room_id, look in looks.items():
            if look.people:
                continue
            wakings = rooms[room_id].wakings if room_id in rooms else NOT_STORED
            before = known.get(room_id)
            same = before and (before.wakings, before.look) == (wakings, look)
            self._empty[room_id] = before if before and same else Empty(wakings, look, now)

    async def _lay_down(self) -> None:
        now = asyncio.get_running_loop().time()
        due = {room_id: room for room_id, room in self._empty.items() if now - room.since >= self._idle}
        if not due:
            return
        taken_down = await self._state.sleep({room_id: room.look for room_id, room in due.items()})
        for room_id in due:
            del self._empty[room_id]
        for room_id in taken_down:
            self._replicas.slept(room_id, due[room_id].look.epoch)
        done = await self._lives.lay_down({room_id: due[room_id].wakings for room_id in taken_down})
        log.info("rooms went to sleep", asleep=done.asleep, deleted=done.deleted)
