"""Values of ops over the wire (W6, V1, V2)."""

import json
from pathlib import Path
from typing import Any

import pytest
from value_help import BAD_IDS, BAD_STAMPS, assert_all_refused, refusals
from wire import Client

pytestmark = pytest.mark.process
VECTORS = Path(__file__).parents[1] / "vectors"
BAD_OPS: dict[str, Any] = {
    "null": None,
    "a number": 5,
    "a string": "put",
    "a list": ["put"],
    "an empty object": {},
    "no op": {"id": "x", "ts": 1},
    "unknown op": {"op": "move", "ts": 1},
    "op is a number": {"op": 1},
    "op in capitals": {"op": "PUT"},
    "del without id": {"op": "del", "ts": 5},
    "clear without ts": {"op": "clear"},
}
OVERFLOWS = ["1e400", "-1e400", "9" * 400, "1e9999999999"]


def vectors(name: str) -> dict[str, Any]:
    return dict(json.loads((VECTORS / name).read_text()))


async def test_w6_ids_that_are_no_uuid_7_are_refused_and_not_told_back(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    await assert_all_refused(one, {why: {**one.put(), "id": path_id} for why, path_id in BAD_IDS.items()})
    assert not any("id" in error for error in one.errors)
    await assert_all_refused(one, {why: {**one.delete("x"), "id": path_id} for why, path_id in BAD_IDS.items()})


async def test_v1_path_data(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    known = vectors("paths.json")
    good = [one.put(d=d) for d in known["valid"]]
    assert await refusals(one, good) == []
    assert [one.board.paths[op["id"]]["d"] for op in good] == known["valid"]
    bad = {each["why"] + each["d"]: one.put(d=each["d"]) for each in known["invalid"]}
    wrong: tuple[object, ...] = (None, 5, [], {}, True)
    await assert_all_refused(one, {**bad, **{str(d): {**one.put(), "d": d} for d in wrong}})


async def test_v1_colors_and_widths(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    known = vectors("styles.json")
    good = [one.put(color=color) for color in known["colors"]["valid"]]
    good += [one.put(width=width) for width in known["widths"]["valid"]]
    assert await refusals(one, good) == []
    assert all(one.board.paths[op["id"]]["color"] == op["color"] for op in good)
    assert all(one.board.paths[op["id"]]["width"] == op["width"] for op in good)
    wrong: tuple[object, ...] = (None, 5, [], {})
    bad = {f"color {color}": one.put(color=color) for color in wrong}
    bad |= {f"color {each['color']}": one.put(color=each["color"]) for each in known["colors"]["invalid"]}
    widths: tuple[object, ...] = (0, -1, 0.009, 0.0101, 1000.001, 1e300, 1.0001, "1", None, True, [])
    await assert_all_refused(one, {**bad, **{f"width {width}": one.put(width=width) for width in widths}})


async def test_v2_what_is_no_op_is_refused_by_itself_with_its_place(pair: tuple[Client, Client]) -> None:
    one, other = pair
    stamps = {f"put, ts {why}": {**one.put(), "ts": ts} for why, ts in BAD_STAMPS.items()}
    stamps |= {f"clear, ts {why}": {"op": "clear", "ts": ts} for why, ts in BAD_STAMPS.items()}
    missing = {f"without {key}": {k: v for k, v in one.put().items() if k != key} for key in one.put()}
    await assert_all_refused(one, {**BAD_OPS, **stamps, **missing})
    assert other.errors == []


async def test_v2_the_id_of_a_refused_op_is_told_where_there_is_one(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    ops = [
        one.put(d="x"),
        one.put(width=0),
        {**one.put(), "ts": 0},
        {**one.put(), "op": "move"},
        {"op": "clear", "ts": 0},
    ]
    errors = await refusals(one, ops)
    assert [error.get("id") for error in errors[:3]] == [op["id"] for op in ops[:3]]
    assert "id" not in errors[4]


@pytest.mark.parametrize("number", OVERFLOWS)
async def test_v2_a_number_that_overflows_is_a_bad_value(number: str, pair: tuple[Client, Client]) -> None:
    one, _ = pair
    good, bad = one.put(), one.put()
    bad_ops = [json.dumps(bad | {key: 123454321}) for key in ("width", "ts")]
    stroke = json.dumps(one.piece(1, 123454321))
    text = (
        f'{{"t":"batch","n":1,"ops":[{",".join(bad_ops)},{json.dumps(good)}],"live":[{stroke}],"cursor":[123454321,1]}}'
    )
    one.sent[1] = [bad, bad, good]
    next(one._n)
    await one.send(text.replace("123454321", number))
    await one.until(lambda: one.acked == 1)
    assert [(error["code"], error.get("i")) for error in one.errors] == [
        ("invalid_op", 0),
        ("invalid_op", 1),
        ("invalid_live", None),
        ("invalid_live", None),
    ]
    assert list(one.board.paths) == [good["id"]]


@pytest.mark.parametrize("number", OVERFLOWS)
async def test_v2_an_unknown_key_may_overflow(number: str, pair: tuple[Client, Client]) -> None:
    one, _ = pair
    await one.send(f'{{"t":"batch","cursor":[1,2],"x":{number},"y":[{number}]}}')
    await one.until(lambda: one.cursors.get(one.user) == (1, 2))


async def test_v2_lone_surrogates_are_bad_values_not_bad_frames(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    ops = {key: one.put(**{key: "\ud800"}) for key in ("d", "color", "id")}
    await assert_all_refused(one, {**ops, "op": {**one.put(), "op": "\udfff"}})


async def test_v2_a_deep_value_is_a_bad_value(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    deep = json.loads("[" * 500 + "]" * 500)
    await assert_all_refused(one, {"op": deep, "d": one.put(d=deep), "ts": {**one.put(), "ts": deep}})


async def test_v2_details_never_repeat_the_input(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    mark = "do-not-repeat-this"
    ops: list[Any] = [mark, {"op": mark}, one.put(d=mark), one.put(color=mark), one.put(width=mark), one.put(mark)]
    await one.batch(*ops, one.put(), live=[{"id": mark}, one.piece(1, mark), mark], cursor=[mark, 1])
    await one.until(lambda: len(one.errors) == 10)
    assert mark not in json.dumps(one.errors)


async def test_v2_a_bad_cursor_is_invalid_live_and_dropped(pair: tuple[Client, Client]) -> None:
    one, other = pair
    await one.live(cursor=[1, 2])
    bad: list[Any] = [[1], [1, 2, 3], ["1", 2], [None, 1], "x", 5, {}, [], [1_000_000.5, 0], [0, -1_000_001], True]
    for cursor in bad:
        await one.live(cursor=cursor)
    await one.ping()
    assert [error["code"] for error in one.errors] == ["invalid_live"] * len(bad)
    assert all("n" not in error for error in one.errors)
    await other.until(lambda: other.cursors.get(one.user) == (1, 2))
    await one.live(cursor=[-1_000_000, 1_000_000])
    await other.until(lambda: other.cursors.get(one.user) == (-1_000_000, 1_000_000))
