"""uvicorn's HTTP protocol, with an end to requests that do not arrive, heads that do not end, and stuck readers."""

import asyncio
import json
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.core.errors import BadHttp, HeadTooLarge, RequestTimeout, WhiteboardError
from app.core.headers import HEADERS

HEAD_BYTES = 64 * 1024
"""Bytes of the largest head of a request: its first line and its headers."""
KEEP_ALIVE_SECONDS = 5
"""How long a connection may be idle between two requests."""


class LimitedHttp(HttpToolsProtocol):
    """One HTTP connection; `http_protocol` makes a class of it with other limits."""

    request_seconds = 30.0
    stall_seconds = 60.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.head_timer: asyncio.TimerHandle | None = None
        self.stall_timer: asyncio.TimerHandle | None = None
        self.head_bytes = 0
        self.in_body = False
        self.fault: type[WhiteboardError] = BadHttp

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._cancel_head()
        self._cancel_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head counts from its first byte, however slowly the others come."""
        if self.transport.is_closing():
            return
        if self.head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        if not self.in_body:
            self.head_bytes += len(data)
        super().data_received(data)
        if self.head_timer is not None and not self.in_body and self.head_bytes > HEAD_BYTES:
            self._refuse(HeadTooLarge)

    def on_headers_complete(self) -> None:
        """The head is there, and is served unless it is too large."""
        self._cancel_head()
        self.in_body = True
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > HEAD_BYTES:
            self.fault = HeadTooLarge
            raise ValueError(HeadTooLarge.detail)  # the parser ends, and `send_400_response` is called
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, and let go of the parser, which holds this object in turn."""
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """The next byte is of another request. What an answered one still sends has the time of a head, too."""
        self.in_body = False
        self.head_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Refuse what the parser could not read."""
        self._refuse(self.fault)

    def pause_writing(self) -> None:
        """The buffer is full: the reader has some time to take what is in it."""
        super().pause_writing()
        self._cancel_stall()
        self.stall_timer = self.loop.call_later(self.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has taken most of the buffer."""
        super().resume_writing()
        self._cancel_stall()

    def _await_head(self) -> None:
        self.head_bytes = 0
        self.head_timer = self.loop.call_later(self.request_seconds, self._late)

    def _late(self) -> None:
        self.head_timer = None
        if self.head_bytes and not self.in_body:
            self._refuse(RequestTimeout)
        else:
            self.transport.close()  # it was opened ahead of need, and is no fault

    def _refuse(self, error: type[WhiteboardError]) -> None:
        """Answer with a problem, unless an answer is under way, and close."""
        self._cancel_head()
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(refusal(error))
        self.transport.close()

    def _cancel_head(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _cancel_stall(self) -> None:
        if self.stall_timer is not None:
            self.stall_timer.cancel()
            self.stall_timer = None


def refusal(error: type[WhiteboardError]) -> bytes:
    """The whole answer to a request that no application has seen, as a problem (RFC 9457)."""
    phrase = HTTPStatus(error.status).phrase
    problem = {
        "type": "about:blank",
        "title": phrase,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    body = json.dumps(problem).encode()
    headers = {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **HEADERS,
    }
    lines = [f"HTTP/1.1 {error.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def http_protocol(*, request_seconds: float, stall_seconds: float) -> type[LimitedHttp]:
    """Make a protocol class with these limits, for uvicorn's `Config(http=…)`."""
    limits = {"request_seconds": request_seconds, "stall_seconds": stall_seconds}
    return type("LimitedHttp", (LimitedHttp,), limits)
