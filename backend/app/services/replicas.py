"""The rooms that this process has replicas of: opening and closing them, hearing other processes, losing Redis (S9)."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog

from app.core.config import Settings
from app.core.errors import RedisUnavailable, RoomNotFound, StorageUnavailable, WhiteboardError
from app.models import Room as RoomRow
from app.services import live_messages as messages
from app.services.drawings import Drawings
from app.services.live_room import Connection, LiveRoom
from app.services.live_state import LiveState, Subscriber
from app.services.opening import Opened, People, alone, load_alone, load_shared, subscribed
from app.services.realtime.presence import Person
from app.services.realtime.room import Room

log = structlog.get_logger()

BEAT_SECONDS = 1.0
SILENT_SECONDS = 3.0
RETRY_SECONDS = 0.25
GAP_SECONDS = 0.2


class Replicas:
    """Every open room by its id. `greet` puts a welcome in a connection's outbox; `changed` says that a room gathered
    something, or has something for other processes."""

    def __init__(
        self,
        drawings: Drawings,
        state: LiveState,
        settings: Settings,
        *,
        greet: Callable[[Connection], None],
        changed: Callable[[LiveRoom], None],
    ) -> None:
        self.rooms: dict[UUID, LiveRoom] = {}
        self._drawings = drawings
        self._state = state
        self._tick = settings.tick_ms / 1000
        self._dead_after = settings.process_timeout_seconds
        self._greet = greet
        self._changed = changed
        self._subscriber: Subscriber | None = None
        self._alive: set[str] = set()
        self._lost = asyncio.Event()
        self._opening: dict[UUID, asyncio.Task[LiveRoom]] = {}
        self._heard: dict[UUID, list[messages.Message]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def process(self) -> str:
        """The id of this process among those that share a Redis."""
        return self._state.process

    @property
    def redis_is_up(self) -> bool:
        """Are the rooms shared through Redis just now?"""
        return self._subscriber is not None

    # Opening and closing.

    async def get(self, row: RoomRow) -> LiveRoom:
        """The room's replica, loaded if need be; raises RoomNotFound, StorageUnavailable."""
        while True:
            room = self.rooms.get(row.id) or await self._open_once(row)
            await room.ready.wait()
            if not room.gone:
                return room

    async def reopen(self, room: LiveRoom, *, renew: bool = False) -> None:
        """Load a room anew, under the epoch that it has in Redis by now, or a new one (`renew`); tell everybody."""
        if not room.ready.is_set():
            return
        room.ready.clear()
        self._heard[room.id] = []
        await room.settled.wait()
        try:
            self._switch(room, await self._load_again(room, renew=renew))
        except Exception as error:  # noqa: BLE001 - whatever it is, this room's people must not wait for ever
            self.fail(room, error)

    async def close(self, room: LiveRoom) -> None:
        """Drop the replica of a room without connections here, and its live state if nobody is in it anywhere."""
        if not room.ready.is_set() or room.connections or not room.settled.is_set() or room.replica.gathered:
            return
        room.ready.clear()
        try:
            if room.shared and self._subscriber:
                await self._subscriber.unsubscribe(room.id)
                await self._state.sleep(room.id, room.replica.epoch)
        except RedisUnavailable as error:
            self.lose(error)
        finally:
            self._drop(room)

    def fail(self, room: LiveRoom, error: Exception) -> None:
        """Give a room up that cannot go on: its connections come back, and it is loaded anew."""
        if isinstance(error, RoomNotFound):
            code, reason = 4404, "this room is gone"
        else:
            code, reason = 1011, "this room had to be reloaded"
            log.error("room failed", room=str(room.id), exc_info=error)
        for connection in room.connections:
            connection.close(code, reason)
        self._drop(room)

    def _drop(self, room: LiveRoom) -> None:
        room.stop()
        self.rooms.pop(room.id, None)
        self._heard.pop(room.id, None)
        room.ready.set()
        room.settled.set()

    async def _open_once(self, row: RoomRow) -> LiveRoom:
        if row.id not in self._opening:
            task = self._spawn(self._open(row))
            self._opening[row.id] = task
            task.add_done_callback(lambda _: self._opening.pop(row.id))
        return await asyncio.shield(self._opening[row.id])

    async def _open(self, row: RoomRow) -> LiveRoom:
        self._heard[row.id] = []
        try:
            opened = await self._load(row, dict)
        except BaseException:
            self._heard.pop(row.id, None)
            raise
        room = LiveRoom(row, Room(opened.board, opened.live), self._tick)
        room.settled.set()
        self.rooms[row.id] = room
        self._ready(room, opened)
        if any(person.process not in self._alive for person in opened.live.people.values()):
            self._alive = set()
        return room

    async def _load_again(self, room: LiveRoom, *, renew: bool) -> Opened:
        while True:
            try:
                if renew and self._subscriber:
                    await self._state.renew(room.id)
                return await self._load(room.row, lambda: local_people(room, self.process))
            except RedisUnavailable as error:
                self.lose(error)
            except StorageUnavailable:
                await asyncio.sleep(RETRY_SECONDS)

    async def _load(self, row: RoomRow, people: Callable[[], People]) -> Opened:
        """Load a room, shared if Redis is there, else alone; once more if that changed meanwhile."""
        while True:
            subscriber = self._subscriber
            try:
                if subscriber:
                    opened = await load_shared(row, self._drawings, self._state, subscriber, people())
                else:
                    opened = await load_alone(row, self._drawings, people())
            except RedisUnavailable as error:
                if subscriber is self._subscriber:
                    self.lose(error)
                continue
            if opened.subscriber is self._subscriber:
                return opened

    def _switch(self, room: LiveRoom, opened: Opened) -> None:
        """Go on with what was loaded, and tell every connection (S9)."""
        present = {connection.member.user for connection in room.connections}
        for old, new in opened.users.items():
            if old not in present:
                opened.live.people.pop(new, None)
                room.leaving.append(new)
        room.replica.renew(opened.board, opened.live, opened.users)
        for connection in room.connections:
            self._greet(connection)
        self._ready(room, opened)

    def _ready(self, room: LiveRoom, opened: Opened) -> None:
        room.shared = opened.subscriber is not None
        room.peers = True
        room.ready.set()
        for message in self._heard.pop(room.id, []):
            self._hear_in(room, message)
        room.show()
        self._changed(room)

    # Redis, as it comes and goes.

    async def keep(self) -> None:
        """Stay in touch with Redis, for ever: hear the other processes, tell that this one lives, come back."""
        while True:
            try:
                subscriber = await self._attach()
            except RedisUnavailable as error:
                self.lose(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(subscriber.listen(self._hear, SILENT_SECONDS))
                    group.create_task(self._beat())
                    group.create_task(self._until_lost())
                    group.create_task(self._recover(subscriber))
            except* RedisUnavailable as errors:
                log.warning("lost touch with redis", reason=str(errors.exceptions[0]))
            except* Exception:  # a fault in here must not cut the process off for ever
                log.exception("redis loop failed")
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                with suppress(RedisUnavailable):
                    await subscriber.close()

    def lose(self, error: RedisUnavailable) -> None:
        """Redis does not answer: every room goes on alone, under an epoch of this process's own."""
        if self._subscriber is None:
            return
        log.warning("redis is away: this process goes on alone", reason=error.detail)
        self._subscriber = None
        self._lost.set()
        for room in list(self.rooms.values()):
            if room.ready.is_set() and room.shared:
                room.replica.absorb(room.owed)
                room.owed = []
                self._switch(room, alone(room.replica.board, local_people(room, self.process)))

    async def _attach(self) -> Subscriber:
        await self._state.connect()
        self._alive = await self._state.beat(self._dead_after)
        subscriber = self._state.subscriber()
        await subscriber.open()
        self._subscriber = subscriber
        self._lost.clear()
        return subscriber

    async def _until_lost(self) -> None:
        await self._lost.wait()
        raise RedisUnavailable("a call was not answered")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            alive = await self._state.beat(self._dead_after)
            if alive != self._alive:
                self._alive = alive
                for room in list(self.rooms.values()):
                    await self._reap(room)

    async def _recover(self, subscriber: Subscriber) -> None:
        """Bring every room that was open before into step with Redis again."""
        for room in list(self.rooms.values()):
            if not room.ready.is_set():
                continue
            if not room.shared:
                self._spawn(self.reopen(room, renew=True))
            else:
                await self._catch_up(room, subscriber)

    async def _catch_up(self, room: LiveRoom, subscriber: Subscriber) -> None:
        """Learn what a broken subscription has lost: ops from the stream, people from the list."""
        await subscribed(subscriber, room.row, self._state.timeout)
        live = await self._state.open(room.id)
        if live.epoch != room.replica.epoch:
            self._spawn(self.reopen(room))
            return
        await self._fill(room)
        presence = room.replica.presence
        for user in set(presence.people) - set(live.people):
            self._hear_left(room, user)
        for user, person in live.people.items():
            presence.join(user, person)
        room.show()

    async def _fill(self, room: LiveRoom) -> None:
        """Fetch the ops of a gap from the stream; load the room anew if they are not there any more."""
        for seq, ops in await self._state.ops_after(room.id, room.replica.next_seq - 1):
            room.replica.receive(seq, ops)
        if room.replica.has_gap:
            self._spawn(self.reopen(room))
        room.show()

    async def fill_later(self, room: LiveRoom) -> None:
        """Wait for ops that may be on their way, then fetch those that are missing still."""
        await asyncio.sleep(GAP_SECONDS)
        if not (room.ready.is_set() and room.shared and room.replica.has_gap):
            return
        try:
            await self._fill(room)
        except RedisUnavailable as error:
            self.lose(error)

    async def _reap(self, room: LiveRoom) -> None:
        """Take out the connections of processes that died; who takes them out keeps what they were drawing (P4)."""
        people = room.replica.presence.people
        dead = [user for user, person in people.items() if person.process not in self._alive | {self.process}]
        if not dead or not room.shared:
            return
        gone = await self._state.leave(room.id, dead, messages.Left(dead))
        for user in dead:
            room.replica.forget_user(user, keep=user in gone)
        if gone:
            self._spawn(self._heal(room))
        self._changed(room)
        room.show()

    async def _heal(self, room: LiveRoom) -> None:
        """Publish what a process that died may have committed, and not published any more."""
        board = await self._drawings.load(room.key)
        room.owed += board.ops_beyond(room.replica.board)
        self._changed(room)

    # Hearing other processes.

    def _hear(self, room_id: UUID, message: messages.Message) -> None:
        if room_id in self._heard:
            self._heard[room_id].append(message)
        elif room := self.rooms.get(room_id):
            self._hear_in(room, message)
            room.show()

    def _hear_in(self, room: LiveRoom, message: messages.Message) -> None:
        room.peers = True
        replica = room.replica
        match message:
            case messages.Ops():
                self._hear_ops(room, message)
            case messages.Shown():
                replica.hear_strokes(message.pieces())
                for user, position in message.cursors:
                    replica.presence.point(user, position, local=False)
            case messages.Joined():
                replica.presence.join(message.user, Person(message.name, message.process))
            case messages.Left():
                for user in message.users:
                    self._hear_left(room, user)
            case messages.Who():
                replica.strokes.republish()
                replica.presence.republish({connection.member.user for connection in room.connections})
                self._changed(room)
            case messages.Renewed() if message.epoch != replica.epoch:
                self._spawn(self.reopen(room))

    def _hear_ops(self, room: LiveRoom, message: messages.Ops) -> None:
        if message.epoch != room.replica.epoch:
            return
        room.replica.receive(message.seq, message.ops)
        if room.replica.has_gap:
            self.mend_gap(room)

    def mend_gap(self, room: LiveRoom) -> None:
        """A seq is missing: see to it."""
        self._spawn(self.fill_later(room))

    def _hear_left(self, room: LiveRoom, user: int) -> None:
        """Another process took a user out; if it is one of this process's (taken for dead), it comes in again."""
        if any(connection.member.user == user for connection in room.connections):
            self._spawn(self.reopen(room))
        else:
            room.replica.forget_user(user)

    def spawn_reopen(self, room: LiveRoom) -> None:
        """Load a room anew in the background: its epoch in Redis is another by now."""
        self._spawn(self.reopen(room))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that is not lost, and whose error is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or isinstance(task.exception(), WhiteboardError):
            return  # whoever waits for it is told
        if error := task.exception():
            log.error("background task failed", exc_info=error)


def local_people(room: LiveRoom, process: str) -> People:
    """The connections of this process in a room."""
    return {each.member.user: Person(each.member.name, process) for each in room.connections}
