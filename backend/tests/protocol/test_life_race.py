"""People who come at the very moment at which their room goes to sleep, on two processes, again and again.

The idle time is about what a round of the sweeping takes: so most visits meet a room that is being taken down, was just
taken down, or is just being loaded by the other process.
"""

import asyncio
from pathlib import Path
from random import Random

import pytest
from life import query, redis_in, row_of, until
from processes import healthy, stored
from server_process import ServerProcess
from wire import Client, Memory, dial
from wire_door import Room, http, new_source

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

IDLE_SECONDS = 0.05
SETTINGS = {"WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS)}
GONE = (4404, "this room is gone")


class Visitors:
    """Comes and goes in one room, each visit on a process by chance, and remembers what was acknowledged."""

    def __init__(self, urls: list[str], room: Room, seed: int) -> None:
        self.urls = urls
        self.room = room
        self.random = Random(seed)
        self.visits = 0
        self.epochs: set[str] = set()
        self.saved: set[str] = set()
        self.memory: Memory | None = None

    async def visit(self, *, draws: bool) -> Client | None:
        """Come, look (and draw), and go; None if the room is gone. Nothing else may end the visit."""
        url = self.random.choice(self.urls)
        client = Client(await dial(url, self.room.id), self.memory)
        try:
            await client.hello(self.room.token)
            await client.until(lambda: client.in_step or client.closed)
            if client.closed:
                assert client.closed == GONE
                return None
            self.visits += 1
            self.memory = client.memory
            self.epochs.add(client.memory.epoch)
            assert self.saved <= set(client.board.paths), "what was acknowledged is not there"
            if draws:
                put = client.put()
                await client.save(put)
                self.saved.add(put["id"])
            assert client.closed is None
            return client
        finally:
            await client.close()
            if client.fault:
                raise client.fault

    async def come_and_go(self, visits: int, *, draw_every: int) -> None:
        """Visit so often, with pauses around the idle time."""
        for n in range(visits):
            assert await self.visit(draws=n % draw_every == 0), "a room with a drawing is gone"
            await asyncio.sleep(self.random.uniform(0.2, 3) * IDLE_SECONDS)


async def make(url: str) -> Room:
    """Make a room, from an address of its own."""
    async with http(url, new_source()) as client:
        body = (await client.post("/api/rooms", json={"name": "Ada"})).json()
    return Room(body["room"]["id"], body["invite"], body["token"], body)


async def drawn_in(urls: list[str], seed: int) -> Visitors:
    """A room with a first path; one that goes to sleep before that is deleted, and another one is made."""
    while True:
        visitors = Visitors(urls, await make(urls[0]), seed)
        if await visitors.visit(draws=True):
            return visitors


async def test_l1_nobody_who_comes_at_the_edge_is_thrown_out(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rooms, visits = (40, 100) if request.config.getoption("--long") else (12, 20)
    servers = [ServerProcess(tmp_path / "data", SETTINGS) for _ in range(2)]
    with healthy(*servers):
        urls = [server.url for server in servers]
        everybody = [await drawn_in(urls, seed) for seed in range(rooms)]
        async with asyncio.TaskGroup() as group:
            for each in everybody:
                group.create_task(each.come_and_go(visits, draw_every=4))
        for each in everybody:
            assert stored(servers[0].data_dir, each.room.id).keys() == each.saved
        assert sum(each.visits for each in everybody) == rooms * (visits + 1)
        assert sum(len(each.epochs) for each in everybody) > rooms * visits / 4, "the rooms hardly slept"
        await nothing_is_left(servers[0].data_dir)


async def test_l2_a_room_is_deleted_or_entered_and_never_both(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rooms = 1000 if request.config.getoption("--long") else 100
    servers = [ServerProcess(tmp_path / "data", SETTINGS) for _ in range(2)]
    ends: list[str] = []

    async def play(seed: int) -> None:
        """Come into a room that nobody has drawn in about when it is deleted; who is let in may draw, and it stays."""
        visitors = Visitors(urls, await make(urls[seed % 2]), seed)
        await asyncio.sleep(visitors.random.uniform(0.5, 2.5) * IDLE_SECONDS)
        for draws in (False, False, True):
            if await visitors.visit(draws=draws) is None:
                assert row_of(data_dir, visitors.room.id) is None, "told to be gone, but there"
                return ends.append("deleted")
            await asyncio.sleep(visitors.random.uniform(0, 2.5) * IDLE_SECONDS)
        assert stored(data_dir, visitors.room.id).keys() == visitors.saved
        return ends.append("kept")

    with healthy(*servers):
        urls, data_dir = [server.url for server in servers], servers[0].data_dir
        for first in range(0, rooms, 20):
            await asyncio.gather(*(play(seed) for seed in range(first, first + 20)))
        assert len(ends) == rooms
        await nothing_is_left(data_dir)


async def nothing_is_left(data_dir: Path) -> None:
    """Every room sleeps in the end, and leaves nothing in Redis."""
    await until(lambda: query(data_dir, "SELECT count(*) FROM room WHERE live") == [(0,)], what="sleep")
    redis = redis_in(data_dir)
    async with asyncio.timeout(20):
        while await redis.keys("room:*"):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.1)
    await redis.aclose()
