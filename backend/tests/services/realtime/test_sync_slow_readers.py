"""The ticks, and what one who reads slowly is sent instead (S7, S4)."""

import pytest
from room_model import (
    STAMP,
    accept,
    enter,
    greeting,
    keys,
    new_room,
    path_id,
    piece,
    publish,
    put,
    read,
)
from syncs_of_tests import behind, tell, ticking

from app.schemas.ops import Clear, Delete, End, Op
from app.services.realtime import outbox, sync
from app.services.realtime.history import LENGTH
from app.services.realtime.presence import Person


def test_promise_3_everybody_is_sent_the_same_bytes() -> None:
    room = new_room()
    members = [enter(room, user) for user in (1, 2)]
    room.flush(ops=False)
    for member in members:
        read(room, member)
    ticking(room, 1)
    one, other = [sync.next_frame(room, member, greeting) for member in members]
    assert one is other
    assert one


def test_s7_who_is_a_little_behind_gets_every_tick() -> None:
    room = new_room()
    found = read(room, behind(room, outbox.FRAMES))
    assert [(tick["from"], tick["seq"]) for tick in found] == [(seq, seq) for seq in range(1, outbox.FRAMES + 1)]


@pytest.mark.parametrize("ticks", [outbox.FRAMES + 1, 100, LENGTH])
def test_s7_who_is_far_behind_gets_several_seqs_merged_into_one_tick(ticks: int) -> None:
    room = new_room()
    found = read(room, behind(room, ticks))
    assert [(tick["from"], tick["seq"], len(tick["ops"])) for tick in found] == [(1, ticks, ticks)]
    ticking(room, 999)


def test_s7_who_is_too_far_behind_gets_a_welcome_and_a_snapshot() -> None:
    room = new_room()
    member = behind(room, LENGTH + 1)
    found = read(room, member)
    assert keys(found) == ["welcome", "snapshot"]
    assert (found[0]["sync"], found[1]["seq"], len(found[1]["paths"])) == ("full", LENGTH + 1, LENGTH + 1)
    ticking(room, 7000)
    assert [(tick["from"], tick["seq"]) for tick in read(room, member)] == [(LENGTH + 2, LENGTH + 2)]


@pytest.mark.parametrize("ticks", [1, outbox.FRAMES + 5, LENGTH + 5])
def test_s7_acks_joins_and_leaves_are_never_lost(ticks: int) -> None:
    room = new_room()
    member = enter(room)
    room.flush(ops=False)
    read(room, member)
    accept(room, member, put(9000, STAMP), n=3)
    publish(room)
    room.flush(ops=True)
    for user in (2, 3):
        room.presence.join(user, Person(f"user {user}", "there"))
        room.flush(ops=False)
    room.forget_user(2)
    room.flush(ops=False)
    ticking(room, *range(1, ticks + 1))
    found = read(room, member)
    assert [ack for frame in found for ack in frame.get("acks", ())] == [[1, 3]]
    users = {1}
    for frame in found:
        users = {user["user"] for user in frame["users"]} if frame["t"] == "welcome" else users
        users |= {user["user"] for user in frame.get("joined", ())}
        users -= set(frame.get("left", ()))
    assert users == {1, 3} == set(room.presence.people)


def test_s7_more_comings_and_goings_than_are_remembered_end_in_a_welcome() -> None:
    room = new_room()
    member = behind(room, 0)
    for user in range(2, 2000):
        room.presence.join(user, Person("x", "there"))
        room.flush(ops=False)
    found = read(room, member)
    assert keys(found) == ["welcome", "snapshot"]
    assert len(found[0]["users"]) == 1999


def test_s7_cursors_and_strokes_are_missed_first_but_not_their_ends() -> None:
    room = new_room()
    member = behind(room, 0)
    room.presence.join(2, Person("far", "there"))
    room.presence.point(2, (1, 1), local=False)
    room.hear_strokes([(2, 0, piece(1, 0, 0))])
    room.flush(ops=False)
    read(room, member)
    room.presence.point(2, None, local=False)
    room.hear_strokes([(2, 2, piece(1, 1, 1)), (2, 0, End(path_id(1)))])
    room.flush(ops=False)
    for x in range(outbox.FRAMES + 1):
        room.accept_cursor(member, (x, x))
        room.flush(ops=False)
    found = read(room, member)
    assert found == [{"t": "tick", "live": [[2, {"id": path_id(1), "end": True}]], "cursors": [[2, None]]}]


@pytest.mark.parametrize("gone_by", [Clear(STAMP + 9), Delete(path_id(1), STAMP + 9)], ids=lambda op: type(op).__name__)
def test_s7_a_stroke_whose_path_came_and_went_meanwhile_is_over(gone_by: Op) -> None:
    room = new_room()
    member = behind(room, 0)
    room.presence.join(2, Person("far", "there"))
    room.hear_strokes([(2, 0, piece(1, 0, 0))])
    room.flush(ops=False)
    read(room, member)
    for op in (put(1, STAMP + 1), gone_by):
        room.receive(room.next_seq, [op])
        room.flush(ops=True)
    ticking(room, *range(100, 100 + outbox.FRAMES))
    (tick,) = read(room, member)
    assert [told["id"] for _, told in tick.get("live", ()) if told.get("end")] == [path_id(1)]


def test_s7_without_anything_acknowledged_nothing_is() -> None:
    for ticks in (outbox.FRAMES + 1, LENGTH + 1):
        room = new_room()
        assert not any("acks" in frame for frame in read(room, behind(room, ticks)))


def test_s7_one_slow_reader_changes_nothing_for_the_others() -> None:
    room = new_room()
    slow, quick = enter(room, 1), enter(room, 2)
    room.flush(ops=False)
    read(room, slow)
    seqs = []
    for number in range(1, 60):
        ticking(room, number)
        seqs += [frame["seq"] for frame in read(room, quick)[-1:]]
    assert seqs == list(range(1, 60))
    assert len(slow.outbox.state) + len(slow.outbox.letters) == 0
    assert [(frame["from"], frame["seq"]) for frame in read(room, slow)] == [(1, 59)]


@pytest.mark.parametrize("ticks", [0, outbox.FRAMES + 5, LENGTH + 5])
@pytest.mark.parametrize("asked", [False, True])
def test_s4_an_error_comes_before_the_ack_of_its_batch(ticks: int, asked: bool) -> None:
    room = new_room()
    member = enter(room)
    room.flush(ops=False)
    read(room, member)
    tell(member)
    accept(room, member, n=0)
    publish(room)
    room.flush(ops=False)
    ticking(room, *range(1, ticks + 1))
    if asked:
        sync.resync(room, member, greeting)
    found = read(room, member)
    acked = [i for i, frame in enumerate(found) if "acks" in frame]
    assert [found[i]["acks"] for i in acked] == [[[1, 0]]]
    assert keys(found).index("error") < acked[0]
