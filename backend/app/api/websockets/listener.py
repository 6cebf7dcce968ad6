"""Takes what a connection sends after its hello, to its end: no task and no timer of its own while nothing comes."""

import asyncio
from typing import Any

import structlog
from fastapi import WebSocketDisconnect

from app.api.websockets.received import Refused, frame_of
from app.api.websockets.visits import Visit
from app.core.shared_timers import shared_timers
from app.schemas import frames
from app.schemas.plain_batch import read_plain_batch
from app.services.connection import Connection
from app.services.hub import Hub

log = structlog.get_logger()

CLOSE_SECONDS = 2.0
EXPIRY_GRAIN = 0.1
NEAR_SECONDS = 3600.0
FAR_GRAIN = NEAR_SECONDS / 10
"""A token that is good for longer is looked at again before its end, together with many others."""


class Listener:
    """That of one connection. `seconds`: how long its token is good."""

    __slots__ = ("_connection", "_due", "_expires", "_hub", "_is_ending", "_is_over", "_visit")

    def __init__(self, connection: Connection, hub: Hub, visit: Visit, seconds: float) -> None:
        self._connection = connection
        self._hub = hub
        self._visit = visit
        self._is_ending = self._is_over = False
        self._expires = asyncio.get_running_loop().time() + seconds
        self._due = 0.0
        self._watch()

    def hear(self, payload: bytes) -> bool:
        """Take a frame at once, past ASGI: any plain batch or ping that `take` is not to refuse, nor to wait for."""
        try:
            batch = read_plain_batch(payload)
            accept = self._hub.accept_at_once
            if not (accept(self._connection, batch) if batch else self._answered(payload)):
                return False
        except Exception:
            log.exception("connection failed", **self._names())
            self._fail()
        self._visit.traffic.came(len(payload))
        return True

    def _answered(self, payload: bytes) -> bool:
        if b'"ping"' not in payload or not self._connection.may_be_told(1):
            return False
        try:
            frame = frames.read_frame(payload.decode())
        except (frames.BadFrame, UnicodeDecodeError):
            return False
        if isinstance(frame, frames.Ping):
            self._hub.ping(self._connection, frame)
        return isinstance(frame, frames.Ping)

    async def take(self, event: dict[str, Any]) -> None:
        """Take a frame, or the end; a bad frame closes the connection (C1). After that only the end is waited for."""
        try:
            if not self._is_ending or event["type"] == "websocket.disconnect":
                await self._take(frame_of(event, self._visit.traffic))
        except Refused as refused:
            self._connection.close(refused.code, refused.reason)
            self._end_soon()
        except WebSocketDisconnect as gone:
            self._end(gone.code, gone.reason)
        except Exception:
            log.exception("connection failed", **self._names())
            self._fail()
            self._end_soon()

    async def _take(self, frame: frames.ClientFrame) -> None:
        hub, connection = self._hub, self._connection
        if connection.closing is not None:
            return
        match frame:
            case frames.Batch():
                try:
                    await hub.accept(connection, frame)
                except frames.BadFrame as bad:
                    raise Refused(4400, str(bad)) from None
            case frames.Ping():
                await connection.uncongested()
                hub.ping(connection, frame)
            case frames.Resync():
                hub.resync(connection)
            case frames.Hello():
                raise Refused(4400, "a second hello")

    def _names(self) -> dict[str, str]:
        return {"room": str(self._connection.room.id), "session": str(self._connection.session_id)}

    def _fail(self) -> None:
        self._connection.close(1011, "something went wrong on the server")

    def _end_soon(self) -> None:
        """Wait a moment for what is due to be written before the close."""
        self._is_ending = True
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._give_up)

    def _give_up(self) -> None:
        if not self._is_over:
            self._end(1006, None)
            self._connection.wire.end()

    def _end(self, code: int, reason: str | None) -> None:
        """It is over: everybody is told, and the log."""
        if self._is_over:
            return
        self._is_over = True
        shared_timers(asyncio.get_running_loop()).remove(self._due, self)
        if closing := self._connection.closing:
            self._visit.closed(closing.code, closing.reason)
        else:
            self._visit.lost(code, reason)
        try:
            self._hub.leave(self._connection)
        finally:
            self._visit.over()

    # The end of the token.

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        far = self._expires - loop.time() > 2 * NEAR_SECONDS
        due, grain = (self._expires - NEAR_SECONDS, FAR_GRAIN) if far else (self._expires, EXPIRY_GRAIN)
        self._due = shared_timers(loop).add(due, grain, self)

    def check(self) -> None:
        """Close the connection if its token has expired (C1), or look again later."""
        if self._expires <= asyncio.get_running_loop().time() + EXPIRY_GRAIN / 2:
            self._connection.close(4401, "the token has expired")
        else:
            self._watch()
