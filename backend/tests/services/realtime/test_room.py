"""A room from `accept_op` to the tick (S2 to S4, S6), its strokes (V3, P3, P4), W5 and a new epoch (S9)."""

import json

import msgspec
import pytest
from room_model import (
    LINE,
    NOW,
    STAMP,
    Json,
    accept,
    enter,
    greeting,
    keys,
    merged,
    new_room,
    path_id,
    piece,
    publish,
    put,
    read,
    show,
    standing,
    stands,
    told,
)

from app.schemas.ops import Clear, Delete, End, Op
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import CLOSED_STROKES, Batch, Live, Member
from app.services.realtime.presence import Person
from app.services.realtime.room import Room

MINUTE = 60_000 * 4096


def joined_room(*ops: Op, users: int = 1) -> tuple[Room, list[Member]]:
    """A room whose connections have read their welcome."""
    room = new_room(*ops)
    members = [enter(room, user) for user in range(1, users + 1)]
    room.flush(ops=False)
    for member in members:
        read(room, member)
    return room, members


def op_json(op: Op) -> Json:
    return msgspec.to_builtins(op)


# The write path.


def test_s3_everybody_gets_the_op_the_author_too() -> None:
    room, (ada, bob) = joined_room(users=2)
    frames = show(room, ada, put(1, STAMP))
    assert frames == [{"t": "tick", "seq": 1, "from": 1, "ops": [op_json(put(1, STAMP))], "acks": [[1, 0]]}]
    assert read(room, bob) == frames
    assert told(room.board) == standing([put(1, STAMP)])


def test_s4_nothing_is_shown_or_acknowledged_before_it_is_published() -> None:
    room, (ada,) = joined_room()
    accept(room, ada, put(1, STAMP))
    assert room.gathered
    assert room.owing == {ada: 0}
    batch = room.take()
    assert not room.gathered
    assert not room.ops_due
    assert not room.live_due
    room.flush(ops=True)
    assert read(room, ada) == [{"t": "tick"}]
    batch.seq = 1
    room.receive(1, batch.changes.ops())
    assert room.ops_due
    room.settle(batch)
    assert not room.live_due
    room.flush(ops=False)
    assert read(room, ada) == [{"t": "tick"}]
    room.flush(ops=True)
    assert read(room, ada)[0]["acks"] == [[1, 0]]


def test_s4_a_batch_that_lost_everything_is_acknowledged_without_a_seq() -> None:
    room, (ada,) = joined_room(put(1, STAMP + 5))
    accept(room, ada, put(1, STAMP), Delete(path_id(1), STAMP + 4))
    assert not publish(room).changes
    assert room.live_due
    room.flush(ops=False)
    assert read(room, ada) == [{"t": "tick", "acks": [[1, 0]]}]


def test_s4_several_batches_are_acknowledged_by_the_newest() -> None:
    room, (ada, bob) = joined_room(users=2)
    accept(room, ada, put(1, STAMP))
    accept(room, bob, put(2, STAMP), n=7)
    accept(room, ada, put(3, STAMP))
    publish(room)
    room.flush(ops=True)
    assert sorted(read(room, ada)[0]["acks"]) == [[1, 1], [2, 7]]


def test_s4_a_later_batch_never_acknowledges_an_earlier_one_that_waits_behind_a_gap() -> None:
    room, (ada,) = joined_room(put(9, STAMP + 5))
    accept(room, ada, put(1, STAMP))
    publish(room, seq=2)
    accept(room, ada, put(9, STAMP))
    assert not publish(room).changes
    assert room.has_gap
    assert not room.live_due
    room.flush(ops=True)
    assert "acks" not in read(room, ada)[0]
    room.receive(1, [put(2, STAMP)])
    assert not room.has_gap
    room.flush(ops=True)
    frame = read(room, ada)[0]
    assert (frame["from"], frame["seq"], frame["acks"]) == (1, 2, [[1, 1]])
    assert ada.acked == 1


def test_s4_who_left_is_not_acknowledged() -> None:
    room, (ada, bob) = joined_room(users=2)
    accept(room, ada, put(1, STAMP))
    room.remove(ada)
    publish(room)
    room.flush(ops=True)
    frame = read(room, bob)[0]
    assert "acks" not in frame
    assert frame["left"] == [1]
    assert frame["ops"] == [op_json(put(1, STAMP))]


def test_s2_what_arrives_out_of_turn_or_twice_is_shown_in_turn_and_once() -> None:
    room, (ada,) = joined_room()
    first, second, third = [put(1, STAMP)], [put(1, STAMP + 1)], [Delete(path_id(1), STAMP + 2)]
    for seq, ops in ((3, third), (2, second), (3, [Clear(STAMP + 99)])):
        room.receive(seq, ops)
        assert room.has_gap
        assert not room.ops_due
    room.receive(1, first)
    room.receive(1, first)
    assert not room.has_gap
    assert room.next_seq == 4
    room.flush(ops=True)
    room.receive(2, second)
    assert not room.ops_due
    frame = read(room, ada)[0]
    assert (frame["from"], frame["seq"], frame["ops"]) == (1, 3, [op_json(*third)])


