"""Strokes under way (V3, P2 to P4), without a room around them."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_model import RED, STAMP, path_id, piece

from app.schemas.ops import End, Piece
from app.schemas.values import path_data_fault
from app.services.realtime.strokes import GAP, NUMBER_BYTES, PIECE_BYTES, SHORTEST, Strokes, size_of

LIMIT = 20_000
points = st.lists(st.floats(-1_000_000, 1_000_000), max_size=3).map(lambda numbers: numbers * 2)
pieces = st.lists(points, min_size=1, max_size=6)


def drawn(*parts: list[float], number: int = 1, user: int = 1) -> Strokes:
    strokes = Strokes()
    for part in parts:
        assert strokes.draw(user, piece(number, *part))
    return strokes


def all_points(told: list[tuple[int, Piece | End]]) -> list[float]:
    return [value for _, stroke in told if isinstance(stroke, Piece) for value in stroke.points]


def test_p2_strokes_are_thinned_to_what_there_is_room_for_and_those_that_wait_longest_go_first() -> None:
    strokes = Strokes()
    for number in range(1, 6):
        strokes.draw(number, piece(number, *range(10)))
    shown: list[tuple[int, Piece | End]] = []
    users = []
    while strokes.unshown:
        told = strokes.take_unshown(2 * (PIECE_BYTES + 10 * NUMBER_BYTES))
        assert size_of(told) <= 2 * (PIECE_BYTES + 10 * NUMBER_BYTES)
        users.append([user for user, _ in told])
        shown += told
    assert users == [[1, 2], [3, 4], [5]]
    assert all_points(shown) == [*range(10)] * 5


batches = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 30)), max_size=6)


@given(st.lists(st.tuples(batches, st.integers(-500, 2000)), max_size=8))
def test_p2_thinning_keeps_the_newest_point_and_the_order_and_within_the_room(
    ticks: list[tuple[list[tuple[int, int]], int]],
) -> None:
    """The points of a stroke are numbered from 0; whoever is told of it is told of its newest one."""
    strokes, count, told_to = Strokes(), Counter[int](), dict[int, int]()
    for drawn_now, room_for in [*ticks, *[([], 0)] * 100]:
        for number, more in drawn_now:
            places = range(count[number], count[number] + more)
            strokes.draw(number, piece(number, *(place for place in places for _ in "xy")))
            count[number] += more
        waited, late = strokes.unshown, {stroke.user for stroke in strokes._strokes.values() if stroke.late}
        told = strokes.take_unshown(room_for)
        assert bool(told) == waited, "something of one is always told"
        assert size_of(told) <= max(room_for, PIECE_BYTES) + SHORTEST * NUMBER_BYTES
        for user, shown in told:
            assert isinstance(shown, Piece)
            way = [told_to.get(user, -1), *shown.points[::2]]
            assert way == sorted(set(way)), "no point twice, and none before one that was told"
            assert shown.points[::2] == shown.points[1::2]
            assert way[-1] == count[user] - 1 or user not in late
            told_to[user] = int(way[-1])
    assert not strokes.unshown
    assert {user: at + 1 for user, at in told_to.items()} == count


@given(pieces, st.integers(-500, 500))
def test_p2_a_stroke_that_is_alone_loses_no_point(parts: list[list[float]], room_for: int) -> None:
    strokes, shown = drawn(*parts), []
    for _ in range(40):
        shown += strokes.take_unshown(room_for)
    assert all_points(shown) == [value for part in parts for value in part]


def test_p2_what_waited_for_its_turn_is_thinned_to_the_newest_piece() -> None:
    strokes, alone = Strokes(), PIECE_BYTES + 2 * NUMBER_BYTES
    for number in (1, 2):
        strokes.draw(number, piece(number, 0, 0))
    assert strokes.take_unshown(2 * alone) == [(1, piece(1, 0, 0)), (2, piece(2, 0, 0))]
    for x in (1, 2, 3):
        for number in (1, 2):
            strokes.draw(number, piece(number, x, 0))
        assert [user for user, _ in strokes.take_unshown(alone)] == [1 + (x + 1) % 2]
    assert strokes.take_unshown(alone) == [(2, piece(2, 3, 0))], "1 and 2 are left out"
    assert strokes.current() == [(1, piece(1, 0, 0, 1, 0, 2, 0, 3, 0)), (2, piece(2, 0, 0, 1, 0, 2, 0, 3, 0))]


def test_p3_a_stroke_that_begins_goes_before_those_that_go_on() -> None:
    strokes, alone = drawn([0, 0]), PIECE_BYTES + 2 * NUMBER_BYTES
    strokes.take_unshown()
    strokes.draw(1, piece(1, 1, 1))
    strokes.draw(2, piece(2, 5, 5))
    assert strokes.take_unshown(alone) == [(2, piece(2, 5, 5))]


def test_p2_over_a_long_gap_the_way_is_told_roughly() -> None:
    strokes = drawn([0, 0])
    strokes.draw(2, piece(2, 0, 0))
    strokes.take_unshown()
    strokes.draw(1, piece(1, 1, 1))
    strokes.draw(2, piece(2, *range(2 * GAP)))
    strokes.draw(2, piece(2, 999, 999))
    strokes.take_unshown(0)
    ((user, told),) = strokes.take_unshown(0)
    assert (user, len(all_points([(user, told)]))) == (2, SHORTEST)
    assert all_points([(user, told)]) == sorted(all_points([(user, told)]))
    assert all_points([(user, told)])[-2:] == [999, 999]


@given(pieces, st.sets(st.integers(0, 5)))
def test_p3_every_point_is_shown_and_published_once_whenever_it_is_asked_for(
    parts: list[list[float]], asked: set[int]
) -> None:
    strokes, shown, published = Strokes(), [], []
    for i, part in enumerate(parts):
        strokes.draw(1, piece(1, *part))
        assert strokes.unshown
        assert strokes.unpublished
        if i in asked:
            shown += strokes.take_unshown()
            assert not strokes.unshown
            published += strokes.take_unpublished()
            assert not strokes.unpublished
    shown += strokes.take_unshown()
    published += strokes.take_unpublished()
    every = [value for part in parts for value in part]
    assert all_points(shown) == every
    at = 0
    for user, before, told in published:
        assert isinstance(told, Piece)
        assert (user, before) == (1, at)
        at += len(told.points)
    assert at == len(every)
    assert not strokes.take_unshown()
    assert not strokes.take_unpublished()


@given(pieces, st.data())
def test_p2_remote_pieces_are_idempotent_by_offset(parts: list[list[float]], data: st.DataObject) -> None:
    """Whatever is heard twice, or once more from the beginning, adds nothing."""
    near, far = Strokes(), Strokes()
    messages = []
    for part in parts:
        near.draw(1, piece(1, *part))
        if data.draw(st.booleans()):
            near.republish()
        messages += near.take_unpublished()
        for user, before, told in messages[-data.draw(st.integers(1, 3)) :] + messages[-1:]:
            assert isinstance(told, Piece)
            far.hear(user, before, told)
    far.take_unshown()
    every = [value for part in parts for value in part]
    assert all_points(far.current()) == every
    assert not far.take_unpublished()


def test_v3_the_color_width_and_stamp_of_the_first_piece_stand() -> None:
    strokes = drawn([0, 0])
    strokes.take_unshown()
    strokes.draw(1, piece(1, 1, 1, ts=STAMP + 9, color="#00ff00", width=9))
    assert strokes.take_unshown() == [(1, piece(1, 1, 1))]
    assert strokes.current() == [(1, piece(1, 0, 0, 1, 1))]
    put = strokes.leave(1)[0]
    assert (put.ts, put.color, put.width) == (STAMP, RED, 2)


def test_v3_at_most_20000_numbers_and_what_came_before_stays() -> None:
    strokes = drawn([0.0] * (LIMIT - 2))
    assert not strokes.draw(1, piece(1, 1, 1, 2, 2))
    assert strokes.draw(1, piece(1, 3, 3))
    assert not strokes.draw(1, piece(1, 4, 4))
    assert strokes.draw(1, piece(1))
    assert all_points(strokes.take_unshown()) == [0.0] * (LIMIT - 2) + [3, 3]
    assert strokes.leave(1)[0].d.count("L") == LIMIT // 2 - 1


def test_v3_a_first_piece_that_is_too_long_shows_nothing() -> None:
    strokes = Strokes()
    assert not strokes.draw(1, piece(1, *[0.0] * (LIMIT + 2)))
    assert all_points(strokes.take_unshown()) == []
    assert not strokes.leave(1)


def test_v3_a_stroke_belongs_to_the_connection_that_began_it() -> None:
    strokes = drawn([0, 0])
    assert strokes.owner(path_id(1)) == 1
    assert strokes.owner(path_id(2)) is None
    strokes.hear(2, 0, piece(1, 5, 5, 6, 6, 7, 7))
    strokes.take_unshown()
    assert strokes.current() == [(1, piece(1, 0, 0))]


def test_v3_a_remote_stroke_belongs_to_the_connection_that_began_it() -> None:
    strokes = Strokes()
    strokes.hear(1, 0, piece(1, 0, 0))
    strokes.hear(2, 0, piece(1, 5, 5, 6, 6, 7, 7))
    strokes.take_unshown()
    assert strokes.current() == [(1, piece(1, 0, 0))]


def test_p3_an_end_is_told_once_and_published_by_its_own_process_only() -> None:
    near, far = drawn([0, 0]), Strokes()
    far.hear(1, 0, piece(1, 0, 0))
    for strokes, published in ((near, [(1, 0, End(path_id(1)))]), (far, [])):
        strokes.end(path_id(1))
        strokes.end(path_id(1))
        assert strokes.take_unshown() == [(1, End(path_id(1)))]
        assert strokes.take_unpublished() == published
        assert strokes.owner(path_id(1)) is None
        assert not strokes.current()


def test_p3_a_dropped_stroke_is_told_to_nobody() -> None:
    strokes = drawn([0, 0, 1, 1])
    strokes.drop(path_id(1))
    strokes.drop(path_id(1))
    assert not strokes.unshown
    assert not strokes.unpublished
    assert strokes.take_unshown() == strokes.take_unpublished() == strokes.leave(1) == []


def test_p3_a_settling_stroke_is_shown_no_more_until_it_ends() -> None:
    strokes = drawn([0, 0, 1, 1])
    strokes.take_unshown()
    strokes.draw(1, piece(1, 2, 2))
    strokes.settle(path_id(1))
    strokes.settle(path_id(2))
    assert strokes.take_unshown() == strokes.take_unpublished() == []
    strokes.republish()
    assert strokes.take_unpublished() == []
    strokes.end(path_id(1))
    assert strokes.take_unshown() == [(1, End(path_id(1)))]


@given(
    st.lists(st.floats(-1_000_000, 1_000_000), min_size=4, max_size=12).map(
        lambda numbers: numbers[: len(numbers) // 2 * 2]
    )
)
def test_p4_what_a_dead_connection_drew_becomes_a_canonical_put_of_its_own_stamp(numbers: list[float]) -> None:
    put = drawn(numbers).leave(1)[0]
    assert (put.id, put.ts, put.color, put.width) == (path_id(1), STAMP, RED, 2)
    assert path_data_fault(put.d) is None
    kept = [float(number) for number in re.findall(r"[-0-9.]+", put.d)]
    assert kept == pytest.approx(numbers, abs=0.0005001)
    assert set(put.d) <= set("ML0123456789.- ")


@pytest.mark.parametrize(("numbers", "kept"), [([], 0), ([1, 1], 0), ([1, 1, 1, 1], 1), ([1, 1, 2, 2], 1)])
def test_p4_two_points_or_more_are_kept(numbers: list[float], kept: int) -> None:
    strokes = drawn(numbers)
    assert len(strokes.leave(1)) == kept
    assert strokes.leave(1) == strokes.current() == strokes.take_unshown() == []


def test_p4_only_the_strokes_of_the_one_who_left_are_taken() -> None:
    strokes = drawn([0, 0, 1, 1])
    strokes.draw(2, piece(2, 2, 2, 3, 3))
    strokes.draw(1, piece(3, 4, 4, 5, 5))
    strokes.settle(path_id(3))
    assert [put.id for put in strokes.leave(1)] == [path_id(1)]
    assert strokes.owner(path_id(3)) is None
    assert strokes.take_unshown() == [(2, piece(2, 2, 2, 3, 3))]


def test_s9_renumbered_keeps_local_strokes_only_and_publishes_them_anew() -> None:
    strokes = drawn([0, 0])
    strokes.take_unshown()
    strokes.take_unpublished()
    strokes.draw(1, piece(1, 1, 1))
    strokes.draw(2, piece(2, 2, 2))
    strokes.draw(4, piece(4, 4, 4))
    strokes.hear(3, 0, piece(3, 3, 3))
    renewed = strokes.renumbered({1: 11, 2: 1})
    assert renewed.current() == [(11, piece(1, 0, 0, 1, 1)), (1, piece(2, 2, 2))]
    assert [renewed.owner(path_id(number)) for number in (1, 2, 3, 4)] == [11, 1, None, None]
    assert renewed.take_unpublished() == [(11, 0, piece(1, 0, 0, 1, 1)), (1, 0, piece(2, 2, 2))]
    assert not renewed.unshown
    renewed.draw(11, piece(1, 5, 5))
    assert renewed.take_unshown() == [(11, piece(1, 5, 5))]


def test_p2_nobody_to_tell_leaves_nothing_waiting() -> None:
    strokes = drawn([0, 0])
    strokes.draw(1, piece(2, 1, 1))
    strokes.end(path_id(2))
    strokes.skip_unpublished()
    assert not strokes.unpublished
    assert strokes.take_unpublished() == []
    assert strokes.unshown
