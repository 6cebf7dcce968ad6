"""Strokes under way in a room (P2, P3, P4, V3)."""

import pytest
from room_model import (
    NOW,
    STAMP,
    Json,
    accept,
    enter,
    path_id,
    piece,
    publish,
    put,
    read,
    show,
    standing,
    told,
)
from rooms_of_tests import draw, joined_room, op_json

from app.schemas.ops import Clear, Delete, End, Op
from app.services.realtime.member import CLOSED_STROKES, Member
from app.services.realtime.presence import Person


def live_of(frames: list[Json]) -> list[Json]:
    return [told for frame in frames for told in frame.get("live", ())]


def end_json(user: int, number: int) -> Json:
    return [user, {"id": path_id(number), "end": True}]


def test_p3_a_stroke_is_shown_before_any_commit() -> None:
    room, (ada, bob) = joined_room(users=2)
    draw(room, ada)
    assert room.live_due
    assert not room.gathered
    room.flush(ops=False)
    assert read(room, bob) == [{"t": "tick", "live": [[1, op_json(piece(1, 0, 0, 1, 1))]]}]


def test_p3_a_put_that_wins_replaces_the_stroke_silently() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    room.flush(ops=False)
    read(room, ada)
    frames = show(room, ada, put(1, STAMP + 1))
    assert live_of(frames) == []
    assert room.strokes.current() == []


@pytest.mark.parametrize("op", [put(1, STAMP + 1), Delete(path_id(1), STAMP + 1)], ids=lambda op: type(op).__name__)
def test_p3_an_op_that_has_lost_ends_the_stroke_for_everybody(op: Op) -> None:
    room, (ada, bob) = joined_room(Clear(STAMP + 5), users=2)
    draw(room, ada)
    room.flush(ops=False)
    read(room, ada)
    read(room, bob)
    frames = show(room, ada, op)
    assert live_of(frames) == [end_json(1, 1)]
    assert live_of(read(room, bob)) == [end_json(1, 1)]
    assert room.strokes.take_unpublished()[-1] == (1, 0, End(path_id(1)))


def test_p3_a_put_that_loses_between_its_commit_and_its_tick_ends_the_stroke() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    accept(room, ada, put(1, STAMP + 1))
    room.receive(1, [Delete(path_id(1), STAMP + 5)])
    publish(room, seq=2)
    room.flush(ops=True)
    assert live_of(read(room, ada)) == [end_json(1, 1)]


def test_p3_a_refused_put_ends_the_stroke_for_everybody() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    room.refuse_op(ada, path_id(1))
    room.refuse_op(ada, path_id(2))
    room.refuse_op(ada, None)
    assert room.accept_stroke(ada, piece(1, 2, 2), NOW) is None
    room.flush(ops=False)
    assert live_of(read(room, ada)) == [end_json(1, 1)]


def test_p3_a_refused_put_of_another_connection_ends_nothing() -> None:
    room, (ada, bob) = joined_room(users=2)
    draw(room, ada)
    room.refuse_op(bob, path_id(1))
    assert room.strokes.owner(path_id(1)) == 1


@pytest.mark.parametrize(
    "taken_away_by", [Clear(STAMP + 9), Delete(path_id(1), STAMP + 9)], ids=lambda op: type(op).__name__
)
@pytest.mark.parametrize("here", [True, False])
def test_p3_a_put_that_is_gone_again_in_its_own_tick_ends_the_stroke(taken_away_by: Op, here: bool) -> None:
    room, (ada,) = joined_room()
    user = 1 if here else 2
    room.presence.join(2, Person("far", "there"))
    if here:
        draw(room, ada)
    else:
        room.hear_strokes([(2, 0, piece(1, 0, 0, 1, 1))])
    room.flush(ops=False)
    read(room, ada)
    room.receive(1, [put(1, STAMP + 1)])
    room.receive(2, [taken_away_by])
    room.flush(ops=True)
    assert live_of(read(room, ada)) == [end_json(user, 1)]


def test_v3_a_clear_leaves_strokes_under_way_alone() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    room.flush(ops=False)
    read(room, ada)
    assert live_of(show(room, ada, Clear(STAMP + 9))) == []
    assert [user for user, _ in room.strokes.current()] == [1]
    assert room.accept_stroke(ada, piece(1, 2, 2), NOW) is None
    room.flush(ops=False)
    assert live_of(read(room, ada)) == [[1, op_json(piece(1, 2, 2))]]


def test_v3_a_stroke_is_its_connections_own() -> None:
    room, (ada, bob) = joined_room(users=2)
    draw(room, ada)
    room.take()
    assert room.accept_stroke(bob, piece(1, 9, 9), NOW)
    assert room.accept_stroke(bob, End(path_id(1)), NOW)
    room.flush(ops=False)
    assert room.strokes.current() == [(1, piece(1, 0, 0, 1, 1))]


