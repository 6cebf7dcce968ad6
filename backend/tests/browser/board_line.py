"""A page's line to its board that a test can hold, cut, and speak on: states that a server seldom gets into."""

import json

from playwright.async_api import Page, WebSocketRoute


class BoardLine:
    """Between a page and the real server: passes everything on, unless told otherwise. Made before the page enters."""

    def __init__(self) -> None:
        self._socket: WebSocketRoute | None = None
        self._server: WebSocketRoute | None = None
        self._held: list[str | bytes] | None = None
        self._dead = False
        self._silent = False
        self._refusal = 1012

    async def watch(self, page: Page) -> None:
        """Stand between this page and its board from the next connection on."""
        await page.route_web_socket("**/ws", self._opened)

    def say(self, **message: object) -> None:
        """Tell the page something as if the server had said it."""
        assert self._socket is not None
        self._socket.send(json.dumps(message))

    def hold(self) -> None:
        """Keep back what the server says."""
        self._held = []

    def let_go(self) -> None:
        """Pass on what was kept back, and everything from now on."""
        held, self._held, self._dead = self._held or [], None, False
        for message in held:
            assert self._socket is not None
            self._socket.send(message)

    async def cut(self, code: int = 1012) -> None:
        """Close the connection, and the next ones too, until `let_go`."""
        self._dead = True
        await self._end(code)

    async def dangle(self) -> None:
        """Close the connection, and answer nothing to the next one, until `reach`."""
        self._silent = True
        await self._end(1012)

    async def reach(self) -> None:
        """Close what was not answered: the next one is."""
        self._silent = False
        await self._end(1012)

    def refuse(self, code: int) -> None:
        """Close the next connections with this code."""
        self._dead, self._refusal = True, code

    async def _opened(self, socket: WebSocketRoute) -> None:
        if self._dead:
            await socket.close(code=self._refusal, reason="shut")
            return
        self._socket, self._server = socket, None
        if self._silent:
            return
        self._server = server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: self._pass(socket, message))

    async def _end(self, code: int) -> None:
        """Close both ends: the server is to know of it too."""
        for end in (self._socket, self._server):
            if end is not None:
                await end.close(code=code, reason="cut")
        self._socket = self._server = None

    def _pass(self, socket: WebSocketRoute, message: str | bytes) -> None:
        if self._held is None:
            socket.send(message)
        else:
            self._held.append(message)
