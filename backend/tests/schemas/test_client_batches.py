"""Batches of clients: elements that are none (V2), and values of all frames."""

import json

import msgspec
import pytest
from frames_help import GOOD, batch, texts
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from wire_values import CLEAR, ID, PIECE, PUT, Json

from app.schemas import frames
from app.schemas.frames import BadFrame, Batch, Hello, Ping, Resync, read_frame
from app.schemas.ops import BadValue, Put, read_cursor, read_op, read_stroke

BAD_ELEMENTS = [
    "null",
    "7",
    "true",
    '"put"',
    "[]",
    "{}",
    "1e400",
    "-1e999",
    "9" * 1000,
    r'"\ud800"',
    r'"\udc00\ud800"',
    '{"op":"put"}',
    '{"op":7}',
    r'{"op":"\ud83d"}',
    r'{"op":"put","id":"\udfff","ts":1,"d":"M0 0Z","color":"#000000","width":1}',
    '{"op":"clear","ts":1e400}',
    '{"op":"clear","ts":' + "9" * 400 + "}",
    '{"op":"put","ts":1,"ts":2,"x":[{"op":[{"op":{}}]}]}',
    "[" * 200 + "]" * 200,
    '{"\\ud800":1}',
]


@pytest.mark.parametrize("bad", BAD_ELEMENTS, ids=lambda bad: f"{bad:.50}")
def test_v2_one_bad_element_never_spoils_the_others(bad: str) -> None:
    piece = json.dumps(PIECE)
    frame = batch(
        f'{{"t":"batch","n":1,"ops":[{GOOD},{bad},{GOOD}],"live":[{piece},{bad},{piece}],"cursor":[{bad},0,0]}}'
    )
    ops = frame.ops or []
    assert [read_op(ops[0]), read_op(ops[2])] == [Put(ID, PUT["ts"], PUT["d"], PUT["color"], 2)] * 2
    assert read_stroke(frame.live[0]) == read_stroke(frame.live[2])
    for read, element in ((read_op, ops[1]), (read_stroke, frame.live[1]), (read_cursor, frame.cursor)):
        with pytest.raises(BadValue):
            read(element or Raw(b""))


@given(st.lists(st.sampled_from([GOOD, json.dumps(CLEAR), *BAD_ELEMENTS]), max_size=6))
def test_v2_each_element_keeps_its_place(elements: list[str]) -> None:
    frame = batch(f'{{"t":"batch","n":0,"ops":[{",".join(elements)}]}}')
    assert len(frame.ops or []) == len(elements)
    for element, raw in zip(elements, frame.ops or [], strict=True):
        try:
            read_op(raw)
        except BadValue:
            assert element in BAD_ELEMENTS
        else:
            assert element not in BAD_ELEMENTS


@pytest.mark.parametrize(
    "text", [r"\ud800", r"\uDBFF", r"\udc00\udc00", r"\\\ud800", r"\ud83d\ud83d\ude00", r"\ude00\ud83d", r"a\udEAD"]
)
def test_v2_lone_surrogates_are_a_bad_value_not_a_bad_frame(text: str) -> None:
    frame = batch(f'{{"t":"batch","n":1,"ops":[{{"op":"{text}"}},{GOOD}],"{text}":"{text}","live":["{text}"]}}')
    ops = frame.ops or []
    with pytest.raises(BadValue):
        read_op(ops[0])
    assert read_op(ops[1])


@pytest.mark.parametrize("text", [r"\\ud800", r"\ud83d\ude00", r"\\\\udc00"])
def test_v2_what_only_looks_like_a_lone_surrogate_is_left_alone(text: str) -> None:
    frame = read_frame(
        f'{{"t":"hello","token":"{text}","x":"\\ud800"}}' if "\\\\" in text else f'{{"t":"hello","token":"{text}"}}'
    )
    assert isinstance(frame, Hello)
    assert frame.token == json.loads(f'"{text}"')


@pytest.mark.parametrize("length", [250_000, 500_000, 1_000_000])
@pytest.mark.parametrize("part", ["\\\\", r"\ud800", r"\\ud800", r"\u", r"\ud83d\ude00"])
def test_v2_long_rows_of_escapes_are_read_at_any_length(part: str, length: int) -> None:
    text = f'{{"t":"batch","x":"{part * (length // len(part))}\\ud800"}}'
    if part == r"\u":
        with pytest.raises(BadFrame):
            read_frame(text)
    else:
        assert read_frame(text) == Batch()


def test_c1_nesting_without_end_is_a_bad_frame_and_nothing_worse() -> None:
    for text in ("[" * 1_000_000, '{"t":"batch","x":' + "[" * 100_000 + "]" * 100_000 + "}", '{"a":' * 100_000):
        with pytest.raises(BadFrame):
            read_frame(text)


@given(st.dictionaries(texts.map("x".__add__), st.none() | st.integers() | texts | st.lists(st.integers()), max_size=3))
def test_unknown_keys_of_a_frame_are_ignored(extra: dict[str, Json]) -> None:
    assert read_frame(json.dumps({**extra, "t": "resync"})) == Resync()
    assert read_frame(json.dumps({"t": "hello", "token": "x", **extra})) == Hello("x")
    assert batch(json.dumps({**extra, "t": "batch", "n": 1})).n == 1


@pytest.mark.parametrize("seq", ["-1", "1.5", "1e400", "-1e400", "9" * 400, "9" * 30 + ".5", "1e3"])
def test_s1_a_since_that_nobody_can_have_given_is_no_bad_frame(seq: str) -> None:
    hello = read_frame(f'{{"t":"hello","token":"x","since":{{"epoch":"e","seq":{seq}}}}}')
    assert isinstance(hello, Hello)
    assert hello.since
    assert hello.since.number < 0 or hello.since.number > 2**53 or hello.since.number == float(seq)


@pytest.mark.parametrize(
    "c", ["123.4", "0", "-0.0", "-1.5e-7", "1E+2", "1e400", "12345678901234567890", "0." + "3" * 100]
)
def test_a_ping_comes_back_as_it_was(c: str) -> None:
    ping = read_frame(f'{{"t":"ping","c":{c}}}')
    assert isinstance(ping, Ping)
    assert frames.encode(frames.Pong(ping.c, 5)).decode() == f'{{"t":"pong","c":{c},"time":5}}'


def test_an_absent_key_of_a_tick_says_nothing_of_that_kind() -> None:
    assert frames.encode(frames.Tick()) == b'{"t":"tick"}'
    tick = frames.Tick(
        seq=2, from_=1, ops=[], cursors=[(1, None), (2, 0.5, 1)], joined=[frames.User(3, "Ada")], acks=[(3, 7)]
    )
    assert json.loads(frames.encode(tick)) == {
        "t": "tick",
        "seq": 2,
        "from": 1,
        "ops": [],
        "cursors": [[1, None], [2, 0.5, 1]],
        "joined": [{"user": 3, "name": "Ada"}],
        "acks": [[3, 7]],
    }


def test_an_error_tells_its_place_where_it_has_one() -> None:
    assert msgspec.to_builtins(frames.Error("invalid_live", "why", 5)) == {
        "t": "error",
        "code": "invalid_live",
        "detail": "why",
        "time": 5,
    }
    placed = frames.Error("invalid_op", "why", 5, n=1, i=0, id=ID)
    assert json.loads(frames.encode(placed)) == {
        "t": "error",
        "code": "invalid_op",
        "detail": "why",
        "time": 5,
        "n": 1,
        "i": 0,
        "id": ID,
    }
