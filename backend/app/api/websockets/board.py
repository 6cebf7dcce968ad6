"""The socket of a room: reads a client's frames into the hub, and writes what the hub has for it."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.api.dependencies.services import Services, ServicesDep
from app.api.errors import problem_of
from app.api.websockets.origin import origin_allowed
from app.api.websockets.visits import Visit
from app.api.websockets.wire import wire_of
from app.core.errors import (
    OriginNotAllowed,
    RoomNotFound,
    StorageUnavailable,
    TooManyWaiting,
    Unauthenticated,
    WhiteboardError,
)
from app.core.security import Claims
from app.schemas import frames
from app.schemas.plain_batch import read_plain_batch
from app.services.connection import Connection

router = APIRouter()
log = structlog.get_logger()

SUBPROTOCOL = "whiteboard.v1"
CLOSE_SECONDS = 2.0


class Refused(Exception):  # noqa: N818 - the protocol's word
    """The socket is to be closed with a code, and a reason for people."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/api/rooms/{room_id}/ws")
async def board(websocket: WebSocket, room_id: str, services: ServicesDep) -> None:
    """One connection, from the upgrade to its end."""
    visit = Visit(services.hub.figures)
    try:
        await _serve(websocket, room_id, services, visit)
    except Refused as refused:
        visit.closed(refused.code, refused.reason)
        await _close(websocket, refused.code, refused.reason)
    except WebSocketDisconnect as gone:
        visit.lost(gone.code, gone.reason)
    finally:
        visit.over()


async def _serve(websocket: WebSocket, room_id: str, services: Services, visit: Visit) -> None:
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host", "")
    if not origin_allowed(origin, host, services.settings.origins):
        await _deny(websocket, OriginNotAllowed(), visit)
        return
    if not services.lobby.admits():
        await _deny(websocket, TooManyWaiting(), visit)
        return
    try:
        await services.database.reach()
    except StorageUnavailable as error:  # a web server in front may ask another process
        await _deny(websocket, error, visit)
        return
    offered = websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    if offered and SUBPROTOCOL not in offered:
        raise Refused(4406, "no common subprotocol: this server speaks whiteboard.v1")
    await Socket(websocket, room_id, services, visit).serve()


class Socket:
    """A socket that was accepted, and has not said hello yet."""

    def __init__(self, websocket: WebSocket, room_id: str, services: Services, visit: Visit) -> None:
        self._websocket = websocket
        self._room_id = room_id
        self._services = services
        self._visit = visit
        self._busy = False

    async def serve(self) -> None:
        """Judge the hello, enter the room, and serve until either side ends it."""
        hello = await self._hello()
        claims = self._judge(hello)
        self._visit.knocks(claims.room_id)
        connection = await self._enter(hello, claims)
        self._visit.enters(connection)
        expiry = asyncio.get_running_loop().call_later(
            max(0.0, claims.expires_at - self._services.clock.now_ms() / 1000),
            connection.close,
            4401,
            "the token has expired",
        )
        try:
            connection.wire.hear = partial(self._hear, connection)
            await self._read(connection)
        finally:
            expiry.cancel()
            if connection.closing:
                self._visit.closed(connection.closing.code, connection.closing.reason)
            self._services.hub.leave(connection)

    async def _hello(self) -> frames.Hello:
        try:
            async with self._services.lobby.waiting(self._services.settings.hello_seconds):
                frame = await self._receive()
        except TimeoutError:
            raise Refused(4408, "no hello in time") from None
        if not isinstance(frame, frames.Hello):
            raise Refused(4400, "the first frame must be hello")
        return frame

    def _judge(self, hello: frames.Hello) -> Claims:
        try:
            return self._services.rooms.judge(hello.token, self._room_id)
        except Unauthenticated:
            raise Refused(4401, "a valid token for this room is needed") from None

    async def _enter(self, hello: frames.Hello, claims: Claims) -> Connection:
        since = (hello.since.epoch, hello.since.number) if hello.since else None
        hub = self._services.hub
        try:
            if hub.stopping:
                raise Refused(1012, "the server restarts")
            row, session = await self._services.rooms.session(claims)
            return await hub.enter(row, session, since, wire_of(self._websocket), gzip=hello.gzip)
        except RoomNotFound:
            raise Refused(4404, "this room is gone") from None
        except StorageUnavailable:
            raise Refused(1013, "the drawing cannot be read just now: try again") from None

    def _hear(self, connection: Connection, payload: bytes) -> bool:
        """Take a frame at once, past ASGI: any plain batch or ping that `_read` is not to refuse, nor to wait for."""
        if self._busy:
            return False
        try:
            batch = read_plain_batch(payload)
            accept = self._services.hub.accept_at_once
            if not (accept(connection, batch) if batch else self._answered(connection, payload)):
                return False
        except Exception:
            log.exception("connection failed", room=self._room_id, session=str(connection.session_id))
            connection.close(1011, "something went wrong on the server")
        self._visit.traffic.came(len(payload))
        return True

    def _answered(self, connection: Connection, payload: bytes) -> bool:
        if b'"ping"' not in payload or not connection.may_be_told(1):
            return False
        try:
            frame = frames.read_frame(payload.decode())
        except (frames.BadFrame, UnicodeDecodeError):
            return False
        if isinstance(frame, frames.Ping):
            self._services.hub.ping(connection, frame)
        return isinstance(frame, frames.Ping)

    async def _read(self, connection: Connection) -> None:
        """Hand over frame after frame until the connection ends; a bad one closes it (C1)."""
        try:
            while True:
                frame = await self._receive()
                if connection.closing is None:
                    self._busy = True
                    await self._take(connection, frame)
                    self._busy = False
        except Refused as refused:
            connection.close(refused.code, refused.reason)
            await self._end()
        except WebSocketDisconnect as gone:
            self._visit.lost(gone.code, gone.reason)
        except Exception:
            log.exception("connection failed", room=self._room_id, session=str(connection.session_id))
            connection.close(1011, "something went wrong on the server")
            await self._end()

    async def _end(self) -> None:
        """Wait a moment for what is due to be written before the close."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while (await self._websocket.receive())["type"] != "websocket.disconnect":
                    pass

    async def _take(self, connection: Connection, frame: frames.ClientFrame) -> None:
        hub = self._services.hub
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

    async def _receive(self) -> frames.ClientFrame:
        message: dict[str, Any] = dict(await self._websocket.receive())
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006), message.get("reason"))
        text = message.get("text")
        if text is None:
            raise Refused(1003, "frames are text")
        self._visit.traffic.came(len(text.encode()))
        try:
            return frames.read_frame(text)
        except frames.BadFrame as bad:
            raise Refused(4400, str(bad)) from None


async def _deny(websocket: WebSocket, error: WhiteboardError, visit: Visit) -> None:
    visit.denied(error)
    await websocket.send_denial_response(problem_of(error))


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the other side may have been quicker
        await websocket.close(code, reason)
