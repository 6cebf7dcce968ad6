"""Elements of a batch, each judged by itself (V1 to V3, W6): ops, strokes and cursors."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from wire_values import CLEAR, DELETE, ID, LIMIT, PIECE, PUT, STAMP, Json, joined, paths, raw

from app.schemas.ops import (
    BadValue,
    Clear,
    Delete,
    End,
    Piece,
    Put,
    decode_ops,
    encode_op,
    read_cursor,
    read_op,
    read_stroke,
)

OVERFLOWS = ["1e400", "-1e400", "9" * 400, "-" + "9" * 400, "1" + "0" * 30]
NOT_INTEGERS = ["1.5", "true", "null", '"7"', "[7]", "{}", "0", "-1", str(2**53), *OVERFLOWS]
NOT_STRINGS = ["7", "null", "true", '["x"]', "{}", '""', r'"\u0000"', '"\u00fc"', *OVERFLOWS]
NOT_WIDTHS = ["0", "null", "true", '"2"', "[2]", "{}", "0.0001", *OVERFLOWS]
BAD_FIELDS = {"id": NOT_STRINGS, "ts": NOT_INTEGERS, "d": NOT_STRINGS, "color": NOT_STRINGS, "width": NOT_WIDTHS}

every_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["op", "id", "ts", "end", "x"]), inner),
    max_leaves=6,
)


def with_field(element: Json, name: str, text: str) -> Raw:
    """An element with one field replaced by a JSON text as it stands."""
    fields = [f"{json.dumps(key)}:{text if key == name else json.dumps(value)}" for key, value in element.items()]
    return Raw(("{" + ",".join(fields) + "}").encode())


def test_ops_are_read() -> None:
    assert read_op(raw(PUT)) == Put(ID, STAMP, "M0 0L1 1", "#ff0000", 2)
    assert read_op(raw(DELETE)) == Delete(ID, STAMP)
    assert read_op(raw(CLEAR)) == Clear(STAMP)


@pytest.mark.parametrize("element", [PUT, DELETE, CLEAR], ids=lambda element: element["op"])
@given(extra=every_json)
def test_unknown_keys_of_an_op_are_ignored(element: Json, extra: Json) -> None:
    assert read_op(raw({"zz": extra, **element, "name": extra})) == read_op(raw(element))


@pytest.mark.parametrize(
    ("element", "name", "text"),
    [
        (element, name, text)
        for element in (PUT, DELETE, CLEAR)
        for name, texts in BAD_FIELDS.items()
        if name in element
        for text in texts
    ],
)
def test_v2_a_bad_field_makes_a_bad_value(element: Json, name: str, text: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_op(with_field(element, name, text))
    assert caught.value.path_id == (ID if name != "id" and "id" in element else None)


@pytest.mark.parametrize(("element", "name"), [(e, name) for e in (PUT, DELETE, CLEAR) for name in e])
def test_v2_a_missing_field_makes_a_bad_value(element: Json, name: str) -> None:
    with pytest.raises(BadValue):
        read_op(raw({key: value for key, value in element.items() if key != name}))


@given(every_json)
def test_v2_anything_else_makes_a_bad_value_and_nothing_worse(value: Json) -> None:
    for read in (read_op, read_stroke):
        with pytest.raises(BadValue):
            read(raw(value))


@pytest.mark.parametrize("depth", [10, 900, 5000, 200_000])
def test_v2_deep_nesting_makes_a_bad_value(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    for element in (
        nested,
        nested[:-1],
        f'{{"op":{nested}}}',
        f'{{"op":"del","id":{nested},"ts":1}}',
        f'{{"end":{nested}}}',
    ):
        for read in (read_op, read_stroke, read_cursor):
            with pytest.raises(BadValue):
                read(Raw(element.encode()))


@pytest.mark.parametrize("op", ["PUT", "delete", "", "put ", None, 1, ["put"]])
def test_v2_an_unknown_op_makes_a_bad_value_that_does_not_repeat_it(op: Json) -> None:
    with pytest.raises(BadValue) as caught:
        read_op(raw(PUT | {"op": op}))
    assert caught.value.path_id == ID
    assert str(op) not in caught.value.detail or op in ("", 1)


@given(st.text(st.characters(codec="utf-8"), min_size=6))
def test_c1_what_is_wrong_is_told_without_the_input(text: str) -> None:
    for name in ("op", "id", "d", "color"):
        with pytest.raises(BadValue) as caught:
            read_op(raw(PUT | {name: text}))
        assert text not in caught.value.detail


@pytest.mark.parametrize("end", ["garbage", 1, None, [True]])
def test_v2_an_unknown_key_of_a_bad_op_does_not_hide_its_id(end: Json) -> None:
    with pytest.raises(BadValue) as caught:
        read_op(raw(PUT | {"d": "", "end": end}))
    assert caught.value.path_id == ID


@given(paths, st.integers(10, 10**6), st.integers(1, 2**53 - 1))
def test_ops_survive_the_round_trip(path: list[tuple[str, tuple[str, ...]]], thousandths: int, ts: int) -> None:
    put = Put(ID, ts, joined(path), "#0a0b0c0d", thousandths / 1000)
    ops = [put, Delete(ID, ts), Clear(ts)]
    assert [read_op(Raw(encode_op(op))) for op in ops] == ops
    assert decode_ops(b"[" + b",".join(map(encode_op, ops)) + b"]") == ops


def test_v3_strokes_are_read() -> None:
    assert read_stroke(raw(PIECE)) == Piece(ID, STAMP, "#ff0000", 2, [0, 0, 1, 1])
    assert read_stroke(raw({"id": ID, "end": True})) == End(ID)
    assert read_stroke(raw({"id": ID, "end": True, "x": 1, "points": "whatever"})) == End(ID)
    assert read_stroke(raw(PIECE | {"end": False, "x": 1})) == Piece(ID, STAMP, "#ff0000", 2, [0, 0, 1, 1])


NOT_POINTS = [
    "7",
    "null",
    "{}",
    '"0 0"',
    "[1]",
    "[1,2,3]",
    '[1,"2"]',
    "[1,null]",
    "[1,true]",
    "[[1,2]]",
    "[1,1000000.1]",
    "[-1000001,1]",
]
NOT_POINTS += [f"[1,{text}]" for text in OVERFLOWS]


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name in ("id", "ts", "color", "width") for text in BAD_FIELDS[name]]
    + [("points", text) for text in NOT_POINTS],
)
def test_v3_a_bad_field_of_a_stroke_makes_a_bad_value(name: str, text: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_stroke(with_field(PIECE, name, text))
    assert caught.value.path_id == (None if name == "id" else ID)


@pytest.mark.parametrize("name", list(PIECE))
def test_v3_a_missing_field_of_a_stroke_makes_a_bad_value(name: str) -> None:
    with pytest.raises(BadValue):
        read_stroke(raw({key: value for key, value in PIECE.items() if key != name}))


@pytest.mark.parametrize("end", [1, "true", [True], {}])
def test_v3_an_end_is_true_or_nothing(end: Json) -> None:
    with pytest.raises(BadValue):
        read_stroke(raw({"id": ID, "end": end}))


@pytest.mark.parametrize("element", [{"end": True}, {"id": "x", "end": True}, {"id": 7, "end": True}])
def test_v3_an_end_needs_a_good_id(element: Json) -> None:
    with pytest.raises(BadValue):
        read_stroke(raw(element))


@given(st.lists(st.floats(-LIMIT, LIMIT), max_size=8))
def test_v3_points_are_an_even_count(points: list[float]) -> None:
    if len(points) % 2:
        with pytest.raises(BadValue):
            read_stroke(raw(PIECE | {"points": points}))
    else:
        piece = read_stroke(raw(PIECE | {"points": points}))
        assert isinstance(piece, Piece)
        assert piece.points == points


@given(st.floats(-LIMIT, LIMIT), st.floats(-LIMIT, LIMIT))
def test_v2_cursors_are_read(x: float, y: float) -> None:
    assert read_cursor(raw([x, y])) == (x, y)
    assert read_cursor(Raw(b"null")) is None


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "true",
        "false",
        "[]",
        "[1]",
        "[1,2,3]",
        "{}",
        '"1,2"',
        '[1,"2"]',
        "[null,1]",
        "[true,1]",
        "[1000000.1,0]",
        "[0,-1000001]",
        "[[1,2],3]",
    ]
    + [f"[{text},0]" for text in OVERFLOWS],
)
def test_v2_bad_cursors(text: str) -> None:
    with pytest.raises(BadValue):
        read_cursor(Raw(text.encode()))
