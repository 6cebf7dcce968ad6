"""What other processes are told at once, without waiting for the disk (P2): strokes, cursors, and who left."""

import asyncio

import structlog

from app.core.errors import RedisUnavailable
from app.services.live_messages import shown
from app.services.live_room import LiveRoom
from app.services.live_state import LiveState
from app.services.replicas import Replicas

log = structlog.get_logger()


class Telling:
    """The loop that tells them, twice a tick at most: what is told here and shown there is late by two steps."""

    def __init__(self, state: LiveState, replicas: Replicas, tick_seconds: float) -> None:
        self._state = state
        self._replicas = replicas
        self._pause = tick_seconds / 2
        self._rooms: dict[LiveRoom, None] = {}
        self._work = asyncio.Event()

    def note(self, room: LiveRoom) -> None:
        """A room may have something to tell."""
        news = room.peers and (room.replica.strokes.unpublished or room.replica.presence.unpublished)
        if news or room.leaving:
            self._rooms[room] = None
            self._work.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            rooms, self._rooms = list(self._rooms), {}
            try:
                await self.tell(rooms)
            except RedisUnavailable as error:
                self._replicas.lose(error)
            except Exception:
                log.exception("telling other processes failed")
            await asyncio.sleep(self._pause)

    async def tell(self, rooms: list[LiveRoom]) -> None:
        """Tell what the rooms have; a room that no other process has a replica of has nothing to tell."""
        for room in rooms:
            if room.is_saving_the_last:
                self.note(room)
                continue
            leaving, room.leaving = room.leaving, []
            if leaving and self._replicas.redis_is_up:
                await self._state.leave(room.id, room.replica.epoch, leaving)
        told = []
        for room in rooms:
            if not (room.shared and room.peers):
                room.replica.skip_unpublished()
            elif room.replica.strokes.unpublished or room.replica.presence.unpublished:
                strokes, cursors = room.replica.strokes.take_unpublished(), room.replica.presence.take_unpublished()
                told.append((room, shown(strokes, cursors)))
        if not told:
            return
        heard = await self._state.publish([(room.id, message) for room, message in told])
        for (room, _), processes in zip(told, heard, strict=True):
            room.peers = processes > 1
