"""`whiteboard`, but of every request the address and headers, all but `Authorization`, are written down for tests.

It tells how many tasks it has, too.
"""

import asyncio
import json
import os
from contextlib import suppress

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app import cli, serving
from app.core.config import Settings
from app.core.workers.worker import Worker
from app.main import create_app

FILE = "SPIED_REQUESTS"
"""The environment variable that names the file: a request a line."""
TASKS = "/spied/tasks"
"""Where it says how many tasks there are."""


class Spy:
    """Writes down what a request or an upgrade shows before its body, and serves it."""

    def __init__(self, app: ASGIApp, file: int) -> None:
        self._app = app
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            address = [scope.get("raw_path", b""), scope["query_string"]]
            shown = [*address, *(value for name, value in scope["headers"] if name != b"authorization")]
            with suppress(OSError):  # some tests have no write succeed
                os.write(self._file, (json.dumps([each.decode("latin-1") for each in shown]) + "\n").encode())
        if scope["type"] == "http" and scope["path"] == TASKS:
            await PlainTextResponse(str(len(asyncio.all_tasks())))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def spied(settings: Settings, worker: Worker | None = None) -> FastAPI:
    """The application, with a spy around everything."""
    app = create_app(settings, worker)
    build = app.build_middleware_stack
    file = os.open(os.environ[FILE], os.O_WRONLY | os.O_APPEND)
    app.build_middleware_stack = lambda: Spy(build(), file)  # type: ignore[method-assign]
    return app


def main() -> None:
    """Run a command of the program."""
    serving.create_app = spied
    cli.main()


if __name__ == "__main__":
    main()
