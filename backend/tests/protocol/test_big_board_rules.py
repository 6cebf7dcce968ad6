"""A big board: many ops in a batch (S8), many frames of a snapshot (S1, S6), compressed or not (C5)."""

import asyncio
import json

import pytest
from server_process import ServerProcess
from wire import Client, dial, same_board
from wire_board import merged
from wire_door import Door, Room

pytestmark = pytest.mark.process
MANY = 20_000


@pytest.fixture(scope="module")
def big(server: ServerProcess) -> Room:
    """A room with very many paths, put by one batch (S8)."""
    return asyncio.run(fill(server.url))


async def fill(url: str) -> Room:
    async with Door(url) as door:
        room = await door.create()
        client = await door.enter(room)
        await client.save(*(client.put(d=f"M{i} 0L{i} 1") for i in range(MANY)))
        assert len(client.board.paths) == MANY
        return room


async def test_s8_a_batch_of_very_many_ops_stands(big: Room, door: Door) -> None:
    client = await door.enter(big)
    assert len(client.board.paths) == MANY
    assert {path["d"] for path in client.board.paths.values()} == {f"M{i} 0L{i} 1" for i in range(MANY)}


async def test_s1_snapshots_of_many_frames_have_nothing_between_them(big: Room, door: Door) -> None:
    busy = await door.enter(big)
    drawing = asyncio.create_task(draw(busy, 25))
    newcomers = [await door.enter(big) for _ in range(3)]
    for client in newcomers:
        snapshots = client.of("snapshot")
        assert len(snapshots) > 1
        assert client.frames[1 : len(snapshots) + 1] == snapshots
        assert [frame["more"] for frame in snapshots] == [True] * (len(snapshots) - 1) + [False]
        assert {(frame["epoch"], frame["seq"]) for frame in snapshots} == {
            (client.welcome["epoch"], client.welcome["seq"])
        }
    await drawing
    await same_board(busy, *newcomers)


async def draw(client: Client, batches: int) -> None:
    for i in range(batches):
        await client.batch(client.put(), cursor=[i, i], live=[client.piece(i, i, 1, 1)])
        await asyncio.sleep(0.04)
    await client.until(lambda: client.acked == max(client.sent))


async def test_s6_a_resync_brings_the_whole_board(big: Room, door: Door) -> None:
    one, other = await door.enter(big), await door.enter(big)
    await other.save(other.put())
    one.memory.board = merged([])
    await one.resync()
    await same_board(one, other)
    await other.save(other.put())
    await same_board(one, other)
    assert len(one.of("welcome")) == 1


async def test_c5_big_frames_may_be_gzip_for_those_who_take_it_only(big: Room, door: Door) -> None:
    packed, plain = await door.enter(big, takes_gzip=True), await door.enter(big)
    assert packed.binary > 0  # that these were gzip of JSON, the client has seen to
    assert plain.binary == 0
    await plain.save(plain.put())
    await same_board(packed, plain)


async def test_c5_gzip_false_is_no_consent(big: Room, server: ServerProcess) -> None:
    socket = await dial(server.url, big.id)
    await socket.send(json.dumps({"t": "hello", "token": big.token, "gzip": False}))
    while True:
        data = await socket.recv()
        assert isinstance(data, str)
        if json.loads(data).get("more") is False:
            break
    await socket.close()
