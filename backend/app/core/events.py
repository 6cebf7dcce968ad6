"""The lifespan of the application: what it needs is opened in order at the start, and closed in reverse at the end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI

Opening = Callable[[], AbstractAsyncContextManager[Any]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def lifespan(open_services: Opening) -> Lifespan:
    """A lifespan that keeps what `open_services` opens as `app.state.services`. A StartError comes through as it is."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        async with open_services() as services:
            app.state.services = services
            app.state.drain = services.drain
            yield

    return run
