"""A client and a fake server, for tests."""

import asyncio
from typing import Self

from client_fakes import SERVER_MS, WELCOME, FakeServer, Json

from whiteboard_client.connection import Connection
from whiteboard_client.options import Options

SOON = Options(now=lambda: SERVER_MS, backoff_first=0.001, close_timeout=0.5)


class Both:
    """A board that is connected, and the server's end of it."""

    def __init__(self, server: FakeServer, options: Options) -> None:
        self.server = server
        self.board = Connection(server.seat, options)
        self.hello: Json = None

    async def __aenter__(self) -> Self:
        opening = asyncio.create_task(self.board.open())
        self.talk = await self.server.talk()
        self.hello = await self.talk.admit()
        await opening
        return self

    async def __aexit__(self, *_: object) -> None:
        self.talk.over.set()
        await self.board.close()

    async def again(self, **changed: Json) -> Json:
        """Admits the next connection, by default with nothing missed; returns its hello."""
        self.talk = await self.server.talk()
        hello = await self.talk.hear()
        await self.talk.say(WELCOME | {"sync": "delta"} | changed)
        return hello


def both(server: FakeServer, options: Options = SOON) -> Both:
    return Both(server, options)
