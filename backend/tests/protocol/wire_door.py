"""Rooms over HTTP, clients into them, and an end for all of them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx
from wire import Client, Memory, dial

_sources = count(1)


@dataclass(frozen=True)
class Room:
    """A room as its maker knows it."""

    id: str
    invite: str
    token: str
    created: dict[str, Any]


def http(url: str, source: str | None = None) -> httpx.AsyncClient:
    """An HTTP client that ignores the surroundings' proxies, and keeps no connection that the server may be closing."""
    unkept = httpx.Limits(max_keepalive_connections=0)
    transport = httpx.AsyncHTTPTransport(local_address=source, limits=unkept)
    return httpx.AsyncClient(base_url=url, transport=transport, trust_env=False, timeout=20)


def new_source() -> str | None:
    """A loopback address of its own for each room, so that H5 never counts them together (Linux has all of 127/8)."""
    number = next(_sources)
    return f"127.1.{number >> 8 & 255}.{number & 255}" if sys.platform == "linux" else None


class Door:
    """Makes rooms and lets clients in. At the end it closes them; a rule broken on any of them fails the test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clients: list[Client] = []

    async def create(self, name: str = "Ada") -> Room:
        """Make a room."""
        async with http(self.url, new_source() if "//127." in self.url else None) as client:
            answer = await client.post("/api/rooms", json={"name": name})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Room(body["room"]["id"], body["invite"], body["token"], body)

    async def token(self, room: Room, name: str) -> str:
        """Get a session in a room."""
        async with http(self.url) as client:
            answer = await client.post(f"/api/rooms/{room.id}/sessions", json={"name": name, "invite": room.invite})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def enter(
        self,
        room: Room,
        name: str | None = None,
        *,
        memory: Memory | None = None,
        takes_gzip: bool = False,
        token: str | None = None,
        at: str | None = None,
        random: Random | None = None,
    ) -> Client:
        """Connect, under a session of one's own if a `name` is given, and wait until all is there."""
        token = token or (await self.token(room, name) if name else room.token)
        client = Client(await dial(at or self.url, room.id), memory, random)
        self.clients.append(client)
        await client.hello(token, takes_gzip=takes_gzip)
        await client.until(lambda: client.in_step)
        return client

    async def several(self, room: Room, names: Iterable[str]) -> list[Client]:
        """Let several people in, who all know of one another when this returns."""
        clients = [await self.enter(room, name) for name in names]
        for client in clients:
            await client.until(lambda each=client: len(each.users) >= len(clients))
        return clients

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            await client.close()
        faults = [client.fault for client in self.clients if client.fault]
        if faults and error is None:
            raise faults[0]
