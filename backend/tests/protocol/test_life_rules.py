"""A room's life over two server processes: live, asleep, woken, deleted (L1, L2), and the slots of its creator (H5).

A room sleeps after a second here; what is promised is that it never does so earlier, and that it does.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from life import is_live, keys_of, redis_in, row_of, until
from outside import ask
from processes import healthy, kill_redis
from server_process import ServerProcess
from wire import dial
from wire_door import Door, Room, http, new_source

pytestmark = pytest.mark.process

IDLE_SECONDS = 1.5
SETTINGS = {"WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS), "WHITEBOARD_PROCESS_TIMEOUT_SECONDS": "3"}

SESSION = """
SELECT user_session.last_active_at FROM user_session JOIN room ON room.key = room_key WHERE room.id = ? AND name = '{}'
"""

Pair = tuple[ServerProcess, ServerProcess]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two processes whose rooms sleep soon."""
    data_dir = tmp_path_factory.mktemp("life") / "data"
    first, second = ServerProcess(data_dir, SETTINGS), ServerProcess(data_dir, SETTINGS)
    with healthy(first, second):
        yield first, second


@pytest.fixture
def data_dir(pair: Pair) -> Path:
    return pair[0].data_dir


@pytest.fixture
async def door(pair: Pair) -> AsyncIterator[Door]:
    async with Door(pair[0].url) as opened:
        yield opened


async def asleep(data_dir: Path, room: Room) -> float:
    """Wait until a room sleeps or is deleted."""
    return await until(lambda: not is_live(data_dir, room.id), what="sleep")


async def create(client: httpx.AsyncClient) -> httpx.Response:
    """Ask for a room."""
    return await client.post("/api/rooms", json={"name": "Ada"})


# L1


async def test_l1_a_room_sleeps_when_the_last_of_both_processes_has_left(
    door: Door, data_dir: Path, pair: Pair
) -> None:
    room = await door.create()
    here = await door.enter(room, "Here", at=pair[0].url)
    there = await door.enter(room, "There", at=pair[1].url)
    await here.save(here.put())
    epoch = here.memory.epoch
    await here.close()
    await asyncio.sleep(2 * IDLE_SECONDS)
    assert is_live(data_dir, room.id), "somebody is in it"
    await there.save(there.put())
    assert there.memory.epoch == epoch
    left = time.monotonic()
    await there.close()
    await asleep(data_dir, room)
    assert time.monotonic() - left >= IDLE_SECONDS, "it sleeps early"
    redis = redis_in(data_dir)
    assert await keys_of(redis, room.id) == []
    await redis.aclose()
    assert row_of(data_dir, room.id) is not None


async def test_l1_link_and_token_wake_a_room_under_a_new_epoch(door: Door, data_dir: Path, pair: Pair) -> None:
    room = await door.create()
    one = await door.enter(room, at=pair[1].url)
    await one.save(one.put(), one.put())
    await one.close()
    for again in range(2):
        await asleep(data_dir, room)
        token = room.token if again else await door.token(room, "Bob")
        back = await door.enter(room, token=token, memory=one.memory, at=pair[again].url)
        assert back.welcome["sync"] == "full"
        assert len(back.board.paths) == 2
        assert is_live(data_dir, room.id), "it takes a slot again"
        await back.close()
    epochs = {frame["epoch"] for client in door.clients for frame in client.of("welcome")}
    assert len(epochs) == 3


async def test_l1_each_visit_begins_the_idle_time_anew(door: Door, pair: Pair) -> None:
    """Visitors without a word, on either process: whoever comes in time finds the room as it was."""
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put())
    in_time = 0
    for n in range(12):
        await one.close()
        left = time.monotonic()
        await asyncio.sleep(0.4 * IDLE_SECONDS)
        epoch = one.memory.epoch
        one = await door.enter(room, memory=one.memory, at=pair[n % 2].url)
        if time.monotonic() - left < IDLE_SECONDS:
            in_time += 1
            assert one.memory.epoch == epoch, "it slept early"
    if not in_time:
        pytest.skip("nobody came back within the idle time: this machine is too slow just now")


async def test_activity_is_noted_in_the_database(door: Door, data_dir: Path, pair: Pair) -> None:
    room = await door.create()
    here, there = await door.enter(room, "Here"), await door.enter(room, "There", at=pair[1].url)
    for client, people in ((here, 2), (there, 1)):
        at = time.time()
        await client.save(client.put())
        await until(lambda p=people: (row_of(data_dir, room.id) or {})["active_users"] == p, what="active_users")
        for last in ("SELECT last_active_at FROM room WHERE id = ?", SESSION.format(client.users[client.user])):
            await until(lambda q=last, t=at: ask(data_dir, q, UUID(room.id))[0][0] >= (t - 0.1) * 1000)
        await client.close()
    await until(lambda: (row_of(data_dir, room.id) or {})["active_users"] == 0, what="nobody")


