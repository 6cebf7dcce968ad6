"""S9: Redis goes away and comes back, while people draw."""

import asyncio

import pytest
from processes import kill_redis, redis_of, stored
from server_process import ServerProcess
from wire import Client
from wire_door import Door

pytestmark = pytest.mark.process


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


async def lose_redis(server: ServerProcess, clients: list[Client]) -> None:
    """Kill Redis; wait until everybody was greeted anew, and once more when it is back."""
    before = redis_of(server)
    seen = [len(client.of("welcome")) for client in clients]
    kill_redis(server)
    for client, count in zip(clients, seen, strict=True):
        await client.until(lambda c=client, n=count: len(c.of("welcome")) >= n + 2 and c.in_step)
    assert redis_of(server) not in (before, None)
    epochs = {client.memory.epoch for client in clients}
    assert len(epochs) == 1


async def test_s9_everybody_is_greeted_anew_and_nothing_acknowledged_is_lost(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    clients = await door.several(room, ["Ada", "Bob", "Cyd"])
    drawers = [Drawer(client) for client in clients]
    stroke = clients[2].piece(1, 2, 3, 4)
    await clients[2].live(stroke)
    await clients[0].until(lambda: stroke["id"] in clients[0].strokes)
    for _ in range(2):
        await lose_redis(server, clients)
        for client in clients:
            await client.until(lambda c=client: len(c.users) == 3)
            assert all(welcome["sync"] == "full" for welcome in client.of("welcome"))
            assert sorted(client.users.values()) == ["Ada", "Bob", "Cyd"]
            assert len({welcome["epoch"] for welcome in client.of("welcome")}) == len(client.of("welcome"))
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
    await other.until(lambda: other.cursors.get(one.user) == (7, 8))
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
