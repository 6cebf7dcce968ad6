"""A WebSocket of a session in a room: what is to be told to it alone, and the writing (step 7 of the write path)."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import structlog

from app.core.metrics import Traffic
from app.core.wire import Wire
from app.services.packing import WORTH_BYTES, Packer
from app.services.realtime import sync
from app.services.realtime.member import Member
from app.services.realtime.outbox import Data, Frame, encoded

if TYPE_CHECKING:
    from app.services.live_room import LiveRoom

log = structlog.get_logger()
packer = Packer()

WRITTEN_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Closing:
    """Why a connection is to be closed, and the last frame that it is sent."""

    code: int
    reason: str
    farewell: Data | None


@dataclass(slots=True, eq=False, repr=False)
class Connection:
    """One WebSocket of a session in a room. `gzip`: it takes binary frames (C5)."""

    room: "LiveRoom"
    member: Member
    session_id: UUID
    wire: Wire
    gzip: bool = False
    closing: Closing | None = None
    traffic: Traffic = field(default_factory=Traffic)
    told_unsaved: float = 0.0
    active_ms: int = 0
    _drained: asyncio.Event | None = None

    def follow(self, frame: Frame) -> bool:
        """Write a tick, the newest: in most cases it is all that is due. Tells whether it was."""
        data, wire = frame.data, self.wire
        if wire.ready and (data.size < WORTH_BYTES or not self.gzip) and self.member.outbox.follow(frame):
            self.traffic.frames_out += 1
            self.traffic.bytes_out += data.size
            wire.write(data.message)
            return True
        self.write()
        return False

    def welcome(self, since: tuple[str, int] | None = None) -> None:
        """Begin, or begin anew under another epoch (S1, S9); `since`: the epoch and seq that it has."""
        sync.welcome(self.room.replica, self.member, self.room.greeting(), since)
        self.write()

    def resync(self) -> None:
        """Send the whole drawing again (S6)."""
        sync.resync(self.room.replica, self.member, self.room.greeting)
        self.write()

    def tell(self, frame: msgspec.Struct) -> None:
        """Send a frame to this connection alone: at once, if no other goes before it."""
        data, outbox = encoded(frame), self.member.outbox
        if self.wire.ready and self.closing is None and not outbox.state and not outbox.letters:
            self.traffic.went(data.size)
            self.wire.write(data.message)
            return
        outbox.letters.append(data)
        self.write()

    def close(self, code: int, reason: str, farewell: msgspec.Struct | None = None) -> None:
        """Close once all that is due was sent, and `farewell` after it; the first reason stands."""
        if self.closing is None:
            self.closing = Closing(code, reason, encoded(farewell) if farewell else None)
        self.write()

    def may_be_told(self, most: int) -> bool:
        """Is there room for so many frames of its own, and the connection not at its end?"""
        return self.closing is None and self.member.outbox.has_room_for(most)

    async def uncongested(self) -> None:
        """Wait while the connection is behind with its own frames: nothing more is taken from it meanwhile (S7)."""
        while self._congested:
            self._drained = asyncio.Event()
            await self._drained.wait()

    def write(self) -> None:
        """Write: send what there is while the wire takes it; then close, if that was asked for."""
        try:
            while self.wire.ready and (messages := self._due()):
                self.wire.write_all(messages)
            if self.closing and self.wire.ready and not self.member.outbox.state:
                self._end(self.closing)
        except Exception:
            log.exception("connection failed", room=str(self.room.id), session=str(self.session_id))
            self.wire.close(1011, "something went wrong on the server")
        if self._drained and not self._congested:
            self._drained.set()

    @property
    def _congested(self) -> bool:
        return self.member.outbox.full and self.closing is None and not self.wire.closed

    def _due(self) -> list[bytes]:
        """The next messages, as many as go out at once."""
        messages: list[bytes] = []
        size = 0
        while size < WRITTEN_AT_ONCE:
            data = sync.next_frame(self.room.replica, self.member, self.room.greeting)
            if data is None:
                break
            message = packer.packed(data, self.write) if self.gzip else data.message
            if message is None:
                self.member.outbox.put_back(data)
                break
            messages.append(message)
            size += len(message)
            self.traffic.went(data.size)
        return messages

    def _end(self, closing: Closing) -> None:
        if closing.farewell:
            self.traffic.went(closing.farewell.size)
            self.wire.write(closing.farewell.message)
        self.wire.close(closing.code, closing.reason)
