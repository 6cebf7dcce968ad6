"""The fixtures of the tests of what lies below the application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from small_app import Behave, QuickWebSocket, Running, listen

from app.core.config import Settings
from app.core.server import WhiteboardServer, bind_sockets, server_config
from app.core.websocket_protocol import LimitedWebSocket


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    """Give a function that starts the server with an application behaving in some way, and with short limits."""
    async with serving(QuickWebSocket) as start:
        yield start


@pytest.fixture
async def serve_as_it_is() -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    """The same with the limits that the settings say."""
    async with serving(None) as start:
        yield start


@contextlib.asynccontextmanager
async def serving(protocol: type[LimitedWebSocket] | None) -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    """Give a function that starts servers, which end with the block; without a class they have their own."""
    stopping: list[tuple[WhiteboardServer, asyncio.Task[None]]] = []

    async def start(behave: Behave = listen, page: bytes = b"hello", **settings: object) -> Running:
        async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": page})
                return
            await receive()
            running.scopes.append(scope)
            await send({"type": "websocket.accept"})
            try:
                await behave(running, receive, send)
            finally:
                running.ended.append(asyncio.get_running_loop().time())

        config = server_config(app, Settings(**settings))
        config.ws = protocol or config.ws
        sockets = bind_sockets("127.0.0.1", 0)
        running = Running(WhiteboardServer(config), sockets[0].getsockname()[1])
        task = asyncio.create_task(uvicorn.Server._serve(running.server, sockets))
        stopping.append((running.server, task))
        while not running.server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        return running

    yield start
    for server, task in stopping:
        server.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await task
