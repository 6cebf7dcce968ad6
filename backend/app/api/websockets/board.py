"""The socket of a room: reads a client's frames into the hub, and writes what the hub has for it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse

from app.api.dependencies.services import Services, ServicesDep
from app.api.websockets.origin import origin_allowed
from app.api.websockets.packing import Packer
from app.api.websockets.visits import Visit
from app.core.errors import RoomNotFound, StorageUnavailable, Unauthenticated
from app.core.security import Claims
from app.schemas import frames
from app.services.live_room import Closing, Connection
from app.services.realtime.outbox import Data

router = APIRouter()
log = structlog.get_logger()
packer = Packer()

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
        visit.forbidden()
        await websocket.send_denial_response(PlainTextResponse("This page may not connect here.", 403))
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
        self._gzip = False

    async def serve(self) -> None:
        """Judge the hello, enter the room, and serve until either side ends it."""
        hello = await self._hello()
        claims = self._judge(hello)
        self._visit.knocks(claims.room_id)
        self._gzip = hello.gzip
        connection = await self._enter(hello, claims)
        self._visit.enters(connection)
        expiry = asyncio.get_running_loop().call_later(
            max(0.0, claims.expires_at - self._services.clock.now_ms() / 1000),
            connection.close,
            4401,
            "the token has expired",
        )
        try:
            await self._exchange(connection)
        finally:
            expiry.cancel()
            if connection.closing:
                self._visit.closed(connection.closing.code, connection.closing.reason)
            self._services.hub.leave(connection)

    async def _hello(self) -> frames.Hello:
        try:
            async with asyncio.timeout(self._services.settings.hello_seconds):
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
            return await hub.enter(row, session, since)
        except RoomNotFound:
            raise Refused(4404, "this room is gone") from None
        except StorageUnavailable:
            raise Refused(1013, "the drawing cannot be read just now: try again") from None

    async def _exchange(self, connection: Connection) -> None:
        """Read and write at the same time until one of them ends."""
        reading = asyncio.create_task(self._read(connection))
        writing = asyncio.create_task(self._write(connection))
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done() and connection.closing:
                await asyncio.wait({writing}, timeout=CLOSE_SECONDS)
        finally:
            reading.cancel()
            writing.cancel()
            ends = await asyncio.gather(reading, writing, return_exceptions=True)
        self._log_failures(connection, ends)

    async def _read(self, connection: Connection) -> None:
        """Hand over frame after frame; a bad one closes the connection (C1)."""
        try:
            while connection.closing is None:
                await self._take(connection, await self._receive())
        except Refused as refused:
            connection.close(refused.code, refused.reason)
        except WebSocketDisconnect as gone:
            self._visit.lost(gone.code, gone.reason)
        except Exception:
            connection.close(1011, "something went wrong on the server")
            raise

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
        self._visit.traffic.came(text)
        try:
            return frames.read_frame(text)
        except frames.BadFrame as bad:
            raise Refused(4400, str(bad)) from None

    async def _write(self, connection: Connection) -> None:
        """Send whatever there is, and sleep until there is more; then close, if that was asked for."""
        try:
            while True:
                while data := self._services.hub.next_frame(connection):
                    await self._send(data)
                if connection.closing:
                    await self._end(connection.closing)
                    return
                await connection.woken.wait()
                connection.woken.clear()
        except WebSocketDisconnect:
            pass

    async def _send(self, data: Data) -> None:
        self._visit.traffic.went(data.text)
        if self._gzip and packer.pays(data):
            await self._websocket.send_bytes(await packer.pack(data))
        else:
            await self._websocket.send_text(data.text)

    async def _end(self, closing: Closing) -> None:
        if closing.farewell:
            await self._send(closing.farewell)
        await _close(self._websocket, closing.code, closing.reason)

    def _log_failures(self, connection: Connection, ends: Sequence[BaseException | None]) -> None:
        for end in ends:
            if isinstance(end, Exception):
                session = str(connection.session_id)
                log.error("connection failed", room=str(connection.room.id), session=session, exc_info=end)


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the other side may have been quicker
        await websocket.close(code, reason)
