"""The hub of a process: connections enter and leave it, and hand it their batches; its loops do the rest."""

import asyncio
import contextlib
from uuid import UUID

import structlog
from msgspec import UNSET

from app.core.clock import Clock
from app.core.config import Settings
from app.core.errors import RedisUnavailable
from app.core.wire import Wire
from app.models import Room as RoomRow
from app.models import UserSession
from app.schemas import frames
from app.schemas.plain_batch import PlainBatch
from app.services.connection import Connection
from app.services.drawings import Drawings
from app.services.intake import Intake
from app.services.live_room import LiveRoom
from app.services.live_state import LiveState
from app.services.lives import Lives
from app.services.neighbours import Neighbours
from app.services.realtime.member import Greeting, Member
from app.services.replicas import Replicas
from app.services.sleeping import Sleeping
from app.services.telling import Telling
from app.services.ticks import Ticks
from app.utils.tasks import together

log = structlog.get_logger()

GOODBYE_SECONDS = 2.0


class Hub:
    """Every live room of this process, and the loops that serve them."""

    def __init__(self, drawings: Drawings, lives: Lives, state: LiveState, clock: Clock, settings: Settings) -> None:
        self._drawings = drawings
        self._state = state
        self._clock = clock
        self._tick_ms = settings.tick_ms
        self._max_frame = settings.max_frame
        self._left = asyncio.Event()
        self.stopping = False
        self.sessions: dict[UUID, int] = {}
        self.replicas = Replicas(drawings, lives, state, settings, greeting=self._greeting, changed=self._note)
        self.figures = self.replicas.figures
        self._intake = Intake(clock, self.figures)
        self._neighbours = Neighbours(self.replicas, state, drawings, settings.process_timeout_seconds)
        self._ticks = Ticks(drawings, state, clock, self._neighbours, settings.tick_ms / 1000)
        self._telling = Telling(state, self.replicas, settings.tick_ms / 1000)
        self._sleeping = Sleeping(lives, state, self._neighbours, settings.room_idle_seconds)

    # Connections.

    async def enter(
        self, row: RoomRow, session: UserSession, since: tuple[str, int] | None, wire: Wire, *, gzip: bool
    ) -> Connection:
        """Let a connection into its room: its outbox begins with a welcome. Raises RoomNotFound, StorageUnavailable."""
        while True:
            room = await self.replicas.get(row)
            loads = room.loads
            user = await self._number(room, session.name)
            if user is not None and room.ready.is_set() and not room.gone and room.loads == loads:
                break
            await self._give_back(room, user)
        connection = Connection(room, Member(user, session.name), session.id, wire, gzip)
        wire.on_change = connection.write
        room.connections.add(connection)
        room.replica.add(connection.member, self.replicas.process)
        self._touch(connection)
        if since is None:
            self.figures.room_counts["join"] += 1
        connection.welcome(since)
        room.show()
        return connection

    def leave(self, connection: Connection) -> None:
        """A connection is gone: what it was drawing is kept, and everybody is told (P1, P4)."""
        room = connection.room
        room.connections.discard(connection)
        room.empty_since = asyncio.get_running_loop().time()
        room.replica.remove(connection.member)
        if room.shared:
            room.leaving.append(connection.member.user)
        self._touch(connection)
        self._sum_up(connection)
        self._left.set()
        self._note(room)
        room.show()

    async def accept(self, connection: Connection, batch: frames.Batch) -> None:
        """Merge: take a batch into what its room gathers for the next tick. Raises BadFrame."""
        await self._intake.take(connection, batch)
        self._taken(connection, batch, self._clock.now_ms())

    def accept_at_once(self, connection: Connection, batch: PlainBatch) -> bool:
        """Merge, as `accept` does, if the batch is neither to be refused nor to wait; gives whether that was done."""
        now = self._clock.now_ms()
        taken = self._intake.take_at_once(connection, batch, now)
        if taken:
            self._taken(connection, batch, now)
        return taken

    def _taken(self, connection: Connection, batch: frames.Batch | PlainBatch, now_ms: int) -> None:
        room = connection.room
        room.active_ms = connection.active_ms = now_ms
        if batch.n is not UNSET:
            self._ticks.note(room)
        self._telling.note(room)
        room.show_soon()

    def resync(self, connection: Connection) -> None:
        """Send the whole drawing again."""
        connection.resync()

    def ping(self, connection: Connection, ping: frames.Ping) -> None:
        """Answer a ping."""
        connection.tell(frames.Pong(ping.c, self._clock.now_ms()))

    async def count(self, room_id: UUID) -> int:
        """How many connections are in a room that this process has no replica of; 0 while Redis is away."""
        try:
            return await self._state.count(room_id) if self.replicas.redis_is_up else 0
        except RedisUnavailable:
            return 0

    def _greeting(self, room: LiveRoom) -> Greeting:
        return Greeting(room.out(), self._clock.now_ms(), self._tick_ms, self._max_frame)

    def _touch(self, connection: Connection) -> None:
        connection.room.active_ms = connection.active_ms = self._clock.now_ms()

    def sum_up(self) -> None:
        """Bring `sessions` up to date: when each was last active, in milliseconds of the server's clock."""
        for room in self.replicas.rooms.values():
            for connection in room.connections:
                self._sum_up(connection)

    def _sum_up(self, connection: Connection) -> None:
        if connection.active_ms:
            before = self.sessions.get(connection.session_id, 0)
            self.sessions[connection.session_id] = max(before, connection.active_ms)
            connection.active_ms = 0

    async def _number(self, room: LiveRoom, name: str) -> int | None:
        """The number of a new connection; None if the room has another epoch by now."""
        if not room.shared:
            return room.next_user()
        room.entering += 1
        try:
            return await self._state.join(room.id, room.replica.epoch, name)
        except RedisUnavailable as error:
            self.replicas.lose(error)
            return None
        finally:
            room.entering -= 1

    async def _give_back(self, room: LiveRoom, user: int | None) -> None:
        if user is None:
            await self.replicas.reopen(room)
        else:
            room.leaving.append(user)
            self._note(room)

    def _note(self, room: LiveRoom) -> None:
        """Something may be to be done for a room."""
        self._ticks.note(room)
        self._telling.note(room)

    # The loops, and their end.

    @property
    def ready(self) -> asyncio.Event:
        """Set as soon as guests may come: before, their rooms would be loaded without Redis, and then with it."""
        return self._neighbours.tried

    async def run(self) -> None:
        """Serve until cancelled; nothing goes on behind it then."""
        serving = (self._neighbours.keep(), self._ticks.run(), self._telling.run(), self._sleeping.run())
        try:
            await together(*serving)
        finally:
            await self.replicas.end()

    async def drain(self) -> None:
        """C4: commit and send what is under way, say goodbye, and close every connection."""
        self.stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._ticks.tick()
        connections = [each for room in self.replicas.rooms.values() for each in room.connections]
        for room in self.replicas.rooms.values():
            room.show_all()
        for connection in connections:
            connection.close(1012, "the server restarts", frames.Bye(retry_ms=500 + len(connections)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._until_left()
                await self._ticks.tick()
                await self._telling.tell(list(self.replicas.rooms.values()))

    async def _until_left(self) -> None:
        while any(room.connections for room in self.replicas.rooms.values()):
            self._left.clear()
            await self._left.wait()