@pytest.mark.parametrize("how", ["put", "delete", "end"])
def test_v3_pieces_after_put_del_or_end_are_ignored(how: str) -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    if how == "end":
        assert room.accept_stroke(ada, End(path_id(1)), NOW) is None
    else:
        accept(room, ada, put(1, STAMP + 1) if how == "put" else Delete(path_id(1), STAMP + 1))
    room.flush(ops=False)
    read(room, ada)
    for late in (piece(1, 5, 5), End(path_id(1)), piece(1, *[0.0] * 20_002)):
        assert room.accept_stroke(ada, late, NOW) is None
    room.flush(ops=False)
    assert live_of(read(room, ada)) == []
    publish(room)
    room.flush(ops=True)
    assert room.accept_stroke(ada, piece(1, 5, 5), NOW) is None
    assert room.strokes.current() == []


def test_v3_a_put_without_a_stroke_closes_its_id_too() -> None:
    room, (ada,) = joined_room()
    accept(room, ada, put(1, STAMP))
    assert room.accept_stroke(ada, piece(1, 5, 5), NOW) is None
    assert not room.strokes.unshown


def test_v3_too_many_points_are_told_and_what_came_before_stays() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    assert room.accept_stroke(ada, piece(1, *[0.0] * 20_000), NOW)
    assert room.accept_stroke(ada, piece(1, 2, 2), NOW) is None
    room.flush(ops=False)
    assert room.strokes.current() == [(1, piece(1, 0, 0, 1, 1, 2, 2))]


def test_v3_closed_ids_cost_bounded_memory() -> None:
    member = Member(1, "Ada")
    for number in range(CLOSED_STROKES + 5):
        member.close(path_id(number))
    assert len(member._closed) == CLOSED_STROKES
    assert not member.has_closed(path_id(4))
    assert member.has_closed(path_id(5))


def test_p4_a_dead_connections_stroke_is_kept_and_told() -> None:
    room, (ada, bob) = joined_room(users=2)
    assert room.accept_stroke(ada, piece(1, 0.00049, -0.0001, 1.23456, 1e6, ts=STAMP), NOW) is None
    room.remove(ada)
    assert room.gathered
    publish(room)
    room.flush(ops=True)
    frame = read(room, bob)[0]
    assert frame["left"] == [1]
    assert frame["ops"] == [op_json(put(1, STAMP, d="M0 0L1.235 1000000"))]
    assert room.strokes.current() == []


def test_p4_the_authors_own_later_put_wins() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    room.remove(ada)
    publish(room)
    back = enter(room, 2)
    accept(room, back, put(1, STAMP + 1, d="M7 7Z"))
    publish(room)
    room.flush(ops=True)
    assert told(room.board) == standing([put(1, STAMP + 1, d="M7 7Z")])


def test_p4_a_stroke_whose_put_is_under_way_is_not_put_again() -> None:
    room, (ada,) = joined_room()
    draw(room, ada)
    accept(room, ada, put(1, STAMP + 1))
    room.remove(ada)
    assert room.take().changes.ops() == [put(1, STAMP + 1)]


def test_p4_a_dead_process_leaves_its_strokes_to_who_takes_its_people_out() -> None:
    for keep in (True, False):
        room, _ = joined_room()
        room.presence.join(2, Person("far", "there"))
        room.hear_strokes([(2, 0, piece(1, 0, 0, 1, 1))])
        room.forget_user(2, keep=keep)
        assert room.take().changes.ops() == ([put(1, STAMP)] if keep else [])
        assert 2 not in room.presence.people
        assert room.strokes.current() == []


def test_p2_remote_pieces_are_shown_but_not_published_again() -> None:
    room, (ada,) = joined_room()
    room.presence.join(2, Person("far", "there"))
    room.hear_strokes([(2, 0, piece(1, 0, 0)), (2, 0, piece(1, 0, 0)), (2, 2, piece(1, 1, 1))])
    assert not room.strokes.unpublished
    room.flush(ops=False)
    assert live_of(read(room, ada)) == [[2, op_json(piece(1, 0, 0, 1, 1))]]
    room.hear_strokes([(3, 0, End(path_id(1)))])
    assert room.strokes.owner(path_id(1)) == 2
    room.hear_strokes([(2, 0, End(path_id(1))), (2, 0, End(path_id(1)))])
    room.flush(ops=False)
    assert live_of(read(room, ada)) == [end_json(2, 1)]


@pytest.mark.parametrize("op", [put(1, STAMP), put(1, STAMP + 1), Delete(path_id(1), STAMP + 1)], ids=str)
def test_p3_a_remote_piece_that_comes_after_its_op_begins_no_stroke_again(op: Op) -> None:
    room, _ = joined_room(op)
    room.presence.join(2, Person("far", "there"))
    room.hear_strokes([(2, 0, piece(1, 0, 0)), (7, 0, piece(2, 0, 0))])
    assert not room.strokes.unshown