def test_s2_a_seq_whose_ops_have_all_lost_is_sent_empty() -> None:
    room, (ada,) = joined_room(put(1, STAMP + 5))
    room.receive(1, [put(1, STAMP), Delete(path_id(1), STAMP + 4)])
    room.flush(ops=True)
    assert read(room, ada) == [{"t": "tick", "seq": 1, "from": 1, "ops": []}]


def test_s2_a_tick_without_ops_bears_no_seq() -> None:
    room, (ada,) = joined_room()
    room.accept_cursor(ada, (1, 2))
    room.receive(1, [put(1, STAMP)])
    room.flush(ops=False, check=True)
    room.flush(ops=True)
    without, frame = read(room, ada)
    assert without == {"t": "tick", "cursors": [[1, 1, 2]]}
    assert (frame["from"], frame["seq"]) == (1, 1)


def test_s3_an_op_that_won_its_commit_but_comes_after_one_that_beats_it_is_not_shown() -> None:
    room, (ada,) = joined_room()
    room.receive(1, [Delete(path_id(1), STAMP + 1)])
    room.flush(ops=True)
    room.receive(2, [put(1, STAMP)])
    room.flush(ops=True)
    assert [frame["ops"] for frame in read(room, ada)] == [[op_json(Delete(path_id(1), STAMP + 1))], []]


def test_s3_an_op_beaten_within_its_own_tick_is_not_shown() -> None:
    room, (ada,) = joined_room()
    room.receive(1, [put(1, STAMP), put(2, STAMP + 9), put(3, STAMP)])
    room.receive(2, [put(3, STAMP + 1), Clear(STAMP)])
    room.flush(ops=True)
    ops = read(room, ada)[0]["ops"]
    assert ops[0] == op_json(Clear(STAMP))
    assert sorted(map(json.dumps, ops[1:])) == sorted(
        json.dumps(op_json(op)) for op in (put(2, STAMP + 9), put(3, STAMP + 1))
    )


def test_w4_ops_gathered_together_are_reduced_to_what_stands() -> None:
    room, (ada,) = joined_room(put(9, STAMP))
    accept(
        room, ada, put(1, STAMP), put(1, STAMP + 2), Delete(path_id(1), STAMP + 1), put(9, STAMP - 1), Clear(STAMP - 5)
    )
    assert room.take().changes.ops() == [Clear(STAMP - 5), put(1, STAMP + 2)]


def test_s6_the_check_is_of_the_state_right_after_its_tick() -> None:
    room, (ada,) = joined_room(put(1, STAMP))
    room.receive(1, [put(2, STAMP), Delete(path_id(1), STAMP + 1)])
    room.flush(ops=True, check=True)
    room.receive(2, [put(3, STAMP)])
    room.flush(ops=True)
    checked, unchecked = read(room, ada)
    assert checked["check"] == dict(zip(("count", "sum"), standing([put(2, STAMP)]).check, strict=True))
    assert "check" not in unchecked


@pytest.mark.parametrize(
    "late", [put(1, STAMP), Delete(path_id(2), STAMP), Clear(STAMP)], ids=lambda op: type(op).__name__
)
def test_s1_what_a_board_was_read_ahead_of_is_shown_when_its_seq_comes(late: Op) -> None:
    """Its commit came before the board was read, its seq after: who comes with `since` has not seen it."""
    room = new_room(late, seq=4)
    bob = enter(room, 1, since=("e", 4))
    assert read(room, bob)[0]["sync"] == "delta"
    room.receive(5, [late])
    room.flush(ops=True)
    carol = enter(room, 2, since=("e", 4))
    for member in (bob, carol):
        ops = [op for frame in read(room, member) for op in frame.get("ops", ())]
        assert ops == [op_json(late)]


# W5.


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


# Strokes.


def live_of(frames: list[Json]) -> list[Json]:
    return [told for frame in frames for told in frame.get("live", ())]


def draw(room: Room, member: Member, number: int = 1) -> None:
    assert room.accept_stroke(member, piece(number, 0, 0, 1, 1), NOW) is None


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


# A new epoch.


def renewed(room: Room, board: Board, users: dict[int, int], seq: int = 0) -> None:
    people = {new: Person(f"user {new}", "here") for new in users.values()}
    room.renew(board, Live("e2", seq, people, History(seq)), users)


