"""Two server processes on one Redis and one data directory: for the people in a room they are one server."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from processes import redis_of
from server_process import ServerProcess
from wire import Client, same_board, together
from wire_door import Door, Room

pytestmark = pytest.mark.process

Pair = tuple[ServerProcess, ServerProcess]
ONE_BY_ONE = 5


@pytest.fixture
async def door(servers: Pair) -> AsyncIterator[Door]:
    async with Door(servers[0].url) as opened:
        yield opened


@pytest.fixture
async def pair(door: Door, room: Room, servers: Pair) -> tuple[Client, Client]:
    """A client on each process, who know of one another."""
    here = await door.enter(room, "Here", at=servers[0].url)
    there = await door.enter(room, "There", at=servers[1].url)
    await here.until(lambda: len(here.users) == 2)
    return here, there


async def test_s2_s3_the_same_ops_under_the_same_seq_on_both(door: Door, room: Room, servers: Pair) -> None:
    clients = [await door.enter(room, at=servers[i % 2].url) for i in range(4)]
    paths = [clients[0].new_id() for _ in range(5)]
    for round_ in range(25):
        for i, client in enumerate(clients):
            path_id = paths[(round_ * 3 + i) % len(paths)]
            op = client.delete(path_id) if (round_ + i) % 6 == 0 else client.put(path_id, width=1 + i)
            await client.batch(op, client.put())
        await asyncio.sleep(0.02)
    for client in clients:
        await client.save()
    await same_board(*clients)
    # A process that is behind tells several seqs at once: so it goes on until some were told to everybody one by one.
    while len(common := set.intersection(*(set(client.ticks) for client in clients))) < ONE_BY_ONE:
        await clients[0].save(clients[0].put(paths[0]))
        await same_board(*clients)
    for client in clients:
        assert {key: client.ticks[key] for key in common} == {key: clients[0].ticks[key] for key in common}
    assert len({client.memory.epoch for client in clients}) == 1


async def test_p1_joined_and_left_cross_over(
    pair: tuple[Client, Client], door: Door, room: Room, servers: Pair
) -> None:
    here, there = pair
    assert here.users == there.users
    third = await door.enter(room, "Third", at=servers[1].url)
    await here.until(lambda: here.users.get(third.user) == "Third")
    assert len({here.user, there.user, third.user}) == 3
    assert third.welcome["room"]["active_users"] == 3
    await third.abort()
    for client in pair:
        await client.until(lambda c=client: third.user not in c.users)


async def test_p2_p3_cursors_and_strokes_cross_over(pair: tuple[Client, Client]) -> None:
    for one, other in (pair, pair[::-1]):
        piece = one.piece(1, 2)
        await one.live(piece, cursor=[3, 4])
        await one.live({**piece, "points": [5, 6]})
        await other.until(lambda o=other, p=piece: o.strokes.get(p["id"], (0, []))[1] == [1, 2, 5, 6])
        assert other.strokes[piece["id"]][0] == one.user
        await other.until(lambda o=other, user=one.user: o.cursors.get(user) == (3, 4))
        await one.save(one.put(piece["id"]))
        await other.until(lambda o=other, p=piece: p["id"] in o.board.paths)
        abandoned = one.piece(1, 2)
        await one.live(abandoned, cursor=None)
        await other.until(lambda o=other, p=abandoned: p["id"] in o.strokes)
        await one.live({"id": abandoned["id"], "end": True})
        await other.until(lambda o=other, user=one.user: not o.strokes and user not in o.cursors)


async def test_p3_a_newcomer_process_learns_strokes_and_cursors_under_way(
    door: Door, room: Room, servers: Pair
) -> None:
    one = await door.enter(room, at=servers[0].url)
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece, cursor=[7, 8])
    await one.until(lambda: piece["id"] in one.strokes)
    newcomer = await door.enter(room, at=servers[1].url)
    await newcomer.until(lambda: newcomer.strokes.get(piece["id"]) == (one.user, [1, 2, 3, 4]))
    await newcomer.until(lambda: newcomer.cursors.get(one.user) == (7, 8))
    await one.live({**piece, "points": [5, 6]})
    await newcomer.until(lambda: newcomer.strokes[piece["id"]][1] == [1, 2, 3, 4, 5, 6])
    assert newcomer.users.keys() == {one.user, newcomer.user}


async def test_p3_a_put_that_lost_to_the_other_process_ends_its_stroke_on_both(pair: tuple[Client, Client]) -> None:
    here, there = pair
    piece = here.piece(1, 2, 3, 4)
    await here.live(piece)
    await there.until(lambda: piece["id"] in there.strokes)
    op = here.put(piece["id"])
    await there.save(there.clear(op["ts"] + 1))
    await here.until(lambda: here.board.cleared)
    await here.save(op)
    await together(pair, lambda: not here.strokes and not there.strokes)
    ended = [here.user, {"id": piece["id"], "end": True}]
    for client in pair:
        assert ended in [each for tick in client.of("tick") for each in tick.get("live", ())]
        assert client.board.paths == {}


async def test_p4_a_dead_connections_stroke_is_kept_once_and_shown_on_both(pair: tuple[Client, Client]) -> None:
    here, there = pair
    piece = there.piece(1, 2, 3, 4)
    await there.live(piece)
    await here.until(lambda: piece["id"] in here.strokes)
    await there.abort()
    await here.until(lambda: piece["id"] in here.board.paths and there.user not in here.users)
    assert here.strokes == {}
    assert here.board.paths[piece["id"]]["ts"] == piece["ts"]


async def test_w5_the_newest_that_the_room_holds_may_have_come_from_the_other_process(
    pair: tuple[Client, Client],
) -> None:
    here, there = pair
    base = here.stamp(59_000)
    steps = [base + 4096 * i for i in range(3000)]
    await here.save(*(here.put(ts=ts) for ts in steps))
    await there.until(lambda: len(there.board.paths) == len(steps))
    await there.save(there.put(ts=steps[-1] + 4096))
    assert there.errors == []


@pytest.mark.parametrize("opened", [True, False], ids=["which has the room open", "which opens the room"])
async def test_s1_a_delta_at_the_other_process(opened: bool, door: Door, room: Room, servers: Pair) -> None:
    one = await door.enter(room, at=servers[0].url)
    if opened:
        await door.enter(room, at=servers[1].url)
    gone = await door.enter(room, at=servers[0].url)
    await one.save(one.put(), one.put())
    await same_board(one, gone)
    await gone.abort()
    await one.save(one.put())
    await one.save(one.clear())
    await one.save(one.put())
    back = await door.enter(room, at=servers[1].url, memory=gone.memory)
    assert back.welcome["sync"] == "delta"
    await same_board(one, back)
    assert len(back.board.paths) == 1


async def test_s5_ops_sent_to_both_processes_stand_once_and_are_acknowledged_by_both(
    pair: tuple[Client, Client],
) -> None:
    here, there = pair
    ops = [here.put() for _ in range(30)]
    for op in ops:
        await asyncio.gather(here.batch(op), there.batch(op))
    await here.save()
    await there.save()
    await same_board(here, there)
    assert set(here.board.paths) == {op["id"] for op in ops}
    common = here.ticks.keys() & there.ticks.keys()
    assert {key: here.ticks[key] for key in common} == {key: there.ticks[key] for key in common}


# One of them goes.


@pytest.fixture(scope="module")
def mortal_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    data_dir = tmp_path_factory.mktemp("mortal") / "data"
    with ServerProcess(data_dir) as first, ServerProcess(data_dir) as second:
        yield first, second


@pytest.fixture
def other_servers(mortal_servers: Pair) -> Pair:
    """Two processes that may be ended; the first one given runs the Redis."""
    for server in mortal_servers:
        if server.process.poll() is not None:
            server.wait()
            server.start()
    first, second = mortal_servers
    return (first, second) if redis_of(first) else (second, first)


@pytest.mark.parametrize("dying", [1, 0], ids=["the one without the Redis", "the one with the Redis"])
async def test_p1_p4_a_crashed_process_leaves_within_15_seconds_and_its_strokes_are_kept(
    dying: int, other_servers: Pair
) -> None:
    crashing, staying = other_servers[dying], other_servers[1 - dying]
    async with Door(staying.url) as door:
        room = await door.create()
        witness = await door.enter(room, "Wit", at=staying.url)
        lost = await door.enter(room, "Lost", at=crashing.url)
        piece = lost.piece(1, 2, 3, 4)
        await lost.save(lost.put(), live=[piece], cursor=[1, 2])
        waiting = lost.put()
        await witness.until(lambda: piece["id"] in witness.strokes and len(witness.board.paths) == 1)
        crashing.process.kill()
        began = time.monotonic()
        await lost.until(lambda: lost.closed)
        back = await door.enter(room, "Back", at=staying.url, memory=lost.memory)
        await back.save(waiting)
        await witness.until(lambda: sorted(witness.users.values()) == ["Back", "Wit"], seconds=20)
        assert time.monotonic() - began < 16
        await together([witness], lambda: not witness.strokes and not witness.cursors)
        await witness.until(lambda: piece["id"] in witness.board.paths)
        assert witness.board.paths[piece["id"]]["ts"] == piece["ts"]
        await same_board(witness, back)
        assert len(witness.board.paths) == 3


async def test_c4_the_process_that_runs_the_redis_ends_in_order(other_servers: Pair) -> None:
    ending, staying = other_servers
    async with Door(staying.url) as door:
        room = await door.create()
        witness = await door.enter(room, "Wit", at=staying.url)
        moving = await door.enter(room, "Moving", at=ending.url)
        piece = moving.piece(1, 2, 3, 4)
        await moving.save(moving.put(), live=[piece])
        await witness.until(lambda: piece["id"] in witness.strokes)
        await moving.batch(moving.put())
        await moving.ping()
        assert await asyncio.to_thread(ending.terminate) == 0
        assert (await moving.until_closed())[0] == 1012
        assert moving.acked == 2
        back = await door.enter(room, "Moving", at=staying.url, memory=moving.memory)
        await back.save(back.put())
        await together([witness, back], lambda: len(witness.board.paths) == 4 and len(back.board.paths) == 4)
        await together([witness, back], lambda: witness.users == back.users and len(back.users) == 2)
        assert witness.strokes == {}
