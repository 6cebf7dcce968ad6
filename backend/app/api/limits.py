"""How large the body of a request may be, and how long it may take. Pure ASGI."""

import asyncio
import sys
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import problem
from app.core.config import Settings
from app.core.errors import BodyTooLarge, RequestTimeout

DRAINED = 64 * 1024 * 1024
"""Bytes of a refused body that are thrown away, at most, before the connection is closed."""
SLOWEST = 16 * 1024
"""Bytes a second that give a body more time: 16 KiB that have come are worth a second."""

Limit = Callable[[Scope], int]


class BodyLimits:
    """Refuses bodies over a limit, which may depend on the request, and those that do not come in time."""

    def __init__(self, app: ASGIApp, limit: Limit, seconds: float) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets have limits of their own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = Body(receive, send, self._limit(scope), self._seconds)
        if _announced(scope) > body.limit:
            body.refused = True
            answer = problem(BodyTooLarge.status, BodyTooLarge.code, body.too_large)
            await answer(scope, receive, body.send)
        else:
            await self._app(scope, body.receive, body.send)


class Body:
    """The body of one request as it comes in, and the answer as it goes out."""

    def __init__(self, receive: Receive, send: Send, limit: int, seconds: float) -> None:
        self.limit = limit
        self.too_large = f"The body of this request may have {limit} bytes."
        self.refused = False
        self._receive = receive
        self._send = send
        self._size = 0
        self._whole = False
        self._answered = False
        self._due = asyncio.get_running_loop().time() + seconds

    async def receive(self) -> Message:
        """The next piece. Raises HTTPException 408 or 413, which the error handlers tell as problems."""
        try:
            message = await self._next()
        except TimeoutError:
            if self._answered:
                return {"type": "http.disconnect"}
            self.refused = True
            raise HTTPException(RequestTimeout.status, RequestTimeout.detail) from None
        if self._size > self.limit and not self._answered:
            self.refused = True
            raise HTTPException(BodyTooLarge.status, self.too_large)
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on. A refusal ends the connection, but is whole before: who still sends shall read it."""
        if message["type"] == "http.response.start":
            self._answered = True
            if self.refused:
                MutableHeaders(scope=message)["Connection"] = "close"
        elif self.refused and not message.get("more_body"):
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _next(self) -> Message:
        if self._whole:
            return await self._receive()
        async with asyncio.timeout_at(self._due):
            message = await self._receive()
        size = len(message.get("body", b""))
        self._size += size
        self._due += size / SLOWEST
        self._whole = not message.get("more_body", False)
        return message

    async def _drain(self) -> None:
        """Throw away what still comes; closing at once would make the sender lose the answer."""
        try:
            while not self._whole and self._size < DRAINED:
                await self._next()
        except TimeoutError:
            pass


def body_limit(settings: Settings) -> Limit:
    """One limit for all requests but those with a file, which is counted where it is read (H6)."""

    def limit(scope: Scope) -> int:
        kind = Headers(scope=scope).get("content-type", "").lower()
        imports = scope["method"] == "POST" and scope["path"] == "/api/rooms" and kind.startswith("multipart/")
        return sys.maxsize if imports else settings.max_body

    return limit


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0
