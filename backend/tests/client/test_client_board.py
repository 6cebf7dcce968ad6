"""The client's merge (W1 to W4, W6, S6): the shared vectors, and properties over many ops."""

import json
import random
from typing import Any

import msgspec
import pytest
from client_fakes import LINE, Json, path, path_id, put, vectors
from hypothesis import given
from hypothesis import strategies as st

from whiteboard_client.board import Board
from whiteboard_client.checksum import fnv1a
from whiteboard_client.messages import Check, Clear, Del, Op, Put

CASES = vectors("merge")


def told(board: Board) -> dict[str, Any]:
    """A board in the form of the vectors."""
    return {
        "paths": [msgspec.to_builtins(path) for path in board.paths()],
        "tombstones": [list(tombstone) for tombstone in board.tombstones()],
        "cleared": board.cleared,
    }


def merged(ops: list[Op]) -> Board:
    board = Board()
    for op in ops:
        board.apply(op)
    return board


def recount(board: Board) -> Check:
    """S6 word for word."""
    return Check(len(board.paths()), sum(fnv1a(f"{path.id}:{path.ts}") for path in board.paths()) % 2**32)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['rule']} {case['name']}" for case in CASES])
def test_w1_to_w4_shared_vectors_in_any_order_and_repetition(case: Json) -> None:
    ops = msgspec.json.decode(json.dumps(case["ops"]), type=list[Op])
    for seed in range(20):
        chance = random.Random(seed)
        shuffled = chance.sample(ops, len(ops)) + (chance.choices(ops, k=len(ops)) if ops else [])
        for order in (ops, ops[::-1], shuffled):
            board = merged(order)
            assert told(board) == case["state"]
            assert msgspec.to_builtins(board.check()) == case["check"]


stamps = st.integers(1, 6) | st.integers(2**53 - 3, 2**53 - 1)
ids = st.integers(0, 3).map(path_id)
puts = st.builds(
    Put, ids, stamps, st.sampled_from([LINE, "M0 0L10 0", "M0 0L9 0"]), st.sampled_from(["#000000", "#00000080"]),
    st.sampled_from([2.0, 10.0]),
)  # fmt: skip
every_op = puts | st.builds(Del, ids, stamps) | st.builds(Clear, stamps)


@given(st.lists(every_op, max_size=12), st.randoms(use_true_random=False))
def test_w4_any_order_and_repetition_gives_one_state(ops: list[Op], chance: random.Random) -> None:
    shuffled = chance.sample(ops, len(ops)) + (chance.choices(ops, k=5) if ops else [])
    assert told(merged(shuffled)) == told(merged(ops))


@given(st.lists(every_op, max_size=8), st.lists(every_op, max_size=8))
def test_w4_merging_a_part_first_and_its_copy_later_changes_nothing(first: list[Op], second: list[Op]) -> None:
    board = merged(first)
    copy = board.copy()
    for op in second:
        copy.apply(op)
    assert told(board) == told(merged(first))
    assert told(copy) == told(merged(first + second))


@given(st.lists(every_op, max_size=12))
def test_s6_check_is_kept_up_to_date(ops: list[Op]) -> None:
    board = Board()
    for op in ops:
        board.apply(op)
        assert board.check() == recount(board)
        assert len(board) == len(board.paths())


@given(st.lists(every_op, max_size=12))
def test_w2_nothing_at_or_below_the_clear_is_kept(ops: list[Op]) -> None:
    board = merged(ops)
    assert board.cleared == max((op.ts for op in ops if isinstance(op, Clear)), default=0)
    assert all(path.ts > board.cleared for path in board.paths())
    assert all(ts > board.cleared for _, ts in board.tombstones())


@pytest.mark.parametrize("case", vectors("fnv")["checks"])
def test_s6_check_sums_of_small_states(case: Json) -> None:
    board = merged([Put(path_id, ts, LINE, "#000000", 2) for path_id, ts in case["paths"]])
    assert msgspec.to_builtins(board.check()) == case["check"]


def test_s1_a_snapshot_makes_a_board_of_its_own() -> None:
    board = Board([path(1, 5), path(2, 6)], cleared=5)
    assert board.paths() == [path(2, 6)]
    assert board.cleared == 5


def test_get_and_stamp_tell_of_paths_and_tombstones() -> None:
    board = merged([put(1, 5), put(2, 6), Del(path_id(2), 7)])
    assert board.get(path_id(1)) == path(1, 5)
    assert board.get(path_id(2)) is None
    assert [board.stamp(path_id(number)) for number in (1, 2, 3)] == [5, 7, 0]
