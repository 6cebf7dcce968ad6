"""The room (S2, S3, S4, P1): what it gathers, how what arrives is lined up, and what the next tick tells."""

import json

import pytest
from room_model import (
    STAMP,
    accept,
    enter,
    new_room,
    path_id,
    publish,
    put,
    read,
    show,
    standing,
    told,
)
from rooms_of_tests import joined_room, op_json

from app.schemas.ops import Clear, Delete, Op


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
