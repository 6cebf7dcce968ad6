"""uvicorn's WebSocket protocol, with an end to every connection that is silent, stuck or does not close.

uvicorn never drops a reader that has stopped reading: closing waits until the full buffer is written (seen in 0.54).
Here every wait has a limit, after which the transport is aborted; the application then gets its disconnect.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, MutableMapping
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.frames import apply_mask as unmasked  # type: ignore[attr-defined]
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.core.errors import BadHttp
from app.core.headers import HEADERS
from app.core.http_protocol import refusal
from app.core.inbox import Flag, Inbox
from app.core.incoming import Incoming
from app.core.outflow import Outflow
from app.core.shared_timers import shared_timers
from app.core.wire import Listener, deaf, unheard
from app.utils.websocket_frames import TEXT, mask_and_payload

logger = logging.getLogger(__name__)

WIRE = "whiteboard.wire"
CLOSE_SECONDS = 1.0
PING = b"\x89\x00"
EMPTY_PONG = b"\x8a\x80"
"""The answer to it, as it begins; both without content."""
PONG_BYTES = 6
QUIET = 1 / 2
"""Of the time after which a silent connection is dropped: when it is pinged. Pages ping before that (C3)."""
GRAIN = 1 / 90
"""Of that time: how much later a look may come, with those at others."""


class QuietAccepts(logging.LoggerAdapter[logging.Logger]):
    """Leaves out uvicorn's lines about accepted and refused connections: they bear a client's words."""

    @property
    def level(self) -> int:
        """Level of the logger beneath (uvicorn looks at it)."""
        return self.logger.level

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Tell nothing: the application has a line for each connection when it has ended."""

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Log a fault of ours with its traceback, but text that is not UTF-8, the client's fault, in a line."""
        if str(msg).startswith("Invalid UTF-8"):
            logger.debug(msg, *args)
        else:
            super().exception(msg, *args, **kwargs)


QUIET_ACCEPTS = QuietAccepts(logging.getLogger("uvicorn.error"), {})
ONLY_BEFORE = {"app", "asgi_version", "app_state", "default_headers", "root_path", "request", "response", "scope"} | {
    *("scheme", "server", "client", "early", "initial_response", "ping_interval", "ping_timeout", "ping_timer"),
    *("pong_timer", "pending_ping_payload", "ping_sent_at", "last_ping_rtt"),
}
"""What a connection has for its handshake and its application, and needs no more when it has a listener."""


