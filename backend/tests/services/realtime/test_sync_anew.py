"""What a connection is sent when it asks for all (S6), or under a new epoch (S9)."""

import pytest
from room_model import (
    STAMP,
    accept,
    enter,
    greeting,
    keys,
    merged,
    new_room,
    path_id,
    publish,
    put,
    read,
    show,
)
from syncs_of_tests import behind, op_json, tell, ticked_room, ticking

from app.schemas.ops import Delete
from app.services.realtime import chunks, outbox, sync
from app.services.realtime.history import LENGTH, History
from app.services.realtime.member import Live
from app.services.realtime.presence import Person


def test_s6_resync_gives_a_snapshot() -> None:
    room = ticked_room(3)
    member = enter(room)
    read(room, member)
    sync.resync(room, member, greeting)
    (found,) = read(room, member)
    assert (found["t"], found["seq"], len(found["paths"])) == ("snapshot", 3, 3)


def test_s6_resync_after_a_delta_that_was_not_read_yet_gives_a_snapshot_all_the_same() -> None:
    room = ticked_room(3)
    member = enter(room, 1, ("e", 1))
    sync.resync(room, member, greeting)
    found = read(room, member)
    assert keys(found) == ["welcome", "tick", "snapshot"]
    assert (found[-1]["seq"], len(found[-1]["paths"])) == (3, 3)


def test_s6_resyncs_that_come_together_are_served_by_one_snapshot() -> None:
    room = ticked_room(3)
    member = enter(room)
    sync.resync(room, member, greeting)
    assert keys(read(room, member)) == ["welcome", "snapshot"]
    sync.resync(room, member, greeting)
    sync.resync(room, member, greeting)
    assert keys(read(room, member)) == ["snapshot"]


@pytest.mark.parametrize("ticks", [1, outbox.FRAMES + 1, LENGTH + 1])
def test_s6_resync_of_one_who_is_behind_leads_on_without_a_gap(ticks: int) -> None:
    room = new_room()
    member = behind(room, ticks)
    sync.resync(room, member, greeting)
    ticking(room, 5000)
    seq = None
    for frame in read(room, member):
        if frame["t"] == "snapshot":
            seq = frame["seq"]
        elif "ops" in frame and seq is not None:
            assert frame["from"] == seq + 1
            seq = frame["seq"]
    assert seq == ticks + 1


def test_s6_a_resync_gives_the_drawing_as_it_stands() -> None:
    room = ticked_room(3)
    newcomer = enter(room)
    read(room, newcomer)
    room.receive(4, [Delete(path_id(1), STAMP + 99)])
    room.flush(ops=True)
    read(room, newcomer)
    sync.resync(room, newcomer, greeting)
    (found,) = read(room, newcomer)
    assert (found["t"], found["seq"], len(found["paths"])) == ("snapshot", 4, room.board.count)


def test_s9_everybody_is_welcomed_anew_and_no_ack_or_error_is_lost() -> None:
    room = new_room()
    ada, bob = enter(room, 1), enter(room, 2)
    room.flush(ops=False)
    read(room, ada)
    read(room, bob)
    tell(ada)
    show(room, ada, put(1, STAMP))
    accept(room, bob, put(2, STAMP), n=4)
    tell(bob)
    publish(room)
    room.flush(ops=True)
    accept(room, ada, put(3, STAMP), n=5)
    live = Live("e2", 0, {7: Person("Ada", "here"), 8: Person("Bob", "here")}, History(0))
    room.renew(merged([put(1, STAMP), put(2, STAMP)]), live, {1: 7, 2: 8})
    for member in (ada, bob):
        sync.welcome(room, member, greeting())
    publish(room)
    room.flush(ops=True)
    for member, user, n in ((ada, 7, 5), (bob, 8, 4)):
        found = read(room, member)
        assert keys(found)[:2] == ["welcome", "snapshot"]
        assert (found[0]["user"], found[0]["epoch"], found[0]["sync"], len(found[1]["paths"])) == (
            user,
            "e2",
            "full",
            2,
        )
        assert [at["user"] for at in found[0]["users"]] == [7, 8]
        assert max(told_n for frame in found for told_user, told_n in frame.get("acks", ()) if told_user == user) == n
        assert found[-1]["ops"] == [op_json(put(3, STAMP))]
    assert keys(found).count("error") == 1


def test_s9_a_welcome_amid_a_snapshot_begins_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 300)
    room = new_room(*[put(number, STAMP) for number in range(10)])
    member = enter(room)
    assert sync.next_frame(room, member, greeting)
    assert sync.next_frame(room, member, greeting)
    room.renew(merged([put(1, STAMP)]), Live("e2", 0, {1: Person("Ada", "here")}, History(0)), {1: 1})
    sync.welcome(room, member, greeting())
    found = read(room, member)
    assert keys(found) == ["welcome", "snapshot"]
    assert (found[1]["epoch"], found[1]["more"], len(found[1]["paths"])) == ("e2", False, 1)
