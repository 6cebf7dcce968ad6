"""People who come at the very moment at which their room goes to sleep, on two processes, again and again.

Every other visitor watches Redis, and comes in the moment in which the live state is gone and the database is still to
be written; the others come after about the idle time. The database is often locked for a moment, which makes the time
between the two long. So visits meet a room that is being taken down, or is just being loaded by the other process.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from life import is_live, redis_in, row_of, until
from outside import ask, locked
from processes import healthy, stored
from redis.asyncio import Redis
from server_process import ServerProcess
from wire import Client, Memory, dial
from wire_door import Room, http, new_source

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

IDLE_SECONDS = 0.05
LOCKED_SECONDS = 0.05
SETTINGS = {"WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS)}
GONE = (4404, "this room is gone")


class Visitors:
    """Comes and goes in one room, each visit on a process by chance, and remembers what was acknowledged."""

    def __init__(self, data_dir: Path, urls: list[str], redis: Redis, room: Room, seed: int) -> None:
        self.data_dir = data_dir
        self.urls = urls
        self.redis = redis
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
            elif self.random.random() < 0.5:
                await asyncio.sleep(2 * LOCKED_SECONDS)
            # While the disk is in the way the waking may be noted late; one that was undone would never be.
            await until(lambda: is_live(self.data_dir, self.room.id), what="a room with somebody in it to be live")
            assert client.closed is None
            return client
        finally:
            await client.close()
            if client.fault:
                raise client.fault

    async def come_and_go(self, visits: int) -> None:
        """Visit so often, each time when the room may be going to sleep."""
        for n in range(visits):
            await self.edge(watch=n % 2 == 0)
            assert await self.visit(draws=n % 5 == 0), "a room with a drawing is gone"

    async def edge(self, *, watch: bool) -> None:
        """Wait until the live state is taken down, or for about as long as that takes."""
        if not watch:
            return await asyncio.sleep(self.random.uniform(0.5, 2.5) * IDLE_SECONDS)
        while await self.redis.exists(f"room:{{{self.room.id}}}:meta"):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.002)
        return None


@contextmanager
def often_locked(data_dir: Path) -> Iterator[None]:
    """Take the lock for writing again and again, as another program would, for as long as the block runs."""
    done = threading.Event()

    def lock() -> None:
        while not done.wait(LOCKED_SECONDS):
            with locked(data_dir):
                time.sleep(LOCKED_SECONDS)

    thread = threading.Thread(target=lock)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def make(url: str) -> Room:
    """Make a room, from an address of its own."""
    async with http(url, new_source()) as client:
        body = (await client.post("/api/rooms", json={"name": "Ada"})).json()
    return Room(body["room"]["id"], body["invite"], body["token"], body)


async def drawn_in(data_dir: Path, urls: list[str], redis: Redis, seed: int) -> Visitors:
    """A room with a first path; one that goes to sleep before that is deleted, and another one is made."""
    while True:
        visitors = Visitors(data_dir, urls, redis, await make(urls[0]), seed)
        if await visitors.visit(draws=True):
            return visitors


async def test_l1_nobody_who_comes_at_the_edge_is_thrown_out(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rooms, visits = (40, 100) if request.config.getoption("--long") else (12, 12)
    servers = [ServerProcess(tmp_path / "data", SETTINGS) for _ in range(2)]
    data_dir = servers[0].data_dir
    with healthy(*servers), often_locked(data_dir):
        urls = [server.url for server in servers]
        redis = redis_in(data_dir)
        everybody = [await drawn_in(data_dir, urls, redis, seed) for seed in range(rooms)]
        await asyncio.gather(*(each.come_and_go(visits) for each in everybody))
        for each in everybody:
            assert stored(data_dir, each.room.id).keys() == each.saved
        assert sum(each.visits for each in everybody) == rooms * (visits + 1)
        assert sum(len(each.epochs) for each in everybody) > rooms * visits / 2
        await nothing_is_left(data_dir, redis)


async def test_l2_a_room_is_deleted_or_entered_and_never_both(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rooms = 1000 if request.config.getoption("--long") else 60
    servers = [ServerProcess(tmp_path / "data", SETTINGS) for _ in range(2)]

    async def play(seed: int) -> str:
        """Come into a room that nobody has drawn in about when it is deleted; who is let in may draw, and it stays."""
        visitors = Visitors(data_dir, urls, redis, await make(urls[seed % 2]), seed)
        for draws in (False, False, True):
            if await visitors.visit(draws=draws) is None:
                assert row_of(data_dir, visitors.room.id) is None, "told to be gone, but there"
                return "deleted"
            await visitors.edge(watch=seed % 2 == 0)
        assert stored(data_dir, visitors.room.id).keys() == visitors.saved
        return "kept"

    data_dir = servers[0].data_dir
    with healthy(*servers), often_locked(data_dir):
        urls = [server.url for server in servers]
        redis = redis_in(data_dir)
        for first in range(0, rooms, 20):
            ends = await asyncio.gather(*(play(seed) for seed in range(first, first + 20)))
            print(Counter(ends))  # noqa: T201 - how many of each is a matter of chance
        await nothing_is_left(data_dir, redis)


async def nothing_is_left(data_dir: Path, redis: Redis) -> None:
    """Every room sleeps in the end, and leaves nothing in Redis."""
    await until(lambda: ask(data_dir, "SELECT count(*) FROM room WHERE live") == [(0,)], what="sleep")
    async with asyncio.timeout(20):
        while await redis.keys("room:*"):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.1)
    await redis.aclose()
