"""Lets a request that came through a trusted proxy look as it was sent: its address, scheme and host. Pure ASGI."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.proxies import Proxies

SCHEMES = {
    "http": {"http": "http", "https": "https"},
    "websocket": {"http": "ws", "https": "wss"},
}
"""How the scheme of a request, and that of a socket, is called."""


class ForwardedRequests:
    """Puts what trusted proxies tell of a request where everybody looks for it; whatever others tell stays unread."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] in SCHEMES and scope.get("client"):
            self._look(scope)
        await self._app(scope, receive, send)

    def _look(self, scope: Scope) -> None:
        peer, port = scope["client"]
        caller = self._proxies.caller(peer, Headers(scope=scope).getlist)
        scope["client"] = (caller.address, port if caller.address == peer else 0)
        if caller.scheme:
            scope["scheme"] = SCHEMES[scope["type"]][caller.scheme]
        if caller.host:
            MutableHeaders(scope=scope)["host"] = caller.host
