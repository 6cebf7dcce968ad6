"""The socket of a room, from the upgrade to the hello."""

from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.api.dependencies.services import Services, ServicesDep
from app.api.errors import problem_of
from app.api.websockets.listener import Listener
from app.api.websockets.origin import origin_allowed
from app.api.websockets.received import Refused, frame_of
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
from app.core.wire import Wire
from app.schemas import frames
from app.services.connection import Connection

router = APIRouter()

SUBPROTOCOL = "whiteboard.v1"


@router.websocket("/api/rooms/{room_id}/ws")
async def board(websocket: WebSocket, room_id: str, services: ServicesDep) -> None:
    """One connection, from the upgrade to its hello; what comes after that goes to a listener."""
    visit = Visit(services.hub.figures)
    entered: tuple[Wire, Listener] | None = None
    try:
        entered = await _serve(websocket, room_id, services, visit)
    except Refused as refused:
        visit.closed(refused.code, refused.reason)
        await _close(websocket, refused.code, refused.reason)
    except WebSocketDisconnect as gone:
        visit.lost(gone.code, gone.reason)
    finally:
        if entered is None:
            visit.over()
    if entered is not None:
        wire, listener = entered
        await wire.listen(listener)


async def _serve(websocket: WebSocket, room_id: str, services: Services, visit: Visit) -> tuple[Wire, Listener] | None:
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host", "")
    if not origin_allowed(origin, host, services.settings.origins):
        await _deny(websocket, OriginNotAllowed(), visit)
        return None
    if not services.lobby.admits():
        await _deny(websocket, TooManyWaiting(), visit)
        return None
    try:
        await services.database.reach()
    except StorageUnavailable as error:  # a web server in front may ask another process
        await _deny(websocket, error, visit)
        return None
    offered = websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    if offered and SUBPROTOCOL not in offered:
        raise Refused(4406, "no common subprotocol: this server speaks whiteboard.v1")
    return await Socket(websocket, room_id, services, visit).enter()


class Socket:
    """A socket that was accepted, and has not said hello yet."""

    def __init__(self, websocket: WebSocket, room_id: str, services: Services, visit: Visit) -> None:
        self._websocket = websocket
        self._room_id = room_id
        self._services = services
        self._visit = visit

    async def enter(self) -> tuple[Wire, Listener]:
        """Judge the hello, and enter the room; gives who is to listen to what comes then, and where."""
        hello = await self._hello()
        claims = self._judge(hello)
        self._visit.knocks(claims.room_id)
        connection = await self._enter(hello, claims)
        self._visit.enters(connection)
        seconds = max(0.0, claims.expires_at - self._services.clock.now_ms() / 1000)
        return connection.wire, Listener(connection, self._services.hub, self._visit, seconds)

    async def _hello(self) -> frames.Hello:
        try:
            async with self._services.lobby.waiting(self._services.settings.hello_seconds):
                frame = frame_of(await self._websocket.receive(), self._visit.traffic)
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


async def _deny(websocket: WebSocket, error: WhiteboardError, visit: Visit) -> None:
    visit.denied(error)
    await websocket.send_denial_response(problem_of(error))


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the other side may have been quicker
        await websocket.close(code, reason)
