"""What a connection is sent when it comes (S1), falls behind (S7), asks again (S6) or is told of a new epoch (S9)."""

import msgspec
import pytest
from room_model import (
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
    told,
)

from app.schemas import frames
from app.schemas.ops import Clear, Delete, End, Op, Put
from app.services.realtime import chunks, outbox, sync
from app.services.realtime.history import LENGTH, History
from app.services.realtime.member import Live, Member
from app.services.realtime.outbox import encoded
from app.services.realtime.presence import Person
from app.services.realtime.room import Room


def op_json(op: Op) -> Json:
    return msgspec.to_builtins(op)


def ticking(room: Room, *numbers: int) -> None:
    """One tick with one op for each number."""
    for number in numbers:
        room.receive(room.next_seq, [put(number, STAMP + number)])
        room.flush(ops=True)


def ticked_room(count: int) -> Room:
    room = new_room()
    ticking(room, *range(1, count + 1))
    return room


def welcomed(room: Room, since: tuple[str, int] | None = None) -> list[Json]:
    return read(room, enter(room, 1, since))


def tell(member: Member, code: str = "invalid_op") -> None:
    member.outbox.letters.append(encoded(frames.Error(code, "why", 5, n=0, i=0)))


# S1.


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


# The ticks, and S7.


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


def behind(room: Room, ticks: int, *, user: int = 1) -> Member:
    """A connection that has read its welcome, and then misses some ticks with ops."""
    member = enter(room, user)
    room.flush(ops=False)
    read(room, member)
    ticking(room, *range(1, ticks + 1))
    return member


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


# S4: errors before acks.


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


# Resync.


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


# S9.


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
