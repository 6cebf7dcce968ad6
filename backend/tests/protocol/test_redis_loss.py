"""S9: Redis goes away and comes back, while people draw."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from processes import healthy, kill_redis, stored
from server_process import ServerProcess
from wire import SECONDS, Client, together
from wire_door import Door, http

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this module's own: nobody else is to lose the Redis."""
    running = ServerProcess(tmp_path_factory.mktemp("server") / "data")
    with healthy(running):
        yield running


@pytest.fixture
async def door(server: ServerProcess) -> AsyncIterator[Door]:
    async with Door(server.url) as opened:
        yield opened


class Drawer:
    """Keeps a client drawing until it is told to stop."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._task = asyncio.create_task(self._draw())

    async def _draw(self) -> None:
        while True:
            await self.client.batch(self.client.put(), cursor=[1, 2])
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.client.until(lambda: self.client.acked == max(self.client.sent))


async def lose_redis(server: ServerProcess, clients: list[Client], kills: int = 1) -> None:
    """Kill Redis (from the second time on it stays away for a while); wait until it is back, and everybody knows."""
    before = [client.memory.epoch for client in clients]
    for _ in range(kills):
        await kill_redis(server)
    for client, epoch in zip(clients, before, strict=True):
        await client.until(lambda c=client, e=epoch: c.memory.epoch != e and c.in_step)
    await until_ready(server)
    await together(clients, lambda: len({client.memory.epoch for client in clients if client.in_step}) == 1)


async def until_ready(server: ServerProcess) -> None:
    """Wait until the server says that it is ready, with Redis."""
    async with http(server.url) as client, asyncio.timeout(SECONDS):
        while (await client.get("/readyz")).json()["status"] != "ready":  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)


async def test_s9_a_redis_that_comes_back_at_once(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    clients = await door.several(room, ["Ada", "Bob"])
    drawers = [Drawer(client) for client in clients]
    await lose_redis(server, clients)
    for drawer in drawers:
        await drawer.stop()
    await until_ready(server)
    sent = {op["id"] for client in clients for ops in client.sent.values() for op in ops}
    for client in clients:
        await client.until(lambda c=client: set(c.board.paths) == sent and len(c.users) == 2)
    assert clients[0].board.paths == stored(server.data_dir, room.id)


async def test_s9_everybody_is_greeted_anew_and_nothing_acknowledged_is_lost(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    clients = await door.several(room, ["Ada", "Bob", "Cyd"])
    drawers = [Drawer(client) for client in clients]
    stroke = clients[2].piece(1, 2, 3, 4)
    await clients[2].live(stroke)
    await clients[0].until(lambda: stroke["id"] in clients[0].strokes)
    await lose_redis(server, clients, kills=3)
    for client in clients:
        await client.until(lambda c=client: len({each["epoch"] for each in c.of("welcome")}) >= 3)
        await client.until(lambda c=client: len(c.users) == 3)
        assert all(welcome["sync"] == "full" for welcome in client.of("welcome"))
        assert sorted(client.users.values()) == ["Ada", "Bob", "Cyd"]
    for drawer in drawers:
        await drawer.stop()
    sent = {op["id"] for client in clients for ops in client.sent.values() for op in ops}
    for client in clients:
        await client.until(lambda c=client: set(c.board.paths) == sent)
        assert client.closed is None
        assert client.errors == []
    cold = await door.enter(room)
    assert cold.board.paths == clients[0].board.paths == stored(server.data_dir, room.id)


async def test_s9_strokes_and_cursors_go_on(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    piece = one.piece(1, 2)
    await one.live(piece, cursor=[5, 6])
    await other.until(lambda: piece["id"] in other.strokes and other.cursors)
    await lose_redis(server, [one, other])
    await one.live({**piece, "points": [3, 4]}, cursor=[7, 8])
    await other.until(lambda: other.strokes.get(piece["id"]) == (one.user, [1, 2, 3, 4]))
    async with asyncio.timeout(SECONDS):
        while other.cursors.get(one.user) != (
            7,
            8,
        ):  # one told just before another welcome goes with it (P2)
            await one.live(cursor=[7, 8])
            await asyncio.sleep(0.05)
    await one.save(one.put(piece["id"]))
    await other.until(lambda: piece["id"] in other.board.paths)
    assert piece["id"] not in other.strokes


async def test_s9_who_was_away_meanwhile_comes_back_to_everything(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    await one.save(one.put())
    await other.abort()
    await lose_redis(server, [one])
    await one.save(one.put())
    back = await door.enter(room, memory=other.memory)
    assert back.welcome["sync"] == "full"
    await back.until(lambda: len(back.board.paths) == 2)
    await one.until(lambda: len(one.users) == 2)
    assert set(one.users) == {one.user, back.user}
