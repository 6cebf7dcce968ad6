"""S1 to S8, S10 and C5: what clients are sent, in which order, and when."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from processes import healthy
from server_process import ServerProcess
from wire import Client, Memory, dial, same_board
from wire_board import merged
from wire_door import Door, Room

pytestmark = pytest.mark.process

MANY = 20_000
MORE_THAN_REMEMBERED = 520


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with short ticks."""
    running = ServerProcess(tmp_path_factory.mktemp("quick") / "data", {"WHITEBOARD_TICK_MS": "10"})
    with healthy(running):
        yield running


def ticks_with_ops(client: Client) -> list[dict[str, object]]:
    return [tick for tick in client.of("tick") if "ops" in tick]


# S1


async def test_s1_welcome_is_first_and_tells_all(door: Door) -> None:
    client = await door.enter(await door.create("Ada"))
    welcome = client.frames[0]
    required = {
        "t",
        "v",
        "user",
        "room",
        "epoch",
        "seq",
        "time",
        "tick_ms",
        "max_frame",
        "users",
        "cursors",
        "live",
        "sync",
    }
    assert set(welcome) == required
    assert (welcome["v"], welcome["sync"], welcome["tick_ms"]) == (1, "full", 100)
    assert welcome["users"] == [{"user": client.user, "name": "Ada"}]
    assert client.frames[1] == {
        "t": "snapshot",
        "epoch": welcome["epoch"],
        "seq": welcome["seq"],
        "paths": [],
        "cleared": 0,
        "more": False,
    }


