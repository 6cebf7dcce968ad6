"""The hub of a process: it gathers what connections send, and every tick commits, publishes and delivers it.

The write path, in order: `accept` (merge) → `_tick`: `_commit` (fsync) → `_publish` (Redis) → `_deliver`.
"""

import asyncio
import contextlib
import sys
from uuid import UUID

import structlog

from app.core.clock import Clock
from app.core.config import Settings
from app.core.errors import RedisUnavailable, StorageUnavailable
from app.models import Room as RoomRow
from app.models import UserSession
from app.schemas import frames
from app.services.drawings import Drawings, RoomOps
from app.services.intake import Intake
from app.services.live_messages import Left, shown
from app.services.live_room import Connection, LiveRoom
from app.services.live_state import LiveState, Publication
from app.services.realtime import sync
from app.services.realtime.member import Batch, Greeting, Member
from app.services.realtime.outbox import Data
from app.services.replicas import Replicas

log = structlog.get_logger()

RETRY_SECONDS = (0.1, 0.25, 0.5, 1.0)
UNSAVED_SECONDS = 5.0
GOODBYE_SECONDS = 2.0

Gathered = list[tuple[LiveRoom, Batch]]


class Hub:
    """Every live room of this process, and the loops that serve them."""

    def __init__(self, drawings: Drawings, state: LiveState, clock: Clock, settings: Settings) -> None:
        self._drawings = drawings
        self._state = state
        self._clock = clock
        self._intake = Intake(clock)
        self._tick_ms = settings.tick_ms
        self._max_frame = settings.max_frame
        self._seconds = settings.tick_ms / 1000
        self._gathered: dict[LiveRoom, None] = {}
        self._telling: dict[LiveRoom, None] = {}
        self._to_commit = asyncio.Event()
        self._to_tell = asyncio.Event()
        self._left = asyncio.Event()
        self._ticking = asyncio.Lock()
        self.stopping = False
        self.sessions: dict[UUID, int] = {}
        self.replicas = Replicas(drawings, state, settings, greet=self._greet, changed=self._note)

    # Connections.

    async def enter(self, row: RoomRow, session: UserSession, since: tuple[str, int] | None) -> Connection:
        """Let a connection into its room: its outbox begins with a welcome. Raises RoomNotFound, StorageUnavailable."""
        while True:
            room = await self.replicas.get(row)
            epoch = room.replica.epoch
            user = await self._number(room, session.name)
            if user is not None and room.ready.is_set() and not room.gone and room.replica.epoch == epoch:
                break
            await self._give_back(room, user)
        connection = Connection(room, Member(user, session.name), session.id)
        room.connections.add(connection)
        room.replica.add(connection.member, self.replicas.process)
        self._touch(connection)
        sync.welcome(room.replica, connection.member, self._greeting(room), since)
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
        self._left.set()
        self._note(room)
        room.show()

    async def accept(self, connection: Connection, batch: frames.Batch) -> None:
        """Merge: take a batch into what its room gathers for the next tick. Raises BadFrame."""
        await self._intake.take(connection, batch)
        self._touch(connection)
        self._note(connection.room)
        connection.room.show()

    def resync(self, connection: Connection) -> None:
        """Send the whole drawing again."""
        sync.resync(connection.room.replica, connection.member, lambda: self._greeting(connection.room))
        connection.woken.set()

    def ping(self, connection: Connection, ping: frames.Ping) -> None:
        """Answer a ping."""
        connection.tell(frames.Pong(ping.c, self._clock.now_ms()))

    def next_frame(self, connection: Connection) -> Data | None:
        """What to send to a connection next, if anything."""
        room = connection.room
        data = sync.next_frame(room.replica, connection.member, lambda: self._greeting(room))
        if not connection.member.outbox.full:
            connection.drained.set()
        return data

    async def count(self, room_id: UUID) -> int:
        """How many connections are in a room that this process has no replica of; 0 while Redis is away."""
        try:
            return await self._state.count(room_id) if self.replicas.redis_is_up else 0
        except RedisUnavailable:
            return 0

    def _greet(self, connection: Connection) -> None:
        sync.welcome(connection.room.replica, connection.member, self._greeting(connection.room))
        connection.woken.set()

    def _greeting(self, room: LiveRoom) -> Greeting:
        return Greeting(room.out(), self._clock.now_ms(), self._tick_ms, self._max_frame)

    def _touch(self, connection: Connection) -> None:
        now = self._clock.now_ms()
        connection.room.active_ms = now
        self.sessions[connection.session_id] = now

    async def _number(self, room: LiveRoom, name: str) -> int | None:
        """The number of a new connection; None if the room has another epoch by now."""
        if not room.shared:
            return room.next_user()
        try:
            return await self._state.join(room.id, room.replica.epoch, name)
        except RedisUnavailable as error:
            self.replicas.lose(error)
            return None

    async def _give_back(self, room: LiveRoom, user: int | None) -> None:
        if user is None:
            await self.replicas.reopen(room)
        else:
            room.leaving.append(user)
            self._note(room)

    # The write path.

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.replicas.keep())
            group.create_task(self._commit_loop())
            group.create_task(self._tell_loop())

    async def _commit_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._to_commit.wait()
            begun = loop.time()
            lag = 0.0
            try:
                lag = await self._tick()
            except Exception:
                log.exception("tick failed")
            await asyncio.sleep(max(0.0, begun + self._seconds + lag - loop.time()))

    async def _tick(self) -> float:
        """Commit, publish and deliver what every room has gathered; gives the seconds that delivery lags behind."""
        async with self._ticking:
            self._to_commit.clear()
            rooms = [room for room in self._gathered if room.ready.is_set()]
            for room in rooms:
                del self._gathered[room]
            gathered = [(room, room.replica.take()) for room in rooms]
            gathered = [(room, batch) for room, batch in gathered if batch or room.owed]
            for room, _ in gathered:
                room.settled.clear()
            try:
                gathered = await self._commit(gathered)
                await self._publish(gathered)
            finally:
                for room in rooms:
                    room.settled.set()
            return self._deliver(gathered)

    async def _commit(self, gathered: Gathered) -> Gathered:
        """Save every room's ops in one transaction, and go on trying while the disk is in the way."""
        attempt = 0
        changed = [(room, batch) for room, batch in gathered if batch.changes]
        while changed:
            try:
                await self._drawings.commit([RoomOps(room.key, batch.changes.ops()) for room, batch in changed])
            except StorageUnavailable:
                log.warning("not saved yet", rooms=len(changed), attempt=attempt)
                self._tell_unsaved(changed)
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
            except Exception as error:  # noqa: BLE001 - one room's trouble must not stop the others
                return await self._commit_apart(gathered, error)
            else:
                break
        return gathered

    async def _commit_apart(self, gathered: Gathered, error: Exception) -> Gathered:
        """A commit fails for another reason than the disk: find the room that it is, and give that one up."""
        if len(gathered) == 1:
            self.replicas.fail(gathered[0][0], error)
            return []
        return [pair for each in gathered for pair in await self._commit([each])]

    def _tell_unsaved(self, gathered: Gathered) -> None:
        now = asyncio.get_running_loop().time()
        for room, batch in gathered:
            waiting = {**batch.acks, **room.replica.owing}
            for connection in room.connections:
                if connection.member in waiting and now >= connection.told_unsaved + UNSAVED_SECONDS:
                    connection.told_unsaved = now
                    detail = "not saved yet: the server goes on trying"
                    n = waiting[connection.member]
                    connection.tell(frames.Error("storage_unavailable", detail, self._clock.now_ms(), n))

    async def _publish(self, gathered: Gathered) -> None:
        """Give each room's ops their seq: in Redis, or in this process alone while Redis is away."""
        sending = [(room, batch) for room, batch in gathered if room.shared and (batch.changes or room.owed)]
        seqs: dict[LiveRoom, int | None] = {}
        if sending:
            ops = [Publication(r.id, r.replica.epoch, r.owed + b.changes.ops()) for r, b in sending]
            try:
                seqs = dict(zip((room for room, _ in sending), await self._state.publish_ops(ops), strict=True))
            except RedisUnavailable as error:
                self.replicas.lose(error)
        for room, batch in gathered:
            self._receive(room, batch, seqs)

    def _receive(self, room: LiveRoom, batch: Batch, seqs: dict[LiveRoom, int | None]) -> None:
        ops = room.owed + batch.changes.ops()
        room.owed = []
        replica = room.replica
        batch.seq = replica.next_seq - 1
        if ops and room.shared and room in seqs:
            seq = seqs[room]
            if seq is None:  # another epoch by now: they are published again under that
                room.owed = ops
                batch.seq = sys.maxsize
                self.replicas.spawn_reopen(room)
            else:
                replica.receive(seq, ops)
                batch.seq = seq
        elif ops:
            batch.seq = replica.next_seq
            replica.receive(batch.seq, ops)
        replica.settle(batch)

    def _deliver(self, gathered: Gathered) -> float:
        """Show what has arrived to every room's connections, as soon as the pace allows."""
        for room, _ in gathered:
            if room.replica.has_gap:
                self.replicas.mend_gap(room)
            room.show()
            if room.owed or room.replica.gathered:
                self._note(room)
        return min((room.lag() for room, _ in gathered), default=0.0)

    # Strokes, cursors and leaving, for other processes: they wait for no disk (P2).

    async def _tell_loop(self) -> None:
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            rooms, self._telling = list(self._telling), {}
            try:
                await self._tell(rooms)
            except RedisUnavailable as error:
                self.replicas.lose(error)
            except Exception:
                log.exception("telling other processes failed")
            await asyncio.sleep(self._seconds / 2)

    async def _tell(self, rooms: list[LiveRoom]) -> None:
        for room in rooms:
            leaving, room.leaving = room.leaving, []
            if leaving and self.replicas.redis_is_up:
                await self._state.leave(room.id, leaving, Left(leaving))
        told = []
        for room in rooms:
            strokes, cursors = room.replica.strokes.take_unpublished(), room.replica.presence.take_unpublished()
            if room.shared and room.peers and (strokes or cursors):
                told.append((room, shown(strokes, cursors)))
        if told:
            heard = await self._state.publish([(room.id, message) for room, message in told])
            for (room, _), processes in zip(told, heard, strict=True):
                room.peers = processes > 1

    def _note(self, room: LiveRoom) -> None:
        """Something is to be done for a room."""
        if room.replica.gathered or room.owed:
            self._gathered[room] = None
            self._to_commit.set()
        if room.leaving or room.replica.strokes.unpublished or room.replica.presence.unpublished:
            self._telling[room] = None
            self._to_tell.set()

    # The end.

    async def drain(self) -> None:
        """C4: commit and send what is under way, say goodbye, and close every connection."""
        self.stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._tick()
        connections = [each for room in self.replicas.rooms.values() for each in room.connections]
        for room in self.replicas.rooms.values():
            room.show_all()
        for connection in connections:
            connection.tell(frames.Bye(retry_ms=500 + len(connections)))
            connection.close(1012, "the server restarts")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._until_left()
                await self._tick()
                await self._tell(list(self.replicas.rooms.values()))

    async def _until_left(self) -> None:
        while any(room.connections for room in self.replicas.rooms.values()):
            self._left.clear()
            await self._left.wait()
