"""The other processes on the same Redis: hearing them, finding them dead, and coming back when Redis was lost."""

import asyncio
from contextlib import suppress
from itertools import count
from uuid import UUID

import structlog

from app.core.errors import RedisUnavailable, WhiteboardError
from app.services import live_messages as messages
from app.services.drawings import Drawings
from app.services.live_room import LiveRoom
from app.services.live_state import LiveState, Subscriber
from app.services.opening import subscribed
from app.services.realtime.liveness import Liveness
from app.services.realtime.presence import Person
from app.services.replicas import Replicas
from app.utils.tasks import together

log = structlog.get_logger()

BEAT_SECONDS = 1.0
BEATS_PER_LOOK = 3
SILENT_SECONDS = 3.0
RETRY_SECONDS = 0.25
GAP_SECONDS = 0.2


class Neighbours:
    """This process's touch with Redis, and what comes by it into its replicas.

    `tried`: it has been looked for once, so rooms are loaded as what they are; not alone, and then a second time.
    """

    def __init__(self, replicas: Replicas, state: LiveState, drawings: Drawings, dead_after: float) -> None:
        self.replicas = replicas
        self._state = state
        self._drawings = drawings
        self._liveness = Liveness(dead_after)
        self._mending: set[LiveRoom] = set()
        self.tried = asyncio.Event()
        replicas.hear = self.hear_in

    @property
    def is_first(self) -> bool:
        """Has this process the lowest id of those that live? It does what one alone is to do."""
        return self._state.process == min(self.replicas.alive | {self._state.process})

    async def keep(self) -> None:
        """Stay in touch with Redis until cancelled: hear the other processes, tell that this one lives, come back."""
        while True:
            try:
                subscriber = await self._attach()
            except RedisUnavailable as error:
                self.replicas.lose(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            finally:
                self.tried.set()
            try:
                await together(
                    subscriber.listen(self._hear, SILENT_SECONDS),
                    self._beat(),
                    self._until_lost(),
                    self._recover(subscriber),
                )
            except RedisUnavailable as error:
                self.replicas.figures.redis_losses += 1
                log.warning("lost touch with redis", reason=str(error))
            except Exception:  # a fault in here must not cut the process off for ever
                log.exception("redis loop failed")
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                with suppress(RedisUnavailable):
                    await subscriber.close()

    async def _attach(self) -> Subscriber:
        await self._state.connect()
        self.replicas.alive |= await self.hear_beats()
        subscriber = self._state.subscriber()
        await subscriber.open(room.id for room in self.replicas.rooms.values() if room.shared)
        self.replicas.subscriber = subscriber
        self.replicas.lost.clear()
        return subscriber

    async def _until_lost(self) -> None:
        await self.replicas.lost.wait()
        raise RedisUnavailable("a call was not answered")

    async def _beat(self) -> None:
        """Tell that this process lives, and see to the rooms when another does not any more."""
        for beat in count(1):
            await asyncio.sleep(BEAT_SECONDS)
            if beat % BEATS_PER_LOOK == 0:
                await self._look_behind()
            known, alive = self.replicas.alive, await self.hear_beats()
            self.replicas.alive = alive
            if alive == known:
                continue
            for room in list(self.replicas.rooms.values()):
                await self._reap(room)
                if known - alive:
                    await self._heal(room)

    async def hear_beats(self) -> set[str]:
        """Tell that this process lives; gives the processes that do."""
        loop = asyncio.get_running_loop()
        counts = await self._state.beat(self._liveness.forgotten(loop.time()))
        return self._liveness.hear(counts, loop.time())

    async def _look_behind(self) -> None:
        """Find the rooms whose last message was lost: no later one would ever tell of the gap."""
        rooms = {room.id: room for room in self.replicas.rooms.values() if room.shared and room.ready.is_set()}
        known = {room.id: (room.replica.epoch, room.replica.next_seq - 1) for room in rooms.values()}
        for room_id, (epoch, seq) in (await self._state.moved(known)).items():
            room, seen = rooms[room_id], known[room_id]
            if not (room.shared and room.ready.is_set() and room.settled.is_set()):
                continue
            if epoch != room.replica.epoch:
                self.replicas.outdated(room)
            elif epoch == seen[0] and seq < seen[1]:  # a replica took over that had not heard everything yet
                self.replicas.reopen_later(room, renew=True)
            elif seq >= room.replica.next_seq:
                self._mend_later(room, seq)

    def _mend_later(self, room: LiveRoom, seq: int) -> None:
        """Ops up to `seq` are missing: see to it, in one task a room however many messages show it."""
        if room not in self._mending:
            self._mending.add(room)
            self.replicas.spawn(self._mend(room, seq))

    async def _mend(self, room: LiveRoom, seq: int) -> None:
        """Fetch the ops up to `seq`, unless they come by themselves after all; then see to the next gap, if any."""
        try:
            await asyncio.sleep(GAP_SECONDS)
            if room.ready.is_set() and room.shared and seq >= room.replica.next_seq:
                await self._fill(room)
        except RedisUnavailable as error:
            self.replicas.lose(error)
        finally:
            self._mending.discard(room)
        if room.ready.is_set() and room.shared and room.replica.has_gap:
            self.mend_gap(room)

    async def _recover(self, subscriber: Subscriber) -> None:
        """Bring every room that was open before into step with Redis again."""
        for room in list(self.replicas.rooms.values()):
            if not room.ready.is_set():
                continue
            if not room.shared:
                self.replicas.reopen_later(room, renew=True)
            else:
                await self._catch_up(room, subscriber)

    async def _catch_up(self, room: LiveRoom, subscriber: Subscriber) -> None:
        """Learn what a broken subscription has lost: ops from the stream, people from the list."""
        await subscribed(subscriber, room.row, self._state.timeout)
        seen = room.replica.next_seq - 1
        live = await self._state.open(room.id)
        if live.epoch != room.replica.epoch:
            self.replicas.reopen_later(room)
            return
        if live.seq < seen:
            self.replicas.reopen_later(room, renew=True)
            return
        await self._fill(room)
        room.peers = True  # while this process heard nothing, another one alone was counted as itself
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
            self.replicas.reopen_later(room)
        room.show()

    async def _reap(self, room: LiveRoom) -> None:
        """Take out the connections of processes that died; who takes them out keeps what they were drawing (P4)."""
        people = room.replica.presence.people
        dead = [
            user for user, person in people.items() if person.process not in self.replicas.alive | {self._state.process}
        ]
        if not dead or not room.shared:
            return
        gone = await self._state.leave(room.id, room.replica.epoch, dead)
        for user in dead:
            room.replica.forget_user(user, keep=user in gone)
        self.replicas.changed(room)
        room.show()

    async def _heal(self, room: LiveRoom) -> None:
        """Publish what a process that died may have committed, and not published any more."""
        if not room.shared:
            return
        try:
            board = await self._drawings.load(room.key)
        except WhiteboardError as error:
            log.warning("room not healed", room=str(room.id), reason=error.detail)
            return
        room.owed += board.ops_beyond(room.replica.board)
        self.replicas.changed(room)

    # Hearing other processes.

    def _hear(self, room_id: UUID, message: messages.Message) -> None:
        if room_id in self.replicas.heard:
            self.replicas.heard[room_id].append(message)
        elif room := self.replicas.rooms.get(room_id):
            try:
                self.hear_in(room, message)
                room.show()
            except Exception as error:  # noqa: BLE001 - whatever it is, the other rooms go on hearing
                self.replicas.fail(room, error)

    def hear_in(self, room: LiveRoom, message: messages.Message) -> None:
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
                self.replicas.changed(room)
            case messages.Renewed() if message.epoch != replica.epoch:
                self.replicas.outdated(room)
            case messages.Slept():
                self.replicas.slept(room.id, message.epoch)

    def _hear_ops(self, room: LiveRoom, message: messages.Ops) -> None:
        if message.epoch != room.replica.epoch:
            return
        room.replica.receive(message.seq, message.ops)
        if room.replica.has_gap:
            self.mend_gap(room)

    def mend_gap(self, room: LiveRoom) -> None:
        """A seq is missing: see to it."""
        self._mend_later(room, room.replica.next_seq)

    def _hear_left(self, room: LiveRoom, user: int) -> None:
        """Another process took a user out; if it is one of this process's (taken for dead), it comes in again."""
        if any(connection.member.user == user for connection in room.connections):
            self.replicas.reopen_later(room)
        else:
            room.replica.forget_user(user)
