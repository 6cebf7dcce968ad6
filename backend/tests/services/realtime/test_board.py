"""Merging (W1 to W4) and the check sum (S6), against the shared vectors and the plainest reference."""

import json
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_model import (
    LINE,
    TOP,
    Json,
    Standing,
    every_op,
    hashed,
    ids,
    merged,
    op_lists,
    path_id,
    put,
    rank,
    standing,
    stands,
    told,
    vectors,
)

from app.schemas.ops import Clear, Delete, Op, Put, encode_op
from app.services.realtime.board import Board, Record, beats, path_body, record_of
from app.services.realtime.changes import Changes

CASES = vectors("merge")


def state_of(case: Json) -> Standing:
    state = case["state"]
    return Standing({path["id"]: Put(**path) for path in state["paths"]}, dict(state["tombstones"]), state["cleared"])


@pytest.mark.parametrize("case", CASES, ids=[f"{case['rule']} {case['name']}" for case in CASES])
def test_w1_to_w4_shared_vectors_in_any_order_and_repetition(case: Json) -> None:
    ops = msgspec.json.decode(json.dumps(case["ops"]), type=list[Op])
    assert standing(ops) == state_of(case)
    for seed in range(10):
        chance = random.Random(seed)
        shuffled = chance.sample(ops, len(ops)) + (chance.choices(ops, k=len(ops)) if ops else [])
        for order in (ops, ops[::-1], shuffled):
            board = merged(order)
            assert told(board) == state_of(case)
            assert {"count": board.count, "sum": board.sum()} == case["check"]
            assert told(merged(gathered(order).ops())) == state_of(case)


@given(st.integers(10, 1_000_000), st.integers(1, 2**53 - 1), st.sampled_from(["#1d3557", "#1d355780"]))
def test_a_body_that_is_spelled_from_a_row_is_the_one_that_its_op_leaves(width: int, ts: int, color: str) -> None:
    op = Put(path_id(1), ts, LINE, color, width / 1000)
    assert path_body(op.id, op.ts, op.d, op.color, op.width) == record_of(op).body


def gathered(ops: list[Op]) -> Changes:
    changes = Changes()
    for op in ops:
        changes.add(op)
    return changes


@given(op_lists, st.randoms(use_true_random=False))
def test_w4_any_order_and_repetition_gives_the_reference(ops: list[Op], chance: random.Random) -> None:
    shuffled = chance.sample(ops, len(ops)) + (chance.choices(ops, k=5) if ops else [])
    assert told(merged(shuffled)) == standing(ops)


@given(st.lists(op_lists, max_size=4))
def test_w4_any_split_into_batches_gives_the_reference(batches: list[list[Op]]) -> None:
    board = Board()
    for batch in batches:
        changes = gathered(batch)
        winners = changes.without_losers(board)
        before = told(board)
        for op in winners.ops():
            assert board.merge(op), "an op was kept that loses to the board or to another of its batch"
        for op in changes.ops():
            assert not board.merge(op)
        assert told(board) == standing([*ops_of(before), *batch])
    assert told(board) == standing(op for batch in batches for op in batch)


def ops_of(state: Standing) -> list[Op]:
    head: list[Op] = [Clear(state.cleared)] if state.cleared else []
    return head + list(state.paths.values()) + [Delete(name, ts) for name, ts in state.tombstones.items()]


@given(op_lists)
def test_w4_a_merge_tells_whether_it_changed_anything(ops: list[Op]) -> None:
    board = Board()
    for op in ops:
        before = told(board)
        would = board.would_win(op)
        won = board.merge(op)
        assert won == would == (told(board) != before)
        assert not board.merge(op)
        assert not board.would_win(op)
        assert won <= stands(op, told(board))


@given(op_lists)
def test_w4_changes_hold_one_op_an_id_and_nothing_that_lost(ops: list[Op]) -> None:
    changes = gathered(ops)
    kept = changes.ops()
    assert len(changes) == len(kept)
    assert bool(changes) == bool(ops)
    assert all(stands(op, standing(ops)) for op in kept)
    assert [op for op in kept if isinstance(op, Clear)] == kept[: bool(changes.cleared)]
    assert changes.newest == max((op.ts for op in ops), default=0)


@given(op_lists, op_lists)
def test_w4_two_replicas_that_exchange_what_they_hold_become_one(one: list[Op], other: list[Op]) -> None:
    left, right = merged(one), merged(other)
    for op in ops_of(told(right)):
        left.merge(op)
    for op in ops_of(told(left)):
        right.merge(op)
    assert told(left) == told(right) == standing(one + other)


@given(op_lists, st.integers(0, 14))
def test_s6_the_sum_is_kept_up_to_date_from_whenever_it_was_asked_for(ops: list[Op], asked: int) -> None:
    board = Board()
    for i, op in enumerate(ops):
        if i == asked:
            board.sum()
        board.merge(op)
    fresh = Board([(path["id"], record_of(Put(**path))) for path in map(json.loads, board.paths())])
    assert (board.count, board.sum()) == (fresh.count, fresh.sum()) == standing(ops).check