def test_s9_unacknowledged_batches_go_on_under_the_new_epoch() -> None:
    room, (ada,) = joined_room()
    accept(room, ada, put(1, STAMP))
    publish(room, seq=5)
    accept(room, ada, put(2, STAMP))
    room.flush(ops=True)
    assert "acks" not in read(room, ada)[0]
    room.absorb([])
    renewed(room, room.board, {1: 8}, seq=3)
    assert (room.epoch, room.seq, ada.user) == ("e2", 3, 8)
    assert told(room.board) == standing([put(1, STAMP)])
    assert room.live_due
    room.flush(ops=False)
    publish(room)
    room.flush(ops=True)
    first, second = read(room, ada)
    assert first == {"t": "tick", "acks": [[8, 0]]}
    assert (second["from"], second["seq"], second["ops"], second["acks"]) == (4, 4, [op_json(put(2, STAMP))], [[8, 1]])


def test_s9_a_batch_between_commit_and_publishing_is_published_under_the_new_epoch() -> None:
    room, (ada,) = joined_room()
    accept(room, ada, put(1, STAMP))
    batch = room.take()
    renewed(room, Board(), {1: 1})
    batch.seq = room.next_seq
    room.receive(batch.seq, batch.changes.ops())
    room.settle(batch)
    room.flush(ops=True)
    assert read(room, ada) == [{"t": "tick", "seq": 1, "from": 1, "ops": [op_json(put(1, STAMP))], "acks": [[1, 0]]}]


def test_s9_what_had_arrived_under_the_old_epoch_is_not_counted_under_the_new() -> None:
    room, _ = joined_room()
    room.receive(1, [put(1, STAMP)])
    room.receive(7, [put(7, STAMP)])
    renewed(room, merged([put(1, STAMP)]), {1: 1})
    assert not room.has_gap
    assert not room.ops_due
    assert room.next_seq == 1


def test_s9_the_newest_stamp_is_not_forgotten() -> None:
    room, (ada,) = joined_room(put(1, STAMP + 10 * MINUTE))
    renewed(room, Board(), {1: 1})
    assert accept(room, ada, put(2, STAMP + 10 * MINUTE)) == [None]


def test_s9_strokes_of_this_process_go_on_under_their_new_numbers() -> None:
    room, (ada,) = joined_room()
    room.presence.join(2, Person("far", "there"))
    draw(room, ada)
    room.hear_strokes([(2, 0, piece(2, 0, 0))])
    renewed(room, room.board, {1: 8})
    assert room.strokes.current() == [(8, piece(1, 0, 0, 1, 1))]
    assert room.accept_stroke(ada, piece(1, 2, 2), NOW) is None
    assert set(room.presence.people) == {8}


def test_s9_absorbing_merges_what_waits_behind_a_gap_or_was_never_published() -> None:
    room, _ = joined_room()
    room.receive(3, [put(3, STAMP)])
    room.absorb([put(4, STAMP), Delete(path_id(3), STAMP - 1)])
    assert told(room.board) == standing([put(3, STAMP), put(4, STAMP)])
    assert not room.has_gap


def test_an_empty_batch_is_nothing_to_do() -> None:
    assert not Batch()
    room, (ada,) = joined_room()
    assert not room.gathered
    room.finish_batch(ada, 0)
    assert room.gathered


def test_p1_the_tick_tells_who_came_and_went() -> None:
    room, (ada,) = joined_room()
    room.presence.join(2, Person("Bob", "there"))
    room.flush(ops=False)
    room.forget_user(2)
    room.flush(ops=False)
    assert read(room, ada) == [{"t": "tick", "joined": [{"user": 2, "name": "Bob"}]}, {"t": "tick", "left": [2]}]


def test_a_newcomer_is_welcomed_with_all_that_is_there() -> None:
    room, (ada,) = joined_room(put(1, STAMP, d=LINE), Delete(path_id(2), STAMP))
    room.accept_cursor(ada, (1, 2))
    draw(room, ada, 5)
    room.flush(ops=False)
    frames = read(room, enter(room, 2))
    assert keys(frames) == ["welcome", "snapshot"]
    welcome, snapshot = frames
    assert welcome["users"] == [{"user": 1, "name": "user 1"}, {"user": 2, "name": "user 2"}]
    assert welcome["cursors"] == [[1, 1, 2]]
    assert welcome["live"] == [[1, op_json(piece(5, 0, 0, 1, 1))]]
    assert (welcome["v"], welcome["user"], welcome["epoch"], welcome["seq"], welcome["sync"]) == (1, 2, "e", 0, "full")
    assert (welcome["time"], welcome["tick_ms"], welcome["max_frame"]) == (greeting().time, 100, 1 << 20)
    shown = [put(1, STAMP)]
    assert snapshot == {
        "t": "snapshot",
        "epoch": "e",
        "seq": 0,
        "cleared": 0,
        "more": False,
        "paths": [{k: v for k, v in op_json(shown[0]).items() if k != "op"}],
    }
    assert all(stands(op, told(room.board)) for op in shown)
