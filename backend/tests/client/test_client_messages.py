"""The frames of the wire, C5, and batches that fit into a frame (S8)."""

import gzip
import json

import msgspec
import pytest
from client_fakes import SNAPSHOT, WELCOME, Json, path_id, put
from hypothesis import given
from hypothesis import strategies as st

from whiteboard_client.batches import split
from whiteboard_client.errors import ProtocolError
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
    Since,
    Snapshot,
    Tick,
    Unknown,
    User,
    Welcome,
    decode,
    encode,
)  # fmt: skip

A_PUT = {"op": "put", "id": path_id(1), "ts": 5, "d": "M0 0Z", "color": "#000000", "width": 2}


def heard(frame: Json) -> Json:
    return decode(json.dumps(frame))


def said(frame: Json) -> Json:
    return json.loads(encode(frame))


def test_hello_leaves_out_what_is_not_needed() -> None:
    assert said(Hello("x")) == {"t": "hello", "token": "x"}
    full = {"t": "hello", "token": "x", "since": {"epoch": "e", "seq": 4}, "gzip": True}
    assert said(Hello("x", Since("e", 4), gzip=True)) == full


def test_h2_the_token_is_not_in_what_a_hello_prints() -> None:
    assert "secret" not in repr(Hello("secret"))


def test_batch_tells_a_cursor_that_left_from_none() -> None:
    assert said(Batch()) == {"t": "batch"}
    assert said(Batch(cursor=None)) == {"t": "batch", "cursor": None}
    assert said(Batch(cursor=(1.0, 2.0))) == {"t": "batch", "cursor": [1, 2]}


def test_batch_with_every_kind_of_op_and_piece() -> None:
    ops = (put(1, 5, "M0 0Z"), Del(path_id(2), 6), Clear(7))
    live = (Piece(path_id(3), 8, "#000000", 2, (1, 2)), Piece(path_id(4), end=True))
    assert said(Batch(n=3, ops=ops, live=live)) == {
        "t": "batch",
        "n": 3,
        "ops": [A_PUT | {"color": "#ff0000"}, {"op": "del", "id": path_id(2), "ts": 6}, {"op": "clear", "ts": 7}],
        "live": [
            {"id": path_id(3), "ts": 8, "color": "#000000", "width": 2, "points": [1, 2]},
            {"id": path_id(4), "end": True},
        ],
    }


def test_ping_and_resync() -> None:
    assert said(Ping(1.5)) == {"t": "ping", "c": 1.5}
    assert said(Resync()) == {"t": "resync"}


def test_tick_with_everything() -> None:
    frame = heard({
        "t": "tick", "seq": 43, "from": 42, "ops": [A_PUT, {"op": "del", "id": "x", "ts": 1}, {"op": "clear", "ts": 2}],
        "live": [[1, {"id": "s", "ts": 3, "color": "#000000", "width": 2, "points": [1, 2.5]}],
                 [2, {"id": "t", "end": True}]],
        "cursors": [[1, 2, 3.5], [2, None]], "joined": [{"user": 3, "name": "Bo"}], "left": [4], "acks": [[1, 17]],
        "check": {"count": 1, "sum": 2}, "new": "ignored",
    })  # fmt: skip
    assert isinstance(frame, Tick)
    assert (frame.seq, frame.from_seq, frame.left, frame.acks) == (43, 42, (4,), ((1, 17),))
    assert frame.ops is not None
    assert frame.ops[1:] == (Del("x", 1), Clear(2))
    assert frame.live == ((1, Piece("s", 3, "#000000", 2, (1, 2.5))), (2, Piece("t", end=True)))
    assert frame.cursors == (CursorAt(1, 2, 3.5), CursorAt(2))
    assert (frame.joined, frame.check) == ((User(3, "Bo"),), Check(1, 2))


def test_s2_ops_that_are_absent_differ_from_none() -> None:
    assert heard({"t": "tick"}) == Tick(ops=None)
    assert heard({"t": "tick", "seq": 1, "from": 1, "ops": []}) == Tick(1, 1, ())


def test_the_other_frames() -> None:
    assert isinstance(heard(WELCOME | {"later": 1}), Welcome)
    assert isinstance(heard(SNAPSHOT), Snapshot)
    assert heard({"t": "error", "code": "invalid_op", "n": 1, "i": 0}) == Error("invalid_op", n=1, i=0)
    assert heard({"t": "bye", "code": "restart", "retry_ms": 800}) == Bye("restart", 800)
    assert heard({"t": "pong", "c": 1, "time": 2}) == Pong(1, 2)


def test_an_unknown_kind_of_frame_is_let_through() -> None:
    assert heard({"t": "weather", "rain": True}) == Unknown("weather")


def test_c5_a_binary_frame_is_gzip() -> None:
    assert decode(gzip.compress(b'{"t":"pong","c":1,"time":2}')) == Pong(1, 2)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"t":5}',
        '{"t":"tick","acks":5}',
        '{"t":"pong"}',
        b"plain",
        gzip.compress(b"{", mtime=0)[:-4],
        b"\x1f\x8b",
    ],
)
def test_what_cannot_be_decoded_is_told(data: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(data)


pieces = st.builds(Piece, st.just(path_id(1)), st.just(5), st.just("#000000"), st.just(2.0), st.just((1.5, 2.5)))


@given(st.lists(st.integers(0, 40), max_size=30), st.lists(pieces, max_size=5), st.integers(500, 2000))
def test_s8_batches_fit_and_keep_all_in_order(lengths: list[int], live: list[Piece], max_frame: int) -> None:
    ops: list[Op] = [put(n, 5, "M0 0" + "L1 1" * length) for n, length in enumerate(lengths)]
    batches = list(split(ops, live, max_frame))
    assert [op for batch in batches for op in batch.ops] == ops
    assert [piece for batch in batches for piece in batch.live] == live
    for batch in batches:
        widest = msgspec.structs.replace(batch, n=2**53 - 1, cursor=(-123456.12345678901, -123456.12345678901))
        assert len(encode(widest)) <= max_frame


def test_s8_what_fits_into_one_frame_is_one_batch() -> None:
    assert len(list(split([put(n, 5) for n in range(100)], [], 1_000_000))) == 1
    assert list(split([], [], 1_000_000)) == []
