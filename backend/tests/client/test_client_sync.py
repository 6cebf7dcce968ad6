"""The state machine, driven by frames made by hand: S1 to S9, V3, P3, P4 and W5, without an event loop."""

import pytest
from client_fakes import RED, SERVER_MS, STAMP, path, path_id, put, quiet, snapshot, tick, welcome
from msgspec import UNSET

from whiteboard_client.clock import Clock
from whiteboard_client.errors import BadValueError, OutOfStepError
from whiteboard_client.events import Acked, Event, Invoked, Received, Refused
from whiteboard_client.messages import (
    Batch,
    Bye,
    Check,
    Clear,
    CursorAt,
    Del,
    Error,
    Hello,
    Op,
    Piece,
    Ping,
    Pong,
    Resync,
    ServerFrame,
    Since,
    Unknown,
    User,
    encode,
)
from whiteboard_client.sync import Sync


class Case:
    """A state machine, what it told its observer, and a clock that stands still."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ms = float(SERVER_MS)
        self.sync = Sync(Clock(lambda: self.ms), self.events.append)

    def connect(self, *frames: ServerFrame) -> Hello:
        hello = self.sync.open("token")
        self.hear(*(frames or (welcome(), snapshot())))
        return hello

    def hear(self, *frames: ServerFrame) -> None:
        for frame in frames:
            self.sync.receive(frame)

    def batches(self) -> list[Batch]:
        return [frame for frame in self.sync.outgoing() if isinstance(frame, Batch)]

    def shown(self) -> list[str]:
        return list(self.sync.paths())


@pytest.fixture
def case() -> Case:
    return Case()


def test_s1_a_full_welcome_and_its_snapshot_are_the_state(case: Case) -> None:
    assert case.connect(welcome(seq=4)).since is None
    assert not case.sync.in_step
    case.hear(snapshot(path(2, 7), seq=4, more=True))
    assert not case.sync.in_step
    case.hear(snapshot(path(1, 5), seq=4, cleared=3))
    assert case.sync.in_step
    assert list(case.sync.paths().values()) == [path(1, 5), path(2, 7)]
    assert case.sync.since == Since("e", 4)
    assert case.sync.confirmed.cleared == 3


def test_s1_a_snapshot_replaces_the_confirmed_state(case: Case) -> None:
    case.connect(welcome(), snapshot(path(1, 5), path(2, 5)))
    case.hear(snapshot(path(3, 6), seq=9, epoch="f"))
    assert case.shown() == [path_id(3)]
    assert case.sync.since == Since("f", 9)


def test_s1_half_a_snapshot_replaces_nothing(case: Case) -> None:
    case.connect(welcome(), snapshot(path(1, 5)))
    case.hear(welcome(epoch="f", seq=3), snapshot(path(2, 6), epoch="f", seq=3, more=True))
    assert case.shown() == [path_id(1)]
    assert case.sync.open("token").since == Since("e", 0)
    case.hear(welcome(epoch="f", seq=5), snapshot(path(3, 6), epoch="f", seq=5))
    assert case.shown() == [path_id(3)]


def test_s1_a_delta_goes_on_from_the_state(case: Case) -> None:
    case.connect(welcome(), snapshot(path(1, 5)))
    case.hear(tick(1, put(2, 6)))
    assert case.connect(welcome(sync="delta", seq=4)).since == Since("e", 1)
    assert not case.sync.in_step
    case.hear(tick(4, put(3, 7), from_seq=2))
    assert case.sync.in_step
    assert case.shown() == [path_id(1), path_id(2), path_id(3)]


def test_s1_a_delta_of_nothing_is_complete_at_once(case: Case) -> None:
    case.connect()
    case.connect(welcome(sync="delta"))
    assert case.sync.in_step


def test_s1_a_delta_that_follows_nothing_makes_the_client_ask_for_all(case: Case) -> None:
    case.connect()
    case.sync.open("token")
    with pytest.raises(OutOfStepError):
        case.hear(welcome(sync="delta", epoch="other"))
    assert case.sync.open("token").since is None


def test_s2_a_gap_is_found_and_nothing_of_the_tick_is_taken(case: Case) -> None:
    case.connect()
    case.hear(tick(1))
    with pytest.raises(OutOfStepError, match="seq 2 is missing"):
        case.hear(tick(3, put(1, 5)))
    assert case.sync.open("token").since == Since("e", 1)
    assert case.shown() == []


def test_s2_ticks_of_several_seqs_and_empty_ones(case: Case) -> None:
    case.connect()
    case.hear(tick(1), tick(5, put(1, 5), from_seq=2), tick(6))
    assert case.sync.since == Since("e", 6)


def test_s2_a_tick_without_ops_bears_no_seq(case: Case) -> None:
    case.connect()
    case.hear(tick(1), quiet(joined=(User(2, "Bo"),)))
    assert case.sync.since == Since("e", 1)
    assert case.sync.presence.users == {1: "Ada", 2: "Bo"}


def test_s2_ops_before_any_state_or_within_a_snapshot_are_out_of_step(case: Case) -> None:
    case.connect(welcome())
    with pytest.raises(OutOfStepError):
        case.hear(tick(1, put(1, 5)))
    case.connect()
    case.hear(snapshot(seq=3, more=True))
    with pytest.raises(OutOfStepError):
        case.hear(tick(1, put(1, 5)))


def test_s3_an_op_that_comes_twice_changes_nothing(case: Case) -> None:
    case.connect()
    case.hear(tick(1, put(1, 5)), tick(2, put(1, 5)))
    case.hear(tick(2, put(1, 5), from_seq=1))
    assert list(case.sync.paths().values()) == [path(1, 5)]
    assert case.sync.since == Since("e", 2)


def test_s4_an_ack_drops_the_ops_of_all_batches_up_to_n(case: Case) -> None:
    case.connect()
    ops = [put(number, STAMP + number) for number in range(3)]
    for op in ops:
        case.sync.send(op)
        assert case.batches() == [Batch(n=ops.index(op) + 1, ops=(op,))]
    case.hear(tick(1, *ops[:2], acks=((7, 3), (1, 2))))
    assert list(case.sync.pending) == ops[2:]
    assert [event for event in case.events if isinstance(event, Acked)] == [Acked(2, tuple(ops[:2]))]


def test_s4_an_ack_of_an_op_that_lost_takes_it_from_the_view(case: Case) -> None:
    case.connect()
    case.sync.send(put(1, STAMP))
    case.batches()
    case.hear(tick(1, Clear(STAMP + 5)))
    assert case.shown() == []
    case.hear(quiet(acks=((1, 1),)))
    assert len(case.sync.pending) == 0


def test_s5_the_view_is_the_confirmed_state_with_the_unacknowledged_ops_over_it(case: Case) -> None:
    case.connect(welcome(), snapshot(path(1, 5), path(2, 6)))
    case.sync.send(Del(path_id(1), STAMP))
    case.sync.send(put(3, STAMP + 1))
    assert case.shown() == [path_id(2), path_id(3)]
    assert [path.id for path in case.sync.confirmed.paths()] == [path_id(1), path_id(2)]
    case.hear(tick(1, put(1, STAMP + 9, "M0 0Z")))
    assert case.shown() == [path_id(1), path_id(2), path_id(3)]


def test_s5_unacknowledged_ops_are_sent_again_unchanged_and_n_counts_anew(case: Case) -> None:
    case.connect()
    ops: list[Op] = [put(1, STAMP), put(2, STAMP + 1), Del(path_id(1), STAMP + 2)]
    for op in ops[:2]:
        case.sync.send(op)
        case.batches()
    case.connect(welcome(user=2, sync="delta"))
    case.sync.send(ops[2])
    assert case.batches() == [Batch(n=1, ops=tuple(ops))]
    case.hear(quiet(acks=((1, 2),)))  # of the connection before
    assert len(case.sync.pending) == 3
    case.hear(tick(1, *ops, acks=((2, 1),)))
    assert len(case.sync.pending) == 0


def test_s5_nothing_is_sent_before_the_welcome(case: Case) -> None:
    case.connect()
    case.sync.open("token")
    case.sync.send(put(1, STAMP))
    case.sync.move((1, 2))
    assert case.sync.outgoing() == []


def test_s6_a_check_that_agrees_asks_for_nothing(case: Case) -> None:
    case.connect()
    case.hear(tick(1, put(1, 5)))
    case.hear(tick(2, check=case.sync.confirmed.check()))
    assert case.sync.outgoing() == []


def test_s6_a_check_that_disagrees_asks_for_a_snapshot_once(case: Case) -> None:
    case.connect()
    wrong = Check(7, 7)
    case.hear(tick(1, put(1, 5), check=wrong), tick(2, check=wrong))
    assert case.sync.outgoing() == [Resync()]
    case.hear(snapshot(path(2, 6), seq=2))
    assert case.shown() == [path_id(2)]
    case.hear(tick(3, check=wrong))
    assert case.sync.outgoing() == [Resync()]


def test_s6_the_check_is_of_the_confirmed_state_alone(case: Case) -> None:
    case.connect()
    case.sync.send(put(1, STAMP))
    case.batches()
    case.hear(tick(1, check=Check(0, 0)))
    assert case.sync.outgoing() == []


def test_s8_batches_are_split_at_max_frame_and_numbered_in_order(case: Case) -> None:
    case.connect(welcome(max_frame=1000), snapshot())
    ops = [put(number, STAMP + number) for number in range(20)]
    for op in ops:
        case.sync.send(op)
    batches = case.batches()
    assert [batch.n for batch in batches] == list(range(1, len(batches) + 1))
    assert len(batches) > 1
    assert [op for batch in batches for op in batch.ops] == ops
    assert all(len(encode(batch)) <= 1000 for batch in batches)


def test_s8_an_op_that_no_frame_can_carry_is_refused_at_once(case: Case) -> None:
    case.connect(welcome(max_frame=1000), snapshot())
    with pytest.raises(BadValueError):
        case.sync.send(put(1, STAMP, "M0 0" + "L1 1" * 1000))
    assert len(case.sync.pending) == 0


def test_s8_an_op_too_large_for_a_frame_that_shrank_is_given_up_and_told(case: Case) -> None:
    case.connect()
    large, small = put(1, STAMP, "M0 0" + "L1 1" * 1000), put(2, STAMP + 1)
    case.sync.send(large)
    case.sync.send(small)
    case.connect(welcome(max_frame=1000, sync="delta"))
    assert case.batches() == [Batch(n=1, ops=(small,))]
    assert [error.code for error in case.sync.errors] == ["frame_too_large"]
    assert case.shown() == [path_id(2)]


def test_s9_a_welcome_at_any_time_replaces_state_and_presence_but_not_n(case: Case) -> None:
    case.connect(welcome(), snapshot(path(1, 5)))
    mine = put(2, STAMP)
    case.sync.send(mine)
    assert case.batches() == [Batch(n=1, ops=(mine,))]
    case.hear(welcome(user=9, epoch="f", seq=100, users=(User(9, "Ada"), User(4, "Bo"))))
    case.hear(snapshot(path(3, 6), epoch="f", seq=100))
    assert case.shown() == [path_id(2), path_id(3)]
    assert case.sync.presence.users == {9: "Ada", 4: "Bo"}
    assert case.batches() == []  # what is on its way goes on
    case.sync.send(put(4, STAMP + 1))
    assert [batch.n for batch in case.batches()] == [2]
    case.hear(tick(101, mine, acks=((9, 1),)))
    assert [op.ts for op in case.sync.pending] == [STAMP + 1]


def test_v2_a_refused_op_is_unacknowledged_no_longer(case: Case) -> None:
    case.connect()
    ops = [put(1, STAMP), put(2, STAMP + 1)]
    for op in ops:
        case.sync.send(op)
    case.batches()
    error = Error("invalid_op", n=1, i=1)
    case.hear(error)
    assert list(case.sync.pending) == ops[:1]
    assert case.shown() == [path_id(1)]
    assert list(case.sync.errors) == [error]
    assert case.events[-1] == Refused(ops[1], error)
    case.hear(tick(1, ops[0], acks=((1, 1),)), Error("invalid_op", n=1, i=1), Error("invalid_op", n=8, i=8))
    assert len(case.sync.pending) == 0


def test_storage_unavailable_keeps_the_ops(case: Case) -> None:
    case.connect()
    case.sync.send(put(1, STAMP))
    case.batches()
    case.hear(Error("storage_unavailable", n=1), Error("storage_unavailable", n=1, i=0))
    assert case.shown() == [path_id(1)]
    assert len(case.sync.pending) == 1


def test_w5_clock_skew_teaches_the_time(case: Case) -> None:
    case.connect()
    case.ms += 3_600_000  # this machine's clock is put forward
    ahead = case.sync.clock.stamp()
    case.sync.send(put(1, ahead))
    case.batches()
    case.hear(Error("clock_skew", n=1, i=0, time=SERVER_MS))
    assert len(case.sync.pending) == 0
    assert case.sync.clock.stamp() == STAMP


def test_w5_stamps_lie_above_whatever_was_told(case: Case) -> None:
    far = STAMP + 10**8
    case.connect(
        welcome(live=((2, Piece(path_id(9), far, RED, 2, (1, 1))),)), snapshot(path(1, far + 1), cleared=far + 2)
    )
    assert case.sync.clock.stamp() == far + 3
    case.hear(tick(1, put(1, far + 10)))
    assert case.sync.clock.stamp() == far + 11
    case.hear(quiet(live=((2, Piece(path_id(9), far + 20, RED, 2, (1, 1))),)))
    assert case.sync.clock.stamp() == far + 21


def test_c3_a_pong_teaches_the_time(case: Case) -> None:
    case.connect()
    case.sync.ping()
    assert case.sync.outgoing() == [Ping(c=SERVER_MS)]
    case.ms += 20
    case.hear(Pong(c=SERVER_MS, time=SERVER_MS + 500))
    assert case.sync.clock.server_ms() == SERVER_MS + 510


def test_c4_bye_tells_how_to_spread(case: Case) -> None:
    case.connect()
    case.hear(Bye("restart", 800))
    assert case.sync.retry_ms == 800
    case.connect()
    assert case.sync.retry_ms is None


def test_the_observer_is_told_of_edits_and_frames_in_order(case: Case) -> None:
    case.connect()
    case.events.clear()
    op, frame = put(1, STAMP), tick(1, put(1, STAMP), acks=((1, 1),))
    case.sync.send(op)
    case.batches()
    case.hear(frame, Unknown("weather"))
    assert case.events == [Invoked(op), Received(frame), Acked(1, (op,)), Received(Unknown("weather"))]


def test_p2_only_the_newest_cursor_is_sent_and_again_after_a_reconnect(case: Case) -> None:
    case.connect()
    case.sync.move((1, 1))
    case.sync.move((2, 2))
    assert case.batches() == [Batch(cursor=(2, 2))]
    assert case.batches() == []
    case.connect()
    assert case.batches() == [Batch(cursor=(2, 2))]
    case.sync.move(None)
    assert case.batches() == [Batch(cursor=None)]
    case.connect()
    assert case.batches() == []
    assert Batch().cursor is UNSET


def test_v3_a_stroke_is_sent_in_pieces_and_ended_by_its_put(case: Case) -> None:
    case.connect()
    strokes = case.sync.strokes
    strokes.begin(path_id(1), STAMP, RED, 2)
    strokes.extend(path_id(1), (0, 0))
    assert case.batches() == [Batch(live=(Piece(path_id(1), STAMP, RED, 2, (0, 0)),))]
    strokes.extend(path_id(1), (1, 1, 2, 2))
    assert case.batches() == [Batch(live=(Piece(path_id(1), STAMP, RED, 2, (1, 1, 2, 2)),))]
    strokes.extend(path_id(1), (3, 3))
    case.sync.send(put(1, STAMP + 1))
    assert case.batches() == [Batch(n=1, ops=(put(1, STAMP + 1),))]
    assert path_id(1) not in strokes


def test_v3_an_abandoned_stroke_is_ended_if_anything_of_it_was_told(case: Case) -> None:
    case.connect()
    case.sync.strokes.begin(path_id(1), STAMP, RED, 2)
    case.sync.strokes.extend(path_id(1), (0, 0))
    case.sync.strokes.begin(path_id(2), STAMP, RED, 2)
    case.sync.strokes.abandon(path_id(2))
    case.batches()
    case.sync.strokes.abandon(path_id(1))
    assert case.batches() == [Batch(live=(Piece(path_id(1), end=True),))]


def test_v3_a_stroke_is_told_up_to_20000_numbers_and_no_piece_is_over_a_frame(case: Case) -> None:
    case.connect(welcome(max_frame=2000), snapshot())
    case.sync.strokes.begin(path_id(1), STAMP, RED, 2)
    case.sync.strokes.extend(path_id(1), [-123456.12345678901] * 30_000)
    batches = case.batches()
    assert sum(len(piece.points) for batch in batches for piece in batch.live) == 20_000
    assert all(len(encode(batch)) <= 2000 for batch in batches)
    assert all(len(piece.points) % 2 == 0 for batch in batches for piece in batch.live)


def test_p4_after_a_reconnect_a_stroke_is_told_from_its_beginning(case: Case) -> None:
    case.connect()
    case.sync.strokes.begin(path_id(1), STAMP, RED, 2)
    case.sync.strokes.extend(path_id(1), (0, 0, 1, 1))
    case.batches()
    case.connect()
    case.sync.strokes.extend(path_id(1), (2, 2))
    assert case.batches() == [Batch(live=(Piece(path_id(1), STAMP, RED, 2, (0, 0, 1, 1, 2, 2)),))]


def test_v3_a_refused_stroke_is_told_no_further(case: Case) -> None:
    case.connect()
    case.sync.strokes.begin(path_id(1), STAMP, RED, 2)
    case.hear(Error("invalid_live", id=path_id(1)))
    assert path_id(1) not in case.sync.strokes


def piece(number: int, ts: int, *points: float) -> Piece:
    return Piece(path_id(number), ts, RED, 2, points)


def live(*told: tuple[int, Piece]) -> ServerFrame:
    return quiet(live=told)


def test_p3_a_stroke_grows_and_the_put_of_its_id_replaces_it(case: Case) -> None:
    case.connect(welcome(live=((2, piece(1, 5, 0, 0)),)), snapshot())
    case.hear(live((2, piece(1, 5, 1, 1)), (3, piece(2, 5, 9, 9))))
    assert {key: stroke.points for key, stroke in case.sync.presence.strokes.items()} == {
        path_id(1): [0, 0, 1, 1],
        path_id(2): [9, 9],
    }
    case.hear(tick(1, put(1, 6), Clear(4)))
    assert list(case.sync.presence.strokes) == [path_id(2)]  # a clear leaves strokes alone
    case.hear(live((2, piece(1, 5, 2, 2))))
    assert list(case.sync.presence.strokes) == [path_id(2)]  # told late


def test_p3_end_and_leaving_take_the_strokes(case: Case) -> None:
    case.connect(welcome(live=((2, piece(1, 5, 0, 0)), (2, piece(2, 5, 0, 0)), (3, piece(3, 5, 0, 0)))), snapshot())
    case.hear(live((3, Piece(path_id(1), end=True)), (2, Piece(path_id(2), end=True))))
    assert list(case.sync.presence.strokes) == [path_id(1), path_id(3)]
    case.hear(tick(1, left=(2,)))
    assert list(case.sync.presence.strokes) == [path_id(3)]


def test_p4_a_stroke_goes_on_over_the_path_that_was_made_of_it(case: Case) -> None:
    case.connect(welcome(live=((2, piece(1, 5, 0, 0)),)), snapshot())
    case.hear(tick(1, put(1, 5), left=(2,)))
    case.hear(live((4, piece(1, 5, 0, 0, 1, 1))))
    assert case.sync.presence.strokes[path_id(1)].points == [0, 0, 1, 1]
    assert case.sync.presence.strokes[path_id(1)].user == 4


def test_p1_users_and_cursors_come_and_go(case: Case) -> None:
    case.connect(welcome(users=(User(1, "Ada"), User(2, "Bo")), cursors=(CursorAt(2, 5, 6),)), snapshot())
    case.hear(tick(1, joined=(User(3, "Cy"),), cursors=(CursorAt(3, 7, 8), CursorAt(2))))
    assert case.sync.presence.users == {1: "Ada", 2: "Bo", 3: "Cy"}
    assert case.sync.presence.cursors == {3: (7, 8)}
    case.hear(tick(2, left=(3,)))
    assert case.sync.presence.users == {1: "Ada", 2: "Bo"}
    assert case.sync.presence.cursors == {}
