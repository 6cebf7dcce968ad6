"""Frames of clients: what is one (C1)."""

import json

import pytest
from frames_help import GOOD, batch, texts
from hypothesis import given
from msgspec import UNSET
from wire_values import PIECE

from app.schemas.frames import BadFrame, Hello, Resync, read_frame
from app.schemas.ops import read_cursor

NOT_JSON = [
    "",
    " ",
    "batch",
    "{",
    '{"t":"batch"',
    '{"t":"batch"}}',
    '{"t":"batch",}',
    "{'t':'batch'}",
    '{"t":"batch"}{"t":"batch"}',
    "\ufeff{}",
    '{"t":"batch","live":[NaN]}',
    '{"t":"batch","cursor":[Infinity,0]}',
    '{"t":"batch","cursor":[-Infinity,0]}',
    '{"t":"batch","cursor":[nan,0]}',
    '{"t":"batch","cursor":[01,0]}',
    '{"t":"batch","cursor":[1.,0]}',
    '{"t":"batch","cursor":[.5,0]}',
    '{"t":"batch","cursor":[+1,0]}',
    '{"t":"batch","cursor":[0x1,0]}',
    '{"t":"batch","cursor":[1e,0]}',
    '{"t":"batch","cursor":[-,0]}',
    '{"t":"batch","live":[{"a":1,}]}',
    '{"t":"batch","live":["\n"]}',
    r'{"t":"batch","live":["\x"]}',
    r'{"t":"batch","live":["\ud80"]}',
    r'{"t":"batch","live":["\ud800]}',
    '{"t":"batch","live":[tru]}',
    '{"t":"ping","c":1.}',
    '{"t":"ping","c":NaN}',
    '{"t":"batch","n":1,"ops":[{"op":"clear","ts":NaN}]}',
]
WRONG_SHAPE = [
    "null",
    "7",
    "[]",
    '"batch"',
    "{}",
    '{"t":null}',
    '{"t":7}',
    '{"t":"Batch"}',
    '{"t":"tick"}',
    '{"t":["batch"]}',
    '{"T":"batch"}',
    '{"t":"hello"}',
    '{"t":"hello","token":7}',
    '{"t":"hello","token":null}',
    '{"t":"hello","token":"x","since":7}',
    '{"t":"hello","token":"x","since":{}}',
    '{"t":"hello","token":"x","since":{"epoch":"e"}}',
    '{"t":"hello","token":"x","since":{"seq":1}}',
    '{"t":"hello","token":"x","since":{"epoch":7,"seq":1}}',
    '{"t":"hello","token":"x","since":{"epoch":"e","seq":"1"}}',
    '{"t":"hello","token":"x","since":{"epoch":"e","seq":true}}',
    '{"t":"hello","token":"x","since":{"epoch":"e","seq":null}}',
    '{"t":"hello","token":"x","since":["e",1]}',
    '{"t":"hello","token":"x","gzip":1}',
    '{"t":"hello","token":"x","gzip":"true"}',
    '{"t":"ping"}',
    '{"t":"ping","c":"1"}',
    '{"t":"ping","c":null}',
    '{"t":"ping","c":[1]}',
    '{"t":"ping","c":true}',
    '{"t":"batch","ops":[]}',
    '{"t":"batch","ops":[{}]}',
    '{"t":"batch","n":true,"ops":[]}',
    '{"t":"batch","n":false}',
    '{"t":"batch","n":"1"}',
    '{"t":"batch","n":null}',
    '{"t":"batch","n":1.5}',
    '{"t":"batch","n":[1]}',
    '{"t":"batch","n":1e400}',
    '{"t":"batch","n":-1}',
    '{"t":"batch","n":9007199254740992}',
    '{"t":"batch","n":' + "9" * 400 + "}",
    '{"t":"batch","n":1,"ops":{}}',
    '{"t":"batch","n":1,"ops":null}',
    '{"t":"batch","n":1,"ops":"x"}',
    '{"t":"batch","live":{}}',
    '{"t":"batch","live":null}',
    '{"t":"batch","live":7}',
]


def test_frames_are_read() -> None:
    assert read_frame('{"t":"resync"}') == Resync()
    assert read_frame('{"t":"hello","token":"x"}') == Hello("x")
    hello = read_frame('{"t":"hello","token":"x","since":{"epoch":"e","seq":41},"gzip":true}')
    assert isinstance(hello, Hello)
    assert hello.since
    assert (hello.token, hello.since.epoch, hello.since.number, hello.gzip) == ("x", "e", 41, True)
    full = batch(f'{{"t":"batch","n":17,"ops":[{GOOD}],"live":[{json.dumps(PIECE)}],"cursor":[1,2]}}')
    assert (full.n, len(full.ops or ()), len(full.live)) == (17, 1, 1)
    assert full.cursor is not UNSET
    assert read_cursor(full.cursor) == (1, 2)


def test_all_of_a_batch_is_optional_but_t() -> None:
    empty = batch('{"t":"batch"}')
    assert (empty.n, empty.ops, empty.live, empty.cursor) == (UNSET, UNSET, [], UNSET)
    left = batch('{"t":"batch","cursor":null}').cursor
    assert left is not UNSET
    assert read_cursor(left) is None


@pytest.mark.parametrize("text", NOT_JSON)
def test_c1_what_is_not_json_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        read_frame(text)


@pytest.mark.parametrize("text", WRONG_SHAPE)
def test_c1_a_missing_or_wrongly_typed_key_of_the_frame_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        read_frame(text)


def reason_against(text: str) -> str:
    """The close reason that a frame gets; empty for a good one."""
    try:
        read_frame(text)
    except BadFrame as bad:
        return str(bad)
    return ""


@given(texts)
def test_c1_any_text_is_a_frame_or_a_bad_one_and_is_not_echoed(text: str) -> None:
    for tried in (
        text,
        json.dumps(text),
        json.dumps({"t": text}),
        json.dumps({"t": "batch", "n": text}),
        '{"t":"batch","live":[' + text + "]}",
    ):
        reason = reason_against(tried)
        assert len(text) < 6 or text not in reason
        assert len(reason.encode()) <= 123


def test_c1_text_that_is_no_unicode_is_a_bad_frame() -> None:
    for lone in ("\ud800", "\udfff"):
        with pytest.raises(BadFrame):
            read_frame(f'{{"t":"batch","x":"{lone}"}}')
