"""The rooms that this process has replicas of: opening and closing them, and going on alone when Redis is lost (S9)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import structlog

from app.core.config import Settings
from app.core.errors import RedisUnavailable, RoomNotFound, StorageUnavailable, WhiteboardError
from app.core.metrics import Figures
from app.models import Room as RoomRow
from app.services.drawings import Drawings
from app.services.live_messages import Message
from app.services.live_room import LiveRoom
from app.services.live_state import LiveState, Subscriber
from app.services.lives import Lives
from app.services.opening import Opened, People, alone, load_alone, load_shared
from app.services.realtime.member import Greeting
from app.services.realtime.presence import Person
from app.services.realtime.room import Room
from app.services.rounds import Rounds
from app.utils.tasks import end

log = structlog.get_logger()

RETRY_SECONDS = 0.25
WAKING_SECONDS = 2.0
ROUNDS_A_TICK = 20


class Replicas:
    """Every open room by its id. `greeting` is what a welcome begins with; `changed` says that a room gathered
    something, or has something for other processes; `hear` is how a room takes what another process tells.

    `subscriber` is the connection to Redis through which rooms are shared; None while Redis is away, and `lost` is set.
    """

    hear: Callable[[LiveRoom, Message], None]

    def __init__(
        self,
        drawings: Drawings,
        lives: Lives,
        state: LiveState,
        settings: Settings,
        *,
        greeting: Callable[[LiveRoom], Greeting],
        changed: Callable[[LiveRoom], None],
    ) -> None:
        self.rooms: dict[UUID, LiveRoom] = {}
        self.figures = Figures()
        self._drawings = drawings
        self._lives = lives
        self._state = state
        self._tick = settings.tick_ms / 1000
        self._rounds = Rounds(self._tick / ROUNDS_A_TICK)
        self._greeting = greeting
        self.changed = changed
        self.subscriber: Subscriber | None = None
        self.alive: set[str] = set()
        self.lost = asyncio.Event()
        self._opening: dict[UUID, asyncio.Task[LiveRoom]] = {}
        self.heard: dict[UUID, list[Message]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def process(self) -> str:
        """The id of this process among those that share a Redis."""
        return self._state.process

    @property
    def redis_is_up(self) -> bool:
        """Are the rooms shared through Redis just now?"""
        return self.subscriber is not None

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
        if room.gone or not room.ready.is_set():
            return
        room.ready.clear()
        self.heard[room.id] = []
        await room.settled.wait()
        try:
            opened = await self._load_again(room, renew=renew)
            if not room.gone:
                self._switch(room, opened)
        except Exception as error:  # noqa: BLE001 - whatever it is, this room's people must not wait for ever
            self.fail(room, error)

    async def close(self, room: LiveRoom) -> None:
        """Drop the replica of a room that nobody here needs; while Redis is away it stays, for the time after that."""
        if not (room.idle and room.shared and self.subscriber):
            return
        room.ready.clear()
        try:
            await self.subscriber.unsubscribe(room.id)
        except RedisUnavailable as error:
            self.lose(error)
        finally:
            self._drop(room)

    def slept(self, room_id: UUID, epoch: str) -> None:
        """The live state of a room was taken down."""
        room = self.rooms.get(room_id)
        if room and room.ready.is_set() and room.shared and room.replica.epoch == epoch:
            self.outdated(room)

    def outdated(self, room: LiveRoom) -> None:
        """A room has no live state any more, or another epoch: drop it, or load it anew if it is needed here."""
        if room.idle:
            self.spawn(self.close(room))
        else:
            self.reopen_later(room)

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
        self.heard.pop(room.id, None)
        room.ready.set()
        room.settled.set()

    async def _open_once(self, row: RoomRow) -> LiveRoom:
        if row.id not in self._opening:
            task = self.spawn(self._open(row))
            self._opening[row.id] = task
            task.add_done_callback(lambda _: self._opening.pop(row.id))
        return await asyncio.shield(self._opening[row.id])

    async def _open(self, row: RoomRow) -> LiveRoom:
        self.heard[row.id] = []
        try:
            opened = await self._load(row, dict)
        except BaseException:
            self.heard.pop(row.id, None)
            raise
        replica = Room(opened.board, opened.live, self.figures.room_counts)
        room = LiveRoom(row, replica, self._tick, self.changed, self.fail, self._greeting, self._rounds)
        room.settled.set()
        self.rooms[row.id] = room
        self._ready(room, opened)
        if any(person.process not in self.alive for person in opened.live.people.values()):
            self.alive = set()
        return room

    async def _load_again(self, room: LiveRoom, *, renew: bool) -> Opened:
        while True:
            try:
                if renew and self.subscriber:
                    await self._state.renew(room.id)
                return await self._load(room.row, lambda: local_people(room, self.process))
            except RedisUnavailable as error:
                self.lose(error)
            except StorageUnavailable:
                await asyncio.sleep(RETRY_SECONDS)

    async def _load(self, row: RoomRow, people: Callable[[], People]) -> Opened:
        """Load a room, shared if Redis is there, else alone; once more if that changed meanwhile."""
        while True:
            subscriber = self.subscriber
            try:
                if subscriber:
                    opened = await load_shared(row, self._drawings, self._state, subscriber, people(), self._wake)
                else:
                    opened = await load_alone(row, self._drawings, people(), self._wake)
            except RedisUnavailable as error:
                if subscriber is self.subscriber:
                    self.lose(error)
                continue
            if opened.subscriber is self.subscriber:
                return opened

    async def _wake(self, room_id: UUID) -> None:
        """Note that a room is live (L1). If the disk is in the way, it may be looked at meanwhile all the same."""
        try:
            async with asyncio.timeout(WAKING_SECONDS):
                await self._lives.wake(room_id)
        except (StorageUnavailable, TimeoutError):
            self.spawn(self._wake_later(room_id))

    async def _wake_later(self, room_id: UUID) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                return await self._lives.wake(room_id)
            except StorageUnavailable:
                continue
            except RoomNotFound as error:
                if room := self.rooms.get(room_id):
                    self.fail(room, error)
                return None

    def _switch(self, room: LiveRoom, opened: Opened) -> None:
        """Go on with what was loaded, and tell every connection (S9)."""
        room.leaving = []  # loading took out who left before it
        present = {connection.member.user for connection in room.connections}
        for old, new in opened.users.items():
            if old not in present:
                opened.live.people.pop(new, None)
                room.leaving.append(new)
        room.replica.renew(opened.board, opened.live, opened.users)
        for connection in room.connections:
            self.figures.room_counts["epoch"] += 1
            connection.welcome()
        self._ready(room, opened)

    def _ready(self, room: LiveRoom, opened: Opened) -> None:
        room.shared = opened.subscriber is not None
        room.peers = True
        room.loads += 1
        room.ready.set()
        for message in self.heard.pop(room.id, []):
            self.hear(room, message)
        room.show()
        self.changed(room)

    def lose(self, error: RedisUnavailable) -> None:
        """Redis does not answer: every room goes on alone, under an epoch of this process's own."""
        if self.subscriber is None:
            return
        log.warning("redis is away: this process goes on alone", reason=error.detail)
        self.subscriber = None
        self.lost.set()
        for room in list(self.rooms.values()):
            if room.ready.is_set() and room.shared:
                room.replica.keep_strokes_of_others()
                room.replica.absorb(room.owed)
                room.owed = []
                self._switch(room, alone(room.replica.board, local_people(room, self.process)))

    def reopen_later(self, room: LiveRoom, *, renew: bool = False) -> None:
        """Load a room anew in the background."""
        self.spawn(self.reopen(room, renew=renew))

    async def end(self) -> None:
        """Give up what goes on in the background: the server is about to stop, and closes what that needs."""
        await asyncio.gather(*(end(task) for task in self._tasks), return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
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
