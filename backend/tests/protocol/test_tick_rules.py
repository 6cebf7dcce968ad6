"""Ticks (S2, S3), acks (S4), ops sent again (S5), checks (S6), pace (S10) and slow readers (S7)."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from processes import healthy
from server_process import ServerProcess
from sync_help import ticks_with_ops
from wire import Client, Memory, dial, same_board
from wire_board import merged
from wire_door import Door

pytestmark = pytest.mark.process
MORE_THAN_REMEMBERED = 520


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with short ticks."""
    running = ServerProcess(tmp_path_factory.mktemp("quick") / "data", {"WHITEBOARD_TICK_MS": "10"})
    with healthy(running):
        yield running


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
    assert len(times) > 10, "the rest would tell nothing"
    assert len(times) <= (times[-1] - times[0]) / 0.1 * 1.02 + 2
    close = sum(after - before < 0.07 for before, after in pairwise(times))
    assert close < len(times) / 4


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
