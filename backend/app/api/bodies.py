"""Bodies of JSON are UTF-8 (RFC 8259, section 8.1), and not whatever they can be guessed to be."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class Utf8Request(Request):
    """A request whose JSON is UTF-8 without a byte order mark; anything else is a ValueError."""

    async def json(self) -> Any:  # noqa: ANN401 - as Starlette types it
        """The body, decoded."""
        return json.loads((await self.body()).decode())


class Utf8Route(APIRoute):
    """A route that takes such requests."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What serves a request."""
        handler = super().get_route_handler()

        async def in_utf8(request: Request) -> Response:
            return await handler(Utf8Request(request.scope, request.receive))

        return in_utf8