def test_s6_the_sum_wraps_at_2_to_the_32() -> None:
    ops = [put(number, TOP) for number in range(20)]
    assert sum(hashed(f"{op.id}:{op.ts}") for op in ops) > 2**32
    assert told(merged(ops)) == standing(ops)


@given(op_lists)
def test_s1_a_board_of_stored_records_is_the_board(ops: list[Op]) -> None:
    board = merged(ops)
    names = {op.id for op in ops if not isinstance(op, Clear)}
    loaded = Board([(name, record) for name in names if (record := board.get(name))], board.cleared)
    assert told(loaded) == told(board)
    kept = [op.ts for op in ops if stands(op, standing(ops))]
    assert loaded.newest == max(kept, default=0)
    assert board.newest == max((op.ts for op in ops), default=0)


@given(op_lists, op_lists)
def test_w4_the_ops_beyond_another_board_bring_it_up(one: list[Op], other: list[Op]) -> None:
    ahead, behind = merged(one + other), merged(other)
    beyond = ahead.ops_beyond(behind)
    assert bool(beyond) == (told(ahead) != told(behind))
    for op in beyond:
        behind.merge(op)
    assert told(behind) == told(ahead)
    assert merged(one).ops_beyond(ahead) == []


@given(op_lists, every_op)
def test_s1_an_op_stands_where_the_board_is_as_it_left_it(ops: list[Op], op: Op) -> None:
    board = merged(ops)
    assert board.stands(op) == stands(op, standing(ops))
    if board.merge(op):
        assert board.stands(op)


TIES: list[list[Op]] = [
    [put(1, 5, d="M0 0L1 1"), put(1, 5, d="M0 0Q1 1 2 2")],
    [put(1, 5, d="M0 0L10 1"), put(1, 5, d="M0 0L9 1")],
    [put(1, 5, d="M0 0L1 1"), put(1, 5, d="M0 0L1 1Z")],
    [put(1, 5, color="#9fffff"), put(1, 5, color="#a00000")],
    [put(1, 5, color="#000000"), put(1, 5, color="#00000001")],
    [put(1, 5, width=2), put(1, 5, width=10)],
    [put(1, 5, d="M9 9Z", color="#ffffff", width=999), Delete(path_id(1), 5)],
    [put(1, 5, d="M0 0L1 1", color="#ffffff", width=999), put(1, 5, d="M0 0L2 0", color="#000000", width=1)],
    [put(1, 5, color="#000000", width=999), put(1, 5, color="#000001", width=1)],
    [put(1, TOP - 1), put(1, TOP)],
    [put(1, TOP), Delete(path_id(1), TOP)],
    [put(1, TOP), Clear(TOP)],
    [Delete(path_id(1), TOP), Clear(TOP)],
    [put(1, TOP), Delete(path_id(1), TOP - 1)],
]


@pytest.mark.parametrize("ops", TIES, ids=str)
def test_w3_ties_and_neighbours_are_decided_alike_from_both_sides(ops: list[Op]) -> None:
    assert told(merged(ops)) == told(merged(ops[::-1])) == standing(ops)
    assert told(merged(gathered(ops).ops())) == told(merged(gathered(ops[::-1]).ops())) == standing(ops)


def test_w3_equal_stamps_the_second_of_each_pair_of_puts_stands() -> None:
    for one, other in TIES[:2]:
        assert told(merged([one, other])).paths
    assert told(merged(TIES[0])).paths[path_id(1)].d == "M0 0Q1 1 2 2"
    assert told(merged(TIES[1])).paths[path_id(1)].d == "M0 0L9 1"
    assert told(merged(TIES[5])).paths[path_id(1)].width == 10
    assert told(merged(TIES[6])) == Standing({}, {path_id(1): 5}, 0)


@given(every_op, every_op)
def test_w3_of_two_ops_one_beats_the_other_or_they_are_the_same(one: Op, other: Op) -> None:
    if isinstance(one, Clear) or isinstance(other, Clear) or one.id != other.id:
        return
    assert beats(one, record_of(other)) == (rank(one) > rank(other))
    assert beats(one, None)


@given(ids, st.sampled_from([0.01, 2, 2.5, 1000]))
def test_a_record_keeps_its_put_and_the_json_of_both_frames(name: str, width: float) -> None:
    op = Put(name, 7, LINE, "#000000", width)
    record = record_of(op)
    assert record.put() == op
    assert json.loads(record.path) == {"id": name, "ts": 7, "d": LINE, "color": "#000000", "width": width}
    assert json.loads(encode_op(op)) == {"op": "put", **json.loads(record.path)}
    assert record_of(Delete(name, 7)) == Record(7, None)


def test_w2_a_clear_of_an_empty_board_is_kept() -> None:
    board = merged([Clear(9)])
    assert not board.merge(put(1, 9))
    assert not board.merge(Delete(path_id(1), 8))
    assert board.merge(put(1, 10))
    assert told(board) == Standing({path_id(1): put(1, 10)}, {}, 9)
