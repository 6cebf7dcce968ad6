"""The pacing of a room's ticks (S10), and how much a client is sent (P2)."""

import asyncio
import json
from typing import Any

from live_rooms import Failures, new_live_room
from realtime.room_model import STAMP, accept, enter, greeting, new_room, piece, publish, put, read

from app.services.live_room import CROWD, CROWD_TICKS, SENT_A_SECOND, LiveRoom
from app.services.realtime.outbox import Frame
from app.services.realtime.presence import Person
from app.utils.websocket_frames import payload_of

TICK = 0.02


class Follower:
    """A connection that notes the ticks it is handed."""

    def __init__(self) -> None:
        self.ticks: list[dict[str, Any]] = []

    def follow(self, frame: Frame) -> None:
        self.ticks.append(json.loads(payload_of(frame.data.message)))


def live_room(people: int = 1) -> tuple[LiveRoom, Follower]:
    room = new_live_room(new_room(), TICK, greeting=greeting())
    followers = [Follower() for _ in range(people)]
    room.connections.update(followers)  # type: ignore[arg-type]
    return room, followers[0]


async def test_p1_a_crowd_is_told_less_often_who_comes_unless_there_is_more_to_tell() -> None:
    few, _ = live_room(CROWD)
    many, follower = live_room(CROWD + 1)
    for room in (few, many):
        room.replica.presence.join(1, Person("one", "here"))
    assert (few._live_pause, many._live_pause) == (TICK, CROWD_TICKS * TICK)
    many.replica.presence.point(1, (1, 1), local=True)
    assert many._live_pause == TICK
    many.show()
    assert follower.ticks == [{"t": "tick", "cursors": [[1, 1.0, 1.0]], "joined": [{"user": 1, "name": "one"}]}]
    many.replica.presence.join(2, Person("two", "here"))
    many.show()
    assert len(follower.ticks) == 1
    assert many._round * many.rounds.seconds >= many._live_shown + CROWD_TICKS * TICK, "it will be told by itself"
    for room in (few, many):
        room.stop()


async def test_p2_strokes_and_cursors_are_thinned_and_ops_never() -> None:
    room, _ = live_room()
    replica = room.replica
    members = [enter(replica, user) for user in range(1, 301)]
    loop = asyncio.get_running_loop()
    began = loop.time()
    frames: list[dict[str, Any]] = []
    for turn in range(30):
        for number, member in enumerate(members):
            replica.accept_stroke(member, piece(number, *range(8)), STAMP // 4096)
            replica.accept_cursor(member, (turn, turn))
        accept(replica, members[0], put(1000 + turn, STAMP))
        publish(replica)
        room._flush(began + turn / 10, ops=True)
        frames += [frame for frame in read(replica, members[1]) if frame["t"] == "tick"]
    assert [len(frame["ops"]) for frame in frames] == [1] * 30
    assert replica.board.count == 30
    size = sum(len(json.dumps(frame, separators=(",", ":"))) for frame in frames[-10:])
    assert size < 1.1 * SENT_A_SECOND
    assert all(frame["live"] for frame in frames[-10:])
    assert all(frame["cursors"] for frame in frames[-10:])
    assert {user for frame in frames[-10:] for user, _ in frame["live"]} == set(range(1, 301)), "all have their turn"
    room.stop()


async def test_a_room_that_cannot_be_shown_fails_and_the_others_of_its_round_have_their_turn() -> None:
    failures: Failures = []
    spoilt = new_live_room(new_room(), TICK, failures=failures)
    spoilt.replica.flush = lambda **_: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    good, follower = live_room()
    good.rounds = spoilt.rounds
    for room in (spoilt, good):
        room._live_shown = asyncio.get_running_loop().time()
        room.replica.presence.join(1, Person("one", "here"))
        room.show()
    assert spoilt._round == good._round
    over = asyncio.Event()
    good.rounds.join(int(good._round), over.set)
    await over.wait()
    assert follower.ticks
    [(failed, error)] = failures
    assert (failed, type(error)) == (spoilt, ZeroDivisionError)
    for room in (spoilt, good):
        room.stop()
