"""Last write wins over the wire (W1 to W4)."""

from itertools import permutations
from random import Random

import pytest
from wire import Client
from wire_board import Op, merged
from wire_door import Door

pytestmark = pytest.mark.process


async def test_w1_the_greater_stamp_stands_whatever_the_order_of_arrival(pair: tuple[Client, Client]) -> None:
    one, other = pair
    path_id, base = one.new_id(), one.stamp()
    ops = [
        one.put(path_id, ts=base + 1, color="#000001"),
        one.put(path_id, ts=base + 3, color="#000003"),
        {"op": "del", "id": path_id, "ts": base + 2},
    ]
    await one.save(ops[1])
    await other.save(ops[0], ops[2])
    await one.ping()
    assert one.board.paths[path_id]["color"] == "#000003"
    await other.save({"op": "del", "id": path_id, "ts": base + 4})
    await one.save({**ops[1], "ts": base + 3})
    assert path_id not in one.board.paths


async def test_w1_a_del_leaves_a_tombstone_even_of_what_was_never_there(pair: tuple[Client, Client]) -> None:
    one, other = pair
    op = one.put()
    await other.save({"op": "del", "id": op["id"], "ts": op["ts"] + 1})
    await one.save(op)
    assert one.board.paths == {}
    await one.save({**op, "ts": op["ts"] + 2})
    assert list(one.board.paths) == [op["id"]]


async def test_w2_clear_removes_what_is_lower_or_equal_and_beats_what_comes_later(pair: tuple[Client, Client]) -> None:
    one, other = pair
    ts = one.stamp()
    lower, equal, above = (one.put(ts=ts + i) for i in (-1, 0, 1))
    await one.save(lower, equal, above)
    await other.save({"op": "clear", "ts": ts})
    await one.until(lambda: list(one.board.paths) == [above["id"]])
    late = [one.put(ts=ts), one.put(ts=ts - 5), {"op": "del", "id": above["id"], "ts": ts}]
    await one.save(*late)
    assert list(one.board.paths) == [above["id"]]
    await one.save({"op": "clear", "ts": ts - 7})
    assert one.board.cleared == ts


async def test_w2_the_greatest_clear_is_in_the_snapshot(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    ts = one.stamp()
    await one.save({"op": "clear", "ts": ts}, {"op": "clear", "ts": ts - 1})
    await one.resync()
    assert one.of("snapshot")[-1]["cleared"] == ts


async def test_w2_a_clear_within_a_batch_leaves_what_is_newer(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    before, clear, after = one.put(), one.clear(), one.put()
    await one.save(after, clear, before)
    assert list(one.board.paths) == [after["id"]]


async def test_w3_equal_stamps_are_decided_alike_in_every_order(pair: tuple[Client, Client]) -> None:
    one, other = pair
    ts = one.stamp()
    rivals = [
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000", "width": 10},
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000", "width": 9},
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000ab", "width": 1},
        {"ts": ts, "d": "M0 0L10 1", "color": "#000000", "width": 1},
    ]
    for order in permutations(rivals):
        path_id = one.new_id()
        for i, values in enumerate(order):
            await (one, other)[i % 2].batch(one.put(path_id, **values))
    await one.save()
    await other.save()
    await one.until(lambda: one.memory.seq >= other.memory.seq)
    assert len(one.board.paths) == 24
    assert {(path["d"], path["color"], path["width"]) for path in one.board.paths.values()} == {
        ("M0 0L10 1", "#000000", 1)
    }


async def test_w3_widths_are_compared_as_numbers_and_del_beats_put(pair: tuple[Client, Client]) -> None:
    one, other = pair
    op = one.put(width=9)
    await one.save(op)
    await other.save({**op, "width": 10})
    await one.until(lambda: one.board.paths[op["id"]]["width"] == 10)
    await one.save(op)
    assert one.board.paths[op["id"]]["width"] == 10
    await other.save(one.delete(op["id"], op["ts"]))
    await one.save({**op, "width": 100})
    assert one.board.paths == {}


async def test_w4_any_order_grouping_and_repetition_gives_the_same_board(door: Door) -> None:
    one = await door.enter(await door.create())
    chance = Random(4)
    base, ids = one.stamp(), [one.new_id() for _ in range(5)]
    ops = [random_op(chance, base, ids) for _ in range(60)]
    expected = merged(ops)
    for seed in range(3):
        client = await door.enter(await door.create())
        shuffled = Random(seed).sample(ops, len(ops)) + ops[:10]
        while shuffled:
            size = chance.randint(1, 15)
            await client.batch(*shuffled[:size])
            shuffled = shuffled[size:]
        await client.save()
        assert client.board.paths == expected.paths
        assert client.board.cleared == expected.cleared


def random_op(chance: Random, base: int, ids: list[str]) -> Op:
    """An op with few ids and few stamps, so that ties are common."""
    ts = base + chance.randrange(8)
    kind = chance.choices(("put", "del", "clear"), (20, 4, 1))[0]
    if kind == "clear":
        return {"op": "clear", "ts": ts - 6}
    if kind == "del":
        return {"op": "del", "id": chance.choice(ids), "ts": ts}
    path = {"d": chance.choice(("M0 0L1 1", "M0 0L1 2")), "color": "#000000", "width": chance.choice((1, 2, 10))}
    return {"op": "put", "id": chance.choice(ids), "ts": ts, **path}