class LimitedWebSocket(WebSocketsSansIOProtocol):
    """One WebSocket connection; `websocket_protocol` makes a class of it with other limits.

    It is a `Wire` as well, in the extension `WIRE` of its scope: bytes that were made once for many connections go
    straight to the transport, past what ASGI would have each of them go through. Once it has a listener, its
    application ends, and so does all that served it alone: a connection that is quiet has no task and no parser.
    """

    silence_seconds = 45.0
    stall_seconds = 60.0
    close_seconds = CLOSE_SECONDS

    _conn: ServerProtocol | None
    client = initial_response = ping_timer = pong_timer = pending_ping_payload = None  # when it has a listener

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = cast("logging.Logger", QUIET_ACCEPTS)
        self.conn.debug = False  # would log the frames, and with them tokens
        self.conn.accept = self._accept  # type: ignore[method-assign]
        self.conn.recv_frame = self._take_frame  # type: ignore[method-assign]
        self.close_timeout = self.close_seconds
        self.heard_at = self.moved_at = self.pinged_at = self.loop.time()
        self.taken = self.waiting = 0
        self.timers = shared_timers(self.loop)
        self.check_due = 0.0  # 0: it is not to be looked at
        self.outflow: Outflow
        self.write: Callable[[bytes], None]
        self.write_all: Callable[[list[bytes]], None]
        self.ready = self.closed = self.listened_to = False
        self.on_change = unheard
        self.hear: Callable[[bytes], bool] = deaf
        self.early = False
        self.incoming: Incoming | None = None

    @property
    def conn(self) -> ServerProtocol:
        """What parses; when all has been parsed and nothing ends, it is dropped, and made anew for the next."""
        if self._conn is None:
            conn = ServerProtocol(state=State.OPEN, max_size=self.config.ws_max_size, logger=self.logger)
            conn.debug = False
            conn.recv_frame = self._take_frame  # type: ignore[method-assign]
            self._conn = conn
        return self._conn

    @conn.setter
    def conn(self, conn: ServerProtocol) -> None:
        self._conn = conn

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over from HTTP."""
        self.outflow = Outflow(cast("asyncio.Transport", transport), self.loop, self.close_seconds, self._ending)
        self.write, self.write_all = self.outflow.straight
        super().connection_made(cast("asyncio.Transport", self.outflow))

    def _accept(self, request: Request) -> Response:
        """Judge the handshake; the answer to a broken one bears the headers that every answer has."""
        response = ServerProtocol.accept(self.conn, request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            response.headers.update(HEADERS)
        return response

    def _take_frame(self, frame: Frame) -> None:
        """Take a frame; a close in the middle of a message is no fault of the peer (RFC 6455, 5.4), and ends it."""
        if frame.opcode is Opcode.CLOSE:
            self.conn.current_size = None
        ServerProtocol.recv_frame(self.conn, frame)

    def data_received(self, data: bytes) -> None:
        """Note the sign of life, and take the frames that are whole; those that came before a bad one count."""
        self.heard_at = self.loop.time()
        if self.incoming is None:
            self.early |= self.handshake_initiated
            self._parse(data)
            return
        text = self.incoming.text(data)
        if text is not None and self._hears and self.hear(text):
            return
        if data[:2] == EMPTY_PONG and len(data) == PONG_BYTES and self.incoming.empty:
            return
        whole, broken = self.incoming.cut(data)
        for frame in whole:
            if not self._heard(frame):
                self._parse(frame)
        if broken:
            self._parse(broken)

    def _heard(self, frame: bytes) -> bool:
        """Has the application taken the frame at once? Only a text that is whole, with none before it in the queue."""
        if frame[:2] == EMPTY_PONG:
            return True  # the sign of life was noted
        if frame[0] != TEXT or not self._hears:
            return False
        mask, payload = mask_and_payload(frame)
        return self.hear(unmasked(payload, mask))

    @property
    def _hears(self) -> bool:
        """Is nothing before what comes now: no message or end of the connection in the queue, and no half message?"""
        return self.queue.empty() and (self._conn is None or self._conn.current_size is None)

    def _parse(self, data: bytes) -> None:
        """Parse, and put what comes of it into the queue."""
        if self.conn.parser_exc is not None:
            return  # closing: what still comes is thrown away
        self.conn.receive_data(data)
        self.handle_events()
        if not self.handshake_initiated:
            self.outflow.write(refusal(BadHttp))
            self.outflow.close()
        elif self.conn.parser_exc is not None:
            self.handle_parser_exception()
        else:
            self._rest()

    def _rest(self) -> None:
        """Keep the parser only while it is in the middle of something."""
        conn = self._conn
        if conn and self.listened_to and self.incoming and conn.state is State.OPEN and conn.current_size is None:
            self._drop_parser()

    def _drop_parser(self) -> None:
        """Let go of it, and it of all that it holds: else both would stay until cycles are looked for."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.parser.close()
            vars(conn).clear()

    def send_receive_event_to_app(self) -> None:
        """Hand a message over; bad text before a bad frame, or before a close, finds the connection closing already."""
        with contextlib.suppress(InvalidState):
            super().send_receive_event_to_app()

    def shutdown(self) -> None:
        """Close because the server ends."""
        if self.handshake_initiated:
            super().shutdown()
        else:
            self.outflow.close()

    async def run_asgi(self) -> None:
        """Run the application, which may write past ASGI; if it has found a listener, the connection goes on."""
        cast("dict[str, Any]", self.scope["extensions"])[WIRE] = self
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
            self.send_500_response()
        else:
            if self.listened_to:
                self._lighten()
                return
            if not self.handshake_complete:
                self.logger.error("ASGI callable returned without completing handshake.")
                self.send_500_response()
        if self.close_timer is None:
            self.outflow.close()
        self.part()

    async def listen(self, listener: Listener) -> None:
        """Give all that comes from now on to a listener (see `Wire`)."""
        before, inbox = self.queue, Inbox(listener, self)
        self.queue = cast("asyncio.Queue[Any]", inbox)
        self.hear, self.listened_to = listener.hear, True
        while not before.empty():
            inbox.put_nowait(cast("dict[str, Any]", before.get_nowait()))

    def _lighten(self) -> None:
        """Leave what only the handshake and the application needed: it is most of what a connection takes."""
        self.writable = cast("asyncio.Event", Flag(is_set=self.writable.is_set()))
        self._rest()
        self.__dict__ = {name: value for name, value in self.__dict__.items() if name not in ONLY_BEFORE}

    def begin(self, taking: Coroutine[Any, Any, None]) -> None:
        """Begin a task, which the server's end waits for."""
        task = self.loop.create_task(taking)
        self.tasks.add(task)
        task.add_done_callback(self.on_task_complete)

    def resume(self) -> None:
        """Read on, if that was left for what has come before to be taken."""
        if self.read_paused:
            self.read_paused = False
            self.outflow.resume_reading()

    def part(self) -> None:
        """Nobody listens any more."""
        self.on_change, self.hear = unheard, deaf

    def end(self) -> None:
        """Close, and drop what cannot be written soon."""
        self.outflow.close()

    def _ending(self) -> None:
        self.ready = False

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake (see `Wire`)."""
        self.ready = False
        if self.close_sent or self.outflow.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self._finish_closing()

    def _finish_closing(self) -> None:
        """Send the close frame, and read on for a moment: closing at once would lose it."""
        self.ready = False
        self.outflow.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.outflow.close)
        self.read_paused = False
        self.outflow.resume_reading()

    async def send(self, message: MutableMapping[str, Any]) -> None:  # type: ignore[override]
        """Send; a close does not wait long for a full buffer, and after a bad frame nothing more goes out.

        An upgrade that was refused is done with: uvicorn would log that the application has left it undone.
        """
        if self.conn.parser_exc is not None:
            raise ClientDisconnected
        if message["type"] == "websocket.close" and not self.writable.is_set():
            self.loop.call_later(self.close_seconds, self.outflow.abort)
        await super().send(cast("Any", message))
        self.handshake_complete |= self.close_sent

    def handle_parser_exception(self) -> None:
        """Tell the peer why (1009, 1002, 1007)."""
        if self.conn.close_sent is None:
            self.outflow.close()
            return
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._finish_closing()

    def pause_writing(self) -> None:
        """Begin to look closely: the buffer is full."""
        super().pause_writing()
        self.ready = False
        self.taken = self.outflow.taken
        self._check_within(self.stall_seconds / 12)

    def resume_writing(self) -> None:
        """There is room in the buffer again."""
        super().resume_writing()
        self.ready = not (self.closed or self.close_sent)
        self.on_change()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for something on this connection."""
        super().connection_lost(exc)
        self.ready, self.closed = False, True
        self.on_change()
        if self.listened_to:
            self._let_go()

    def _let_go(self) -> None:
        """Let go of what holds this object in turn: its memory is free at once, and not when cycles are looked for."""
        self._drop_parser()
        self.outflow.forget()
        self.outflow.set_protocol(GONE)

    def start_keepalive(self) -> None:
        """Begin to watch over the connection, which has just been accepted."""
        self.ready = self.writable.is_set()
        if not self.early:  # else the parser may be in the middle of a frame
            self.incoming = Incoming(self.config.ws_max_size)
        self.heard_at = self.moved_at = self.pinged_at = self.loop.time()
        self._check_within(min(self.silence_seconds * QUIET, self.stall_seconds / 4))

    def stop_keepalive(self) -> None:
        """Watch no longer."""
        super().stop_keepalive()
        self.timers.remove(self.check_due, self)
        self.check_due = 0.0

    def _check_within(self, seconds: float) -> None:
        """Let the next check come in `seconds`, or a grain later."""
        due = self.loop.time() + seconds
        if self.check_due:
            if self.check_due <= due:
                return
            self.timers.remove(self.check_due, self)
        self.check_due = self.timers.add(due, min(self.silence_seconds, self.stall_seconds) * GRAIN, self)

    def check(self) -> None:
        """Drop the connection if it is silent or stuck; else ping it if it is quiet, and say when to look again."""
        self.check_due = 0.0
        now = self.loop.time()
        self._look(now)
        if now - self.heard_at >= self.silence_seconds:
            self._drop("silent")
        elif now - self.moved_at >= self.stall_seconds:
            self._drop("stuck")
        else:
            self._check_within(min(self._ping_if_quiet(now), self.stall_seconds / 4))

    def _look(self, now: float) -> None:
        """See what has moved. Bytes taken from a full buffer are a sign of life too: a ping would wait behind them."""
        waited, self.waiting = self.waiting, self.outflow.waiting
        took = False
        if waited or self.waiting:
            taken = self.outflow.taken
            self.taken, took = taken, taken > self.taken
        if took or not self.waiting:
            self.moved_at = now
        if self.read_paused or (waited and took):
            self.heard_at = now

    def _ping_if_quiet(self, now: float) -> float:
        """Ping if it is time; give the seconds until the next check."""
        quiet = self.silence_seconds * QUIET
        if now - max(self.heard_at, self.pinged_at) >= quiet and not self.close_sent and not self.outflow.is_closing():
            self.pinged_at = now
            self.outflow.write(PING)
        due = min(max(self.heard_at, self.pinged_at) + quiet, self.heard_at + self.silence_seconds)
        if self.waiting:
            due = min(due, now + self.stall_seconds / 12)
        return max(due - now, 0.001)

    def _drop(self, why: str) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": why})
        self.outflow.abort()


GONE = asyncio.Protocol()
"""The protocol of transports that have ended."""


def websocket_protocol(*, silence_seconds: float, stall_seconds: float) -> type[LimitedWebSocket]:
    """Make a protocol class with these limits, for uvicorn's `Config(ws=…)`."""
    limits = {"silence_seconds": silence_seconds, "stall_seconds": stall_seconds}
    return type("LimitedWebSocket", (LimitedWebSocket,), limits)
