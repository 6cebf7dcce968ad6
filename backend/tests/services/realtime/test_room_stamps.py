"""Stamps that a room takes and refuses (W5)."""

import pytest
from room_model import (
    NOW,
    STAMP,
    accept,
    path_id,
    piece,
    put,
)
from rooms_of_tests import MINUTE, joined_room

from app.schemas.ops import Clear, Delete, Op


def test_w5_skew_is_refused_and_leaves_no_trace() -> None:
    room, (ada,) = joined_room()
    now = NOW * 4096
    assert accept(room, ada, put(1, now + MINUTE + 1), put(2, now - 30 * 24 * 60 * MINUTE - 1), Clear(2**53 - 1)) == [
        "clock_skew",
        "too_old",
        "clock_skew",
    ]
    assert not room.take().changes
    assert accept(room, ada, put(1, now + MINUTE), put(2, now - 30 * 24 * 60 * MINUTE)) == [None, None]


def test_w5_the_newest_that_the_room_holds_may_be_followed_by_a_millisecond() -> None:
    far = NOW * 4096 + 10 * MINUTE
    room, (ada,) = joined_room(put(1, far))
    assert accept(room, ada, put(2, far + 4097)) == ["clock_skew"]
    assert accept(room, ada, put(2, far + 4096)) == [None]


@pytest.mark.parametrize("newest", [Delete(path_id(1), STAMP + 10 * MINUTE), Clear(STAMP + 10 * MINUTE)], ids=str)
def test_w5_tombstones_and_clears_count_as_held(newest: Op) -> None:
    room, (ada,) = joined_room(newest)
    assert accept(room, ada, put(2, newest.ts + 4096)) == [None]


def test_w5_earlier_ops_of_the_batch_are_included() -> None:
    far = NOW * 4096 + 10 * MINUTE
    room, (ada,) = joined_room(put(1, far))
    ops = [put(number, far + 4000 * number) for number in range(2, 9)]
    assert accept(room, ada, *ops) == ["clock_skew"] * 7
    assert accept(room, ada, put(1, far + 4000), *ops) == [None] * 8


def test_w5_ops_of_other_processes_count_as_soon_as_they_are_heard() -> None:
    far = NOW * 4096 + 10 * MINUTE
    room, (ada,) = joined_room()
    assert accept(room, ada, put(2, far)) == ["clock_skew"]
    room.receive(2, [put(1, far)])
    assert accept(room, ada, put(2, far)) == [None]


def test_w5_refused_stamps_do_not_run_away() -> None:
    room, (ada,) = joined_room()
    limit = NOW * 4096 + MINUTE
    assert accept(room, ada, *[put(1, limit + 4097 + step) for step in range(5)]) == ["clock_skew"] * 5
    assert accept(room, ada, put(1, limit + 4097)) == ["clock_skew"]


def test_w5_a_stroke_that_begins_too_far_from_the_clock_is_refused() -> None:
    room, (ada,) = joined_room()
    far = NOW * 4096 + 10 * MINUTE
    assert room.accept_stroke(ada, piece(1, 0, 0, ts=far), NOW)
    assert room.accept_stroke(ada, piece(1, 0, 0, ts=1), NOW)
    assert not room.strokes.unshown
    room.receive(1, [put(9, far)])
    assert room.accept_stroke(ada, piece(1, 0, 0, ts=far), NOW) is None
