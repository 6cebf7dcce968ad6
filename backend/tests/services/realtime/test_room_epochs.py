"""A room under a new epoch (S9), its comings and goings (P1)."""

from room_model import (
    LINE,
    NOW,
    STAMP,
    accept,
    enter,
    greeting,
    keys,
    merged,
    path_id,
    piece,
    publish,
    put,
    read,
    standing,
    stands,
    told,
)
from rooms_of_tests import MINUTE, draw, joined_room, op_json

from app.schemas.ops import Delete
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import Batch, Live
from app.services.realtime.presence import Person
from app.services.realtime.room import Room


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
