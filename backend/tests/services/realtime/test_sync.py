"""What a connection is sent when it comes: a delta or the whole board (S1)."""

import pytest
from room_model import (
    STAMP,
    Json,
    enter,
    greeting,
    keys,
    merged,
    new_room,
    path_id,
    put,
    read,
    standing,
    told,
)
from syncs_of_tests import op_json, tell, ticked_room

from app.schemas.ops import Clear, Delete, Put
from app.services.realtime import chunks, sync
from app.services.realtime.history import LENGTH, History
from app.services.realtime.member import Live
from app.services.realtime.presence import Person
from app.services.realtime.room import Room


def welcomed(room: Room, since: tuple[str, int] | None = None) -> list[Json]:
    return read(room, enter(room, 1, since))


def test_s1_delta_with_nothing_missed_is_a_welcome_alone() -> None:
    found = welcomed(ticked_room(3), ("e", 3))
    assert keys(found) == ["welcome"]
    assert (found[0]["sync"], found[0]["seq"]) == ("delta", 3)


@pytest.mark.parametrize("since", [0, 1, 2])
def test_s1_delta_is_one_tick_with_all_that_was_missed(since: int) -> None:
    welcome, tick = welcomed(ticked_room(3), ("e", since))
    assert (welcome["sync"], welcome["seq"]) == ("delta", 3)
    assert (tick["from"], tick["seq"]) == (since + 1, 3)
    assert sorted(op["id"] for op in tick["ops"]) == [path_id(number) for number in range(since + 1, 4)]


@pytest.mark.parametrize("since", [None, ("other", 3), ("e", 4), ("e", 2**70), ("e", -1), ("", 0)], ids=str)
def test_s1_full_where_the_server_does_not_hold_what_came_after(since: tuple[str, int] | None) -> None:
    welcome, found = welcomed(ticked_room(3), since)
    assert (welcome["t"], welcome["sync"], welcome["seq"]) == ("welcome", "full", 3)
    assert (found["t"], found["seq"], found["epoch"], found["more"]) == ("snapshot", 3, "e", False)
    assert sorted(path["id"] for path in found["paths"]) == [path_id(number) for number in (1, 2, 3)]


def test_s1_delta_reaches_back_600_ticks_and_no_further() -> None:
    room = ticked_room(LENGTH + 100)
    assert welcomed(room, ("e", 99))[0]["sync"] == "full"
    welcome, tick = welcomed(room, ("e", 100))
    assert welcome["sync"] == "delta"
    assert (tick["from"], tick["seq"], len(tick["ops"])) == (101, LENGTH + 100, LENGTH)


def test_s1_seqs_without_winning_ops_do_not_shorten_what_is_remembered() -> None:
    room = new_room(put(1, STAMP + 9))
    for _ in range(2 * LENGTH):
        room.receive(room.next_seq, [put(1, STAMP)])
        room.flush(ops=True)
    welcome, tick = welcomed(room, ("e", 0))
    assert welcome["sync"] == "delta"
    assert (tick["from"], tick["seq"], tick["ops"]) == (1, 2 * LENGTH, [])


def test_s1_delta_tells_what_stands_now_and_each_thing_once() -> None:
    room = new_room()
    for ops in (
        [put(1, STAMP), put(2, STAMP), put(3, STAMP + 8)],
        [put(1, STAMP + 1)],
        [Delete(path_id(2), STAMP + 1), put(4, STAMP)],
        [Clear(STAMP)],
    ):
        room.receive(room.next_seq, ops)
        room.flush(ops=True)
    tick = welcomed(room, ("e", 0))[1]
    assert tick["ops"][0] == op_json(Clear(STAMP))
    rest = [op_json(op) for op in (put(1, STAMP + 1), Delete(path_id(2), STAMP + 1), put(3, STAMP + 8))]
    assert sorted(tick["ops"][1:], key=str) == sorted(rest, key=str)


def test_s1_snapshots_come_in_parts_with_nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 300)
    room = new_room(*[put(number, STAMP) for number in range(10)], Clear(STAMP - 1), seq=7)
    member = enter(room)
    tell(member)
    room.flush(ops=False)
    found = read(room, member)
    parts = found[1:-2]
    assert keys(found) == ["welcome", *["snapshot"] * len(parts), "error", "tick"]
    assert len(parts) > 2
    assert [part["more"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {(part["seq"], part["epoch"], part["cleared"]) for part in parts} == {(7, "e", STAMP - 1)}
    shown = [Put(**path) for part in parts for path in part["paths"]]
    assert standing(shown).paths == told(room.board).paths
    assert len(shown) == 10


def test_s1_an_empty_board_is_one_empty_snapshot() -> None:
    assert welcomed(new_room())[1] == {
        "t": "snapshot",
        "epoch": "e",
        "seq": 0,
        "paths": [],
        "cleared": 0,
        "more": False,
    }


def test_s1_a_snapshot_is_encoded_once_for_all_who_come_between_two_ticks() -> None:
    room = ticked_room(3)
    one, other = enter(room), enter(room, 2)
    (_, first), (_, second) = ([sync.next_frame(room, each, greeting) for _ in range(2)] for each in (one, other))
    assert second is first


def test_s1_a_snapshot_holds_all_that_was_shown_before() -> None:
    room = ticked_room(3)
    enter(room)
    for op in (put(7, STAMP + 99), Delete(path_id(7), STAMP + 100), Clear(STAMP + 101)):
        room.receive(room.next_seq, [op])
        room.flush(ops=True)
        found = welcomed(room)
        assert keys(found) == ["welcome", "snapshot"]
        assert found[0]["seq"] == found[1]["seq"] == room.seq
        assert len(found[1]["paths"]) == room.board.count


def test_s1_the_welcome_bears_the_seq_of_the_history_that_a_replica_began_with() -> None:
    history = History(4)
    room = Room(merged([put(1, STAMP)]), Live("e", 4, {9: Person("far", "there")}, history))
    welcome = welcomed(room, ("e", 4))[0]
    assert (welcome["seq"], welcome["sync"]) == (4, "delta")
    assert [user["user"] for user in welcome["users"]] == [9, 1]
