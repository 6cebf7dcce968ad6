"""The composition root: the application, and everything that it is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.api.cors import other_front_ends
from app.api.dependencies.services import Services
from app.api.errors import add_error_handlers
from app.api.forwarding import ForwardedRequests
from app.api.headers import SecurityHeaders
from app.api.limits import BodyLimits, body_limit
from app.api.routes import exports, health, metrics, rooms
from app.api.routes.pages import add_pages
from app.api.websockets import board
from app.api.websockets.lobby import Lobby
from app.core.clock import Clock
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import RedisUnavailable, StartError
from app.core.events import lifespan
from app.core.keys import load_keys
from app.core.metrics import LoopWatch
from app.core.proxies import Proxies
from app.core.redis_server import embedded_redis
from app.core.security import Tokens
from app.core.workers.worker import Worker
from app.services.backups.schedule import Backups
from app.services.changes import identity
from app.services.drawings import Drawings
from app.services.housekeeping import Housekeeping
from app.services.hub import Hub
from app.services.live_state import LiveState
from app.services.lives import Lives
from app.services.metrics.reading import Meter
from app.services.readiness import Readiness
from app.services.rooms import Rooms, Slots
from app.services.siblings import Siblings
from app.services.svg.exports import Exports
from app.services.svg.imports import Imports
from app.services.svg.pictures import Pictures
from app.services.svg.readers import Readers
from app.utils.tasks import end


class Whiteboard(FastAPI):
    """The application, inside of what looks at every request and answer, also at those that fail.

    Its description is true: a body that is refused is told as a problem, and only where there is a body.
    """

    def __init__(self, settings: Settings, **given: Any) -> None:  # noqa: ANN401 - as FastAPI takes them
        self._settings = settings
        super().__init__(**given)

    def build_middleware_stack(self) -> ASGIApp:
        """From the outside in: who calls, the headers of answers, other front ends, bodies, then Starlette's own."""
        settings = self._settings
        inner = super().build_middleware_stack()
        stack: ASGIApp = BodyLimits(inner, body_limit(settings), settings.request_seconds)
        if settings.allowed_origins:
            stack = other_front_ends(stack, settings.allowed_origins)
        return ForwardedRequests(SecurityHeaders(stack), Proxies(settings.trusted_proxies))

    def openapi(self) -> dict[str, Any]:
        """The description without FastAPI's own errors."""
        described = super().openapi()
        for operations in described["paths"].values():
            for operation in operations.values():
                if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                    del operation["responses"]["422"]
        for name in ("HTTPValidationError", "ValidationError"):
            described["components"]["schemas"].pop(name, None)
        return described


def create_app(settings: Settings, worker: Worker | None = None) -> FastAPI:
    """The application; its lifespan opens the database (already migrated), Redis and the hub.

    `worker`: the one among several that it runs in.
    """
    app = Whiteboard(
        settings,
        title="Whiteboard",
        version="1",
        description="Rooms over HTTP. Drawing goes over the WebSocket of a room (docs/protocol.md).",
        openapi_url="/api/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan(partial(open_services, settings, worker)),
    )
    app.include_router(rooms.router)
    app.include_router(exports.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(board.router)
    add_pages(app)
    add_error_handlers(app)
    return app


@asynccontextmanager
async def open_services(settings: Settings, worker: Worker | None = None) -> AsyncIterator[Services]:
    """Open everything, in order; close it in reverse. Raises StartError."""
    async with AsyncExitStack() as stack:
        clock = Clock()
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        tokens = Tokens(load_keys(settings), settings.token_days)
        redis_url = await stack.enter_async_context(_redis(settings))
        state = LiveState(redis_url, settings.redis_timeout_seconds, await _name_of(database))
        stack.push_async_callback(state.close)
        await _reach(state, settings)
        all_rooms = Rooms(database, tokens, clock, Slots(settings.rooms_per_address, settings.room_idle_seconds))
        drawings = Drawings(database)
        hub = Hub(drawings, Lives(database), state, clock, settings)
        housekeeping = Housekeeping(hub, all_rooms, drawings, clock, settings)
        backups = Backups(settings)
        meter = Meter(settings, database, hub, state.seconds, backups)
        await stack.enter_async_context(_running(hub, housekeeping, backups, LoopWatch(hub.figures.loop_lag)))
        readers = Readers(settings)
        stack.push_async_callback(readers.close)
        yield Services(
            settings,
            clock,
            database,
            all_rooms,
            hub,
            backups,
            Exports(database),
            Pictures(),
            Siblings(worker, meter, Readiness(database, hub, backups)),
            Imports(database, clock, all_rooms, readers),
            Lobby(settings.max_waiting),
        )


async def _name_of(database: Database) -> str:
    """What the epochs of this database's rooms begin with: a restored database has another name."""
    return (await database.read(identity)).hex[:8]


def _redis(settings: Settings) -> AbstractAsyncContextManager[str]:
    """The Redis that is configured, or one of our own."""
    return nullcontext(settings.redis_url) if settings.redis_url else embedded_redis(settings.data_dir)


async def _reach(state: LiveState, settings: Settings) -> None:
    """Redis may go and come back later, but at the start its address must be right."""
    try:
        await state.connect()
    except RedisUnavailable as error:
        where = "REDIS_URL: the Redis that it names" if settings.redis_url else "The embedded Redis"
        raise StartError(f"{where} does not answer: {error.__cause__}.") from None


@asynccontextmanager
async def _running(hub: Hub, housekeeping: Housekeeping, backups: Backups, watch: LoopWatch) -> AsyncIterator[None]:
    """The loops of the hub and of what goes on beside it, until the block ends; the last activity is noted then."""
    tasks = [asyncio.create_task(each.run()) for each in (hub, housekeeping, backups, watch)]
    try:
        await hub.ready.wait()
        yield
    finally:
        await end(*tasks)
        await housekeeping.note()