async def test_l1_a_stroke_of_a_dead_connection_keeps_its_room(door: Door, data_dir: Path) -> None:
    room = await door.create()
    one = await door.enter(room)
    piece = one.piece(1, 2, 3, 4)
    await one.live(piece)
    await one.until(lambda: piece["id"] in one.strokes)
    await one.abort()
    await asleep(data_dir, room)
    back = await door.enter(room)
    assert set(back.board.paths) == {piece["id"]}


# L2


async def test_l2_a_room_without_a_path_is_deleted_with_its_sessions(door: Door, data_dir: Path, pair: Pair) -> None:
    visitor = await door.enter(entered := await door.create(), "Bob", at=pair[1].url)
    clearing = await door.enter(scribbled := await door.create())
    never = await door.create()
    await clearing.save(clearing.clear(), clearing.delete(clearing.new_id()))
    await visitor.close()
    await clearing.close()
    for room in (never, entered, scribbled):
        await until(lambda each=room: row_of(data_dir, each.id) is None, what="deletion")
        async with http(pair[1].url) as client:
            look = await client.get(f"/api/rooms/{room.id}", headers={"Authorization": f"Bearer {room.token}"})
            body = {"name": "Eve", "invite": room.invite}
            join = await client.post(f"/api/rooms/{room.id}/sessions", json=body)
        assert (look.status_code, join.status_code) == (404, 404)
        socket = await dial(pair[0].url, room.id)
        await socket.send(f'{{"t":"hello","token":"{room.token}"}}')
        await socket.wait_closed()
        assert socket.close_code == 4404
    gone = "SELECT count(*) FROM user_session WHERE room_key NOT IN (SELECT key FROM room)"
    assert ask(data_dir, gone) == [(0,)]


async def test_l2_a_path_that_was_erased_again_keeps_its_room(door: Door, data_dir: Path) -> None:
    erased, cleared = await door.create(), await door.create()
    for room in (erased, cleared):
        one = await door.enter(room)
        put = one.put()
        await one.save(put)
        await one.save(one.delete(put["id"]) if room is erased else one.clear())
        await one.close()
    for room in (erased, cleared):
        await asleep(data_dir, room)
        assert row_of(data_dir, room.id) is not None
        back = await door.enter(room)
        assert back.board.paths == {}


# H5


async def test_h5_of_a_hundred_at_once_ten_are_made(servers: Pair) -> None:
    source = new_source()
    async with http(servers[0].url, source) as here, http(servers[1].url, source) as there:
        answers = await asyncio.gather(*(create((here, there)[i % 2]) for i in range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 90
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "room_limit"
    assert refused.headers["Retry-After"] == "300"
    async with http(servers[0].url, new_source()) as elsewhere:
        assert (await create(elsewhere)).status_code == 201, "another address has slots of its own"


async def test_h5_sleeping_frees_the_slot_and_waking_needs_none(door: Door, data_dir: Path, pair: Pair) -> None:
    async with http(pair[0].url, new_source()) as client:
        rooms: list[Room] = []
        while len(door.clients) < 10:
            body = (await create(client)).json()
            rooms.append(Room(body["room"]["id"], body["invite"], body["token"], body))
            await door.enter(rooms[-1], at=pair[len(rooms) % 2].url)
        for visitor in door.clients:
            await visitor.save(visitor.put())
        assert (await create(client)).status_code == 429
        await door.clients[0].close()
        await asleep(data_dir, rooms[0])
        assert (await create(client)).status_code == 201
        woken = await door.enter(rooms[0], at=pair[1].url)
        assert len(woken.board.paths) == 1
        assert (await create(client)).status_code == 429, "it is live again"


async def test_h5_a_restart_forgets_no_slot_and_keeps_none_too_long(tmp_path: Path) -> None:
    with healthy(server := ServerProcess(tmp_path / "data")):
        async with http(server.url) as client:
            assert [(await create(client)).status_code for _ in range(11)] == [201] * 10 + [429]
            await kill_redis(server)
            assert (await create(client)).status_code == 429
        server.kill()
        server.start()
        async with http(server.url) as client:
            assert (await create(client)).status_code == 429
        server.terminate()
        server.env.update(SETTINGS)
        server.start()
        async with http(server.url) as client, asyncio.timeout(30):
            while (await create(client)).status_code != 201:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.3)
