"""The write path of a process: every tick commits, publishes and delivers what its rooms have gathered.

In order: `tick` takes what was gathered → `_commit` (fsync) → `_publish` (Redis) → `_receive` → `_deliver`.
"""

import asyncio
import sys

import structlog

from app.core.clock import Clock
from app.core.errors import RedisUnavailable, StorageUnavailable
from app.schemas import frames
from app.schemas.ops import Op
from app.services.drawings import Drawings, RoomOps
from app.services.live_room import LiveRoom
from app.services.live_state import LiveState, Publication
from app.services.neighbours import Neighbours
from app.services.realtime.member import Batch

log = structlog.get_logger()

RETRY_SECONDS = (0.1, 0.25, 0.5, 1.0)
UNSAVED_SECONDS = 5.0

Gathered = list[tuple[LiveRoom, Batch]]


class Ticks:
    """The commit loop: one transaction and one pipeline for all rooms; while they run, the next tick gathers."""

    def __init__(
        self, drawings: Drawings, state: LiveState, clock: Clock, neighbours: Neighbours, seconds: float
    ) -> None:
        self._drawings = drawings
        self._state = state
        self._clock = clock
        self._neighbours = neighbours
        self._replicas = neighbours.replicas
        self._seconds = seconds
        self._gathered: dict[LiveRoom, None] = {}
        self._figures = neighbours.replicas.figures
        self._due = 0.0
        self._work = asyncio.Event()
        self._ticking = asyncio.Lock()

    def note(self, room: LiveRoom) -> None:
        """A room may have something to commit or to publish."""
        if room.replica.gathered or room.owed:
            self._gathered[room] = None
            if not self._work.is_set():
                self._due = max(self._due, asyncio.get_running_loop().time())
                self._work.set()

    async def run(self) -> None:
        """Tick until cancelled, at least a tick's time apart, and not at all while there is nothing to do."""
        loop = asyncio.get_running_loop()
        while True:
            await self._work.wait()
            begun = loop.time()
            self._figures.tick_lag.observe(begun - self._due)
            lag = 0.0
            try:
                lag = await self.tick()
            except Exception:
                log.exception("tick failed")
            earliest = begun + self._seconds + lag
            self._due = max(self._due, earliest)
            await asyncio.sleep(max(0.0, earliest - loop.time()))

    async def tick(self) -> float:
        """Commit, publish and deliver what every room has gathered; gives the seconds that delivery lags behind."""
        async with self._ticking:
            self._work.clear()
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
                await self._save([RoomOps(room.key, batch.changes.ops()) for room, batch in changed])
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

    async def _save(self, changes: list[RoomOps]) -> None:
        figures, begun = self._figures, asyncio.get_running_loop().time()
        try:
            await self._drawings.commit(changes)
        except StorageUnavailable:
            figures.storage_up = False
            figures.commits_failed += 1
            raise
        figures.storage_up = True
        figures.ops_committed += sum(len(change.ops) for change in changes)
        figures.commit_seconds.observe(asyncio.get_running_loop().time() - begun)

    async def _commit_apart(self, gathered: Gathered, error: Exception) -> Gathered:
        """A commit fails for another reason than the disk: find the room that it is, and give that one up."""
        if len(gathered) == 1:
            self._replicas.fail(gathered[0][0], error)
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
        owing = {room: len(room.owed) for room, _ in gathered}  # what is found meanwhile is published by the next tick
        seqs: dict[LiveRoom, int | None] = {}
        if sending:
            ops = [Publication(r.id, r.replica.epoch, r.owed + b.changes.ops()) for r, b in sending]
            try:
                seqs = dict(zip((room for room, _ in sending), await self._state.publish_ops(ops), strict=True))
            except RedisUnavailable as error:
                self._replicas.lose(error)
        for room, batch in gathered:
            owed, room.owed = room.owed[: owing[room]], room.owed[owing[room] :]
            self._receive(room, batch, owed + batch.changes.ops(), seqs)

    def _receive(self, room: LiveRoom, batch: Batch, ops: list[Op], seqs: dict[LiveRoom, int | None]) -> None:
        replica = room.replica
        batch.seq = replica.next_seq - 1
        if ops and room.shared and room in seqs:
            seq = seqs[room]
            if seq is None:  # another epoch by now: they are published again under that
                room.owed = ops + room.owed
                batch.seq = sys.maxsize
                self._replicas.reopen_later(room)
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
                self._neighbours.mend_gap(room)
            room.show()
            if room.owed or room.replica.gathered:
                self.note(room)
        return min((room.lag() for room, _ in gathered), default=0.0)
