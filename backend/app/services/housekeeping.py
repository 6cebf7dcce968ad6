"""What is done now and then, off the live path: notes of activity, and the rooms that nobody is in."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from app.core.clock import Clock
from app.core.config import Settings
from app.core.errors import StorageUnavailable
from app.services.drawings import Drawings
from app.services.hub import Hub
from app.services.live_room import LiveRoom
from app.services.realtime.stamps import BEHIND_MS, stamp_of
from app.services.rooms import Rooms

log = structlog.get_logger()

NOTE_SECONDS = 30.0
FORGET_EVERY_MS = 3600 * 1000
SWEEP_EVERY_MS = 600 * 1000
SPARE_MS = 24 * FORGET_EVERY_MS


class Housekeeping:
    """Writes down activity, and drops what is needed no longer: replicas of empty rooms, snapshots, old tombstones."""

    def __init__(self, hub: Hub, rooms: Rooms, drawings: Drawings, clock: Clock, settings: Settings) -> None:
        self._hub = hub
        self._rooms = rooms
        self._drawings = drawings
        self._clock = clock
        self._forget_at = 0
        self._sweep_at = 0
        self._idle = settings.room_idle_seconds
        self._noted: dict[UUID, tuple[int, int]] = {}

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await asyncio.sleep(min(NOTE_SECONDS, self._idle / 4))
            try:
                await self._tidy()
            except Exception:  # what fails now may work the next time
                log.exception("housekeeping failed")

    async def _tidy(self) -> None:
        await self.note()
        await self._close_idle()
        self._free()
        await self._forget()
        await self._sweep()

    async def note(self) -> None:
        """Save when rooms and sessions were last active, and how many are connected; only what has changed."""
        now = {room.id: (room.active_ms, len(room.replica.presence.people)) for room in self._live() if room.active_ms}
        changed = {room_id: value for room_id, value in now.items() if self._noted.get(room_id) != value}
        self._hub.sum_up()
        sessions, self._hub.sessions = self._hub.sessions, {}
        if not changed and not sessions:
            return
        try:
            await self._rooms.note_activity(
                {room_id: (_time(ms), users) for room_id, (ms, users) in changed.items()},
                {session_id: _time(ms) for session_id, ms in sessions.items()},
            )
        except StorageUnavailable:
            self._hub.sessions = {**sessions, **self._hub.sessions}
            log.warning("activity not noted yet")
            return
        self._noted = now

    async def _close_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for room in self._live():
            if not room.connections and now - room.empty_since >= self._idle:
                await self._hub.replicas.close(room)

    def _free(self) -> None:
        """Snapshots that serve nobody now are encoded anew when somebody comes."""
        for room in self._live():
            room.replica.snapshots.drop()

    async def _forget(self) -> None:
        """Drop tombstones that no op could come back under; live replicas keep theirs until they are loaded anew."""
        now = self._clock.now_ms()
        if now < self._forget_at:
            return
        self._forget_at = now + FORGET_EVERY_MS
        try:
            await self._drawings.forget(stamp_of(now - BEHIND_MS - SPARE_MS))
        except StorageUnavailable:
            log.warning("tombstones not tidied yet")

    async def _sweep(self) -> None:
        """Take out what crashes have left of imports."""
        now = self._clock.now_ms()
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_EVERY_MS
        try:
            if swept := await self._rooms.sweep():
                log.info("unfinished imports removed", rooms=swept)
        except StorageUnavailable:
            log.warning("unfinished imports not removed yet")

    def _live(self) -> list[LiveRoom]:
        return list(self._hub.replicas.rooms.values())


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
