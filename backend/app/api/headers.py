"""Security headers on every answer, as pure ASGI: it leaves WebSockets alone and keeps contexts whole."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.headers import HEADERS

STARTS = {"http.response.start", "websocket.http.response.start"}
"""The messages that begin an answer; the second one refuses an upgrade."""


class SecurityHeaders:
    """Adds the headers to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] in STARTS:
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)  # a file that somebody drew has a stricter policy of its own
            await send(message)

        await self._app(scope, receive, send_with_headers)