async def test_s1_a_returning_client_gets_exactly_what_it_missed(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    kept, gone = one.put(), one.put()
    await one.save(kept, gone)
    await same_board(one, other)
    await other.close()
    late = [one.put() for _ in range(3)]
    for op in late:
        await one.save(op)
    await one.save(one.delete(gone["id"]))
    await one.save({**kept, "ts": one.stamp(), "color": "#ff0000"})
    back = await door.enter(room, memory=other.memory)
    assert back.welcome["sync"] == "delta"
    assert back.of("snapshot") == []
    missed = ticks_with_ops(back)[0]
    assert missed["from"] == back._since["seq"] + 1
    assert missed["seq"] == back.welcome["seq"]
    assert {op["id"] for op in missed["ops"]} == {kept["id"], gone["id"], *(op["id"] for op in late)}
    await same_board(one, back)


async def test_s1_one_who_missed_nothing_gets_no_tick(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put())
    back = await door.enter(room, memory=Memory(one.memory.epoch, one.memory.seq, one.board))
    assert back.welcome["sync"] == "delta"
    assert back.welcome["seq"] == one.memory.seq
    await back.ping()
    assert ticks_with_ops(back) == []
    assert back.of("snapshot") == []


async def test_s1_a_clear_that_was_missed_is_told(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put(), one.put())
    memory = Memory(one.memory.epoch, one.memory.seq, merged(one.board.records.values()))
    await one.save(one.clear())
    after = one.put()
    await one.save(after)
    back = await door.enter(room, memory=memory)
    assert back.welcome["sync"] == "delta"
    await same_board(one, back)
    assert set(back.board.paths) == {after["id"]}


async def test_s1_everything_since_the_beginning_is_a_delta_too(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    memory = Memory(one.memory.epoch, one.memory.seq)
    await one.save(one.put())
    back = await door.enter(room, memory=memory)
    assert back.welcome["sync"] == "delta"
    await same_board(one, back)


@pytest.mark.parametrize("beyond", [1, 1000, 2**60])
async def test_s1_a_seq_beyond_the_servers_own_gets_all(beyond: int, door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put())
    back = await door.enter(room, memory=Memory(one.memory.epoch, one.memory.seq + beyond))
    assert back.welcome["sync"] == "full"
    await same_board(one, back)


async def test_s1_another_epoch_gets_all(door: Door) -> None:
    room, elsewhere = await door.create(), await door.create()
    one, stranger = await door.enter(room), await door.enter(elsewhere)
    await one.save(one.put())
    for epoch in ("", "x", one.memory.epoch + "x", one.memory.epoch.swapcase(), stranger.memory.epoch):
        back = await door.enter(room, memory=Memory(epoch or " ", 0))
        assert back.welcome["sync"] == "full"
        await same_board(one, back)


async def check_that_500_ticks_are_remembered(quick: ServerProcess) -> None:
    async with Door(quick.url) as door:
        room = await door.create()
        one = await door.enter(room)
        while one.memory.seq < MORE_THAN_REMEMBERED:
            await one.save(one.put())
        for seq in (one.memory.seq - 500, 0):
            back = await door.enter(room, memory=Memory(one.memory.epoch, seq, board_at(one, seq)))
            assert back.welcome["sync"] == "delta" or seq == 0
            await same_board(one, back)


def board_at(client: Client, seq: int) -> object:
    """What a client had been shown at some seq."""
    return merged(op for tick in ticks_with_ops(client) if tick["seq"] <= seq for op in tick["ops"])


# S1, S8 and C5 with a big board.


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


# S2, S3


async def test_s3_everybody_gets_the_same_ops_under_the_same_seq(door: Door) -> None:
    room = await door.create()
    clients = await door.several(room, ["Ada", "Bob", "Cyd", "Dan"])
    paths = [clients[0].new_id() for _ in range(6)]
    for round_ in range(12):
        for i, client in enumerate(clients):
            path_id = paths[(round_ * 5 + i) % len(paths)]
            op = client.delete(path_id) if round_ % 4 == i else client.put(path_id, width=1 + i)
            await client.batch(op, client.put())
        await asyncio.sleep(0.03)
    for client in clients:
        await client.until(lambda c=client: c.acked == max(c.sent))
    await same_board(*clients)
    first = clients[0].ticks
    for client in clients[1:]:
        assert client.ticks == first
    sent = merged(op for client in clients for ops in client.sent.values() for op in ops)
    assert clients[0].board.paths == sent.paths
    cold = await door.enter(room)
    assert cold.board.paths == sent.paths


async def test_s3_applying_an_op_twice_changes_nothing(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    op = one.put()
    await one.save(op)
    seq = one.memory.seq
    await one.save(op, op)
    await other.save(op)
    assert one.board.paths == {op["id"]: {name: value for name, value in op.items() if name != "op"}}
    shown = [each for tick in ticks_with_ops(one) if tick["seq"] > seq for each in tick["ops"]]
    assert shown == []


# S4


async def test_s4_an_ack_names_n_and_comes_with_or_after_the_frame_with_the_op(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    op = one.put()
    n = await one.save(op)
    shown = next(i for i, frame in enumerate(one.frames) if op in frame.get("ops", ()))
    acked = next(i for i, frame in enumerate(one.frames) if [one.user, n] in frame.get("acks", ()))
    assert shown <= acked
    await other.until(lambda: op["id"] in other.board.paths)


async def test_s4_an_error_comes_before_the_ack_of_its_batch(door: Door) -> None:
    client = await door.enter(await door.create())
    good = client.put()
    n = await client.save(client.put(d="x"), good, client.put(width=0))
    kinds = [frame for frame in client.frames if frame["t"] == "error" or [client.user, n] in frame.get("acks", ())]
    assert [frame["t"] for frame in kinds] == ["error", "error", "tick"]
    assert list(client.board.paths) == [good["id"]]


async def test_s4_batches_whose_ops_have_all_lost_or_failed_are_acknowledged(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    op = one.put()
    await one.save(op)
    await other.save({**op, "ts": op["ts"] - 1})
    await other.save(op)
    await other.save({"op": "nothing"})
    await other.save()
    await one.save(one.clear())
    await other.save({**op, "ts": op["ts"] + 1})
    assert one.board.paths == {}


async def test_s4_n_counts_anew_with_each_connection(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    for _ in range(5):
        await one.save(one.put())
    again = await door.enter(room)
    assert await again.save(again.put()) == 1
    await one.close()
    back = await door.enter(room, memory=one.memory)
    assert await back.save(back.put()) == 1


async def test_s4_acks_are_of_the_author_alone(door: Door) -> None:
    room = await door.create()
    clients = await door.several(room, ["Ada", "Bob", "Cyd"])
    for client in clients:
        await client.batch(client.put())
        await client.batch(client.put())
    for client in clients:
        await client.until(lambda c=client: c.acked == 2)
    users = {user for tick in clients[0].of("tick") for user, _ in tick.get("acks", ())}
    assert users <= {client.user for client in clients}


# S5


async def test_s5_ops_sent_again_after_an_abrupt_end_are_acknowledged_and_shown_once(door: Door) -> None:
    room = await door.create()
    witness = await door.enter(room, "Wit")
    one = await door.enter(room)
    ops = [one.put() for _ in range(20)]
    for op in ops:
        await one.batch(op)
    await witness.until(lambda: witness.board.paths)
    await one.abort()
    back = await door.enter(room, memory=one.memory)
    await back.save(*ops)
    await same_board(witness, back)
    assert set(witness.board.paths) == {op["id"] for op in ops}
    seq = witness.memory.seq
    await back.save(*ops)
    shown = [op["id"] for tick in ticks_with_ops(witness) for op in tick["ops"]]
    assert sorted(shown) == sorted(op["id"] for op in ops)
    assert all(tick["ops"] == [] for tick in ticks_with_ops(witness) if tick["seq"] > seq)


async def test_s5_an_op_sent_again_does_not_undo_what_came_after_it(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    op = one.put()
    await one.save(op)
    await other.until(lambda: op["id"] in other.board.paths)
    await other.save(other.delete(op["id"]))
    await one.until(lambda: op["id"] not in one.board.paths)
    await one.save(op)
    await same_board(one, other)
    assert one.board.paths == {}


# S6, S10


async def test_s1_s6_s10_while_ops_flow_for_long(door: Door, quick: ServerProcess) -> None:
    await asyncio.gather(check_the_flow(door), check_that_500_ticks_are_remembered(quick))


async def check_the_flow(door: Door) -> None:
    """S6, S10: check sums come, and ticks are spaced."""
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < 11:
        await one.batch(one.put(), cursor=[1, 2])
        await other.live(other.piece(1, 2, 3, 4))
        await asyncio.sleep(0.02)
    await one.until(lambda: one.acked == max(one.sent))
    checked = [at for frame, at in zip(other.frames, other.arrivals, strict=True) if "check" in frame]
    edges = [other.arrivals[0], *checked, other.arrivals[-1]]
    assert len(checked) >= 1
    assert max(after - before for before, after in pairwise(edges)) < 12
    for client in (one, other):
        assert_spaced([at for frame, at in zip(client.frames, client.arrivals, strict=True) if "ops" in frame])
        kinds = zip(client.frames, client.arrivals, strict=True)
        assert_spaced([at for frame, at in kinds if frame["t"] == "tick" and "ops" not in frame])


def assert_spaced(times: list[float]) -> None:
    """At most one in 100 ms where they were sent; on the way here they may have been held up and then bunched."""
    assert len(times) > 50
    assert len(times) <= (times[-1] - times[0]) / 0.1 * 1.02 + 2
    close = sum(after - before < 0.07 for before, after in pairwise(times))
    assert close < len(times) / 4


# S7: one who reads slowly.


async def test_s7_who_does_not_read_gets_it_all_in_the_end_and_nobody_else_notices(
    door: Door, server: ServerProcess
) -> None:
    room = await door.create()
    one = await door.enter(room)
    slow = await dial(server.url, room.id)
    await slow.send(json.dumps({"t": "hello", "token": room.token}))
    await one.until(lambda: len(one.users) == 2)
    slow.transport.pause_reading()
    long = "M0 0" + "".join(f"L{i} {i}" for i in range(20_000))
    for _ in range(25):
        await one.save(one.put(d=long))
    await one.save(*(one.delete(path_id) for path_id in list(one.board.paths)[5:]))
    slow.transport.resume_reading()
    reader = Client(slow)
    door.clients.append(reader)
    await reader.until(lambda: reader.memory.seq == one.memory.seq)
    await same_board(one, reader)
