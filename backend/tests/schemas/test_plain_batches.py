"""The short way of the most frequent frame: what it takes, the long way takes just so; the rest it leaves alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from wire_values import CLEAR, ID, LIMIT, PIECE, PUT, Json

from app.schemas.frames import BadFrame, Batch, read_frame
from app.schemas.ops import BadValue, End, read_cursor, read_stroke
from app.schemas.plain_batch import read_plain_batch

PLAIN = {"t": "batch", "n": 7, "ops": [PUT, CLEAR], "live": [PIECE, PIECE | {"x": [1]}], "cursor": [1, 2.5], "x": {}}

numbers = st.sampled_from(["0", "1.5", "-1000000", "1000000.1", "1e6", "1e400", "-0", "null", "true", '"1"', "[]", "2"])
fields = st.sampled_from(
    [
        f'"id":"{ID}"',
        '"id":"x"',
        '"ts":1',
        '"ts":0',
        '"ts":1.5',
        f'"ts":{2**53}',
        '"color":"#ff0000"',
        '"color":"#FF0000"',
        r'"color":"\u0023ff0000"',
        '"width":2',
        '"width":0.0001',
        '"width":1001',
        '"points":[0,0]',
        '"points":[0]',
        '"points":[0,1000001]',
        '"points":[0,1e400]',
        '"end":true',
        '"end":false',
        r'"e\u006ed":true',
        '"x":"\u00fc"',
    ]
)
pieces = st.one_of(
    st.just(json.dumps(PIECE)),
    fields.map(lambda field: json.dumps(PIECE)[:-1] + "," + field + "}"),
    st.lists(fields, max_size=6).map(lambda given: "{" + ",".join(given) + "}"),
    numbers,
)
cursors = st.one_of(numbers, st.lists(numbers, max_size=3).map(lambda given: "[" + ",".join(given) + "]"))
batches = st.builds(
    lambda *parts: '{"t":"batch"' + "".join(part for part in parts if part) + "}",
    st.one_of(st.none(), numbers.map(',"n":{}'.format)),
    st.one_of(st.none(), st.just(f',"ops":[{json.dumps(PUT)},7]'), st.just(',"ops":7')),
    st.one_of(st.none(), st.lists(pieces, max_size=3).map(lambda given: f',"live":[{",".join(given)}]')),
    st.one_of(st.none(), cursors.map(',"cursor":{}'.format)),
)


def long_way(text: str) -> Json:
    """What comes of a batch piece by piece; None if anything of it is to be refused, or ends a stroke."""
    try:
        frame = read_frame(text)
        assert isinstance(frame, Batch)
        cursor = frame.cursor if frame.cursor is UNSET else read_cursor(frame.cursor)
        strokes = [read_stroke(raw) for raw in frame.live]
    except (BadFrame, BadValue):
        return None
    if any(isinstance(stroke, End) for stroke in strokes):
        return None
    ops = frame.ops if frame.ops is UNSET else [bytes(op) for op in frame.ops]
    return frame.n, ops, [(s.id, s.ts, s.color, s.width, s.points) for s in strokes if not isinstance(s, End)], cursor


def short_way(text: str) -> Json:
    batch = read_plain_batch(text.encode())
    if batch is None:
        return None
    ops = batch.ops if batch.ops is UNSET else [bytes(op) for op in batch.ops]
    return batch.n, ops, [(s.id, s.ts, s.color, s.width, s.points) for s in batch.live], batch.cursor


def test_a_plain_batch_is_read() -> None:
    assert short_way(json.dumps(PLAIN)) == long_way(json.dumps(PLAIN)) is not None
    assert short_way('{"t":"batch","cursor":null}') == (UNSET, UNSET, [], None)


@given(batches)
def test_v2_both_ways_read_the_same_and_what_the_short_one_leaves_is_to_be_looked_at(text: str) -> None:
    short, long = short_way(text), long_way(text)
    if short is not None:
        assert short == long
    elif long is not None:
        assert '"end"' in text or "\\" in text or not text.isascii(), "it should have been taken"


@pytest.mark.parametrize(
    "text",
    [
        '{"t":"ping","c":1}',
        '{"t":"hello","token":"x"}',
        "{}",
        "no JSON",
        json.dumps(PLAIN | {"n": -1}),
        json.dumps({"t": "batch", "ops": []}),
        json.dumps(PLAIN | {"cursor": [LIMIT + 1, 0]}),
        json.dumps(PLAIN | {"live": [PIECE, {"id": ID, "end": True}]}),
        '{"t":"batch","x":' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)
def test_all_else_is_left_to_the_long_way(text: str) -> None:
    assert read_plain_batch(text.encode()) is None


def test_what_is_not_utf_8_is_left_to_who_closes_for_it() -> None:
    assert read_plain_batch(b'{"t":"batch","x":"\xff"}') is None
