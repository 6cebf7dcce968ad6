"""W1 to W6 and V1 to V3 over the wire: what stands against what, and what is refused."""

import json
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from wire import Client, Frame
from wire_board import Op, merged
from wire_door import Door

pytestmark = pytest.mark.process

VECTORS = Path(__file__).parents[1] / "vectors"
DAY_MS = 24 * 3600 * 1000

BAD_IDS = {
    "version 4": "0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10",
    "upper case": "01890A5D-AC96-774B-BCCE-B302099A8057",
    "another variant": "01890a5d-ac96-774b-ccce-b302099a8057",
    "no hyphens": "01890a5dac96774bbcceb302099a8057",
    "braces": "{01890a5d-ac96-774b-bcce-b302099a8057}",
    "line break": "01890a5d-ac96-774b-bcce-b302099a8057\n",
    "empty": "",
    "text": "x",
    "null": None,
    "number": 7,
    "list": [],
}
BAD_STAMPS = {"zero": 0, "negative": -1, "2^53": 2**53, "fraction": 1.5, "string": "1", "null": None, "true": True}
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


@pytest.fixture
async def pair(door: Door) -> tuple[Client, Client]:
    """Two clients of a new room."""
    one, other = await door.several(await door.create(), ["Ada", "Bob"])
    return one, other


async def refusals(client: Client, ops: list[Any]) -> list[Frame]:
    """Send a batch with good ops around the bad ones; give the errors, and see that the good ones stand."""
    first, last = client.put(), client.put()
    seen = len(client.errors)
    n = await client.save(first, *ops, last)
    errors = client.errors[seen:]
    assert {first["id"], last["id"]} <= client.board.paths.keys()
    assert {error["n"] for error in errors} == ({n} if errors else set())
    return errors


async def assert_all_refused(client: Client, ops: dict[str, Any], code: str = "invalid_op") -> None:
    """Each op gets an error of its own, with its place; nothing of them stands."""
    errors = await refusals(client, list(ops.values()))
    assert [error["i"] for error in errors] == list(range(1, len(ops) + 1)), set(ops) - {
        list(ops)[e["i"] - 1] for e in errors
    }
    assert {error["code"] for error in errors} == {code}


# W1 to W4


async def test_w1_the_greater_stamp_stands_whatever_the_order_of_arrival(pair: tuple[Client, Client]) -> None:
    one, other = pair
    path_id, base = one.new_id(), one.stamp()
    ops = [
        one.put(path_id, ts=base + 1, color="#000001"),
        one.put(path_id, ts=base + 3, color="#000003"),
        {"op": "del", "id": path_id, "ts": base + 2},
    ]
    await one.save(ops[1])
    await other.save(ops[0], ops[2])
    await one.ping()
    assert one.board.paths[path_id]["color"] == "#000003"
    await other.save({"op": "del", "id": path_id, "ts": base + 4})
    await one.save({**ops[1], "ts": base + 3})
    assert path_id not in one.board.paths


async def test_w1_a_del_leaves_a_tombstone_even_of_what_was_never_there(pair: tuple[Client, Client]) -> None:
    one, other = pair
    op = one.put()
    await other.save({"op": "del", "id": op["id"], "ts": op["ts"] + 1})
    await one.save(op)
    assert one.board.paths == {}
    await one.save({**op, "ts": op["ts"] + 2})
    assert list(one.board.paths) == [op["id"]]


async def test_w2_clear_removes_what_is_lower_or_equal_and_beats_what_comes_later(pair: tuple[Client, Client]) -> None:
    one, other = pair
    ts = one.stamp()
    lower, equal, above = (one.put(ts=ts + i) for i in (-1, 0, 1))
    await one.save(lower, equal, above)
    await other.save({"op": "clear", "ts": ts})
    await one.until(lambda: list(one.board.paths) == [above["id"]])
    late = [one.put(ts=ts), one.put(ts=ts - 5), {"op": "del", "id": above["id"], "ts": ts}]
    await one.save(*late)
    assert list(one.board.paths) == [above["id"]]
    await one.save({"op": "clear", "ts": ts - 7})
    assert one.board.cleared == ts


async def test_w2_the_greatest_clear_is_in_the_snapshot(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    ts = one.stamp()
    await one.save({"op": "clear", "ts": ts}, {"op": "clear", "ts": ts - 1})
    await one.resync()
    assert one.of("snapshot")[-1]["cleared"] == ts


async def test_w2_a_clear_within_a_batch_leaves_what_is_newer(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    before, clear, after = one.put(), one.clear(), one.put()
    await one.save(after, clear, before)
    assert list(one.board.paths) == [after["id"]]


async def test_w3_equal_stamps_are_decided_alike_in_every_order(pair: tuple[Client, Client]) -> None:
    one, other = pair
    ts = one.stamp()
    rivals = [
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000", "width": 10},
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000", "width": 9},
        {"ts": ts, "d": "M0 0L1 1", "color": "#000000ab", "width": 1},
        {"ts": ts, "d": "M0 0L10 1", "color": "#000000", "width": 1},
    ]
    for order in permutations(rivals):
        path_id = one.new_id()
        for i, values in enumerate(order):
            await (one, other)[i % 2].batch(one.put(path_id, **values))
    await one.save()
    await other.save()
    await one.until(lambda: one.memory.seq >= other.memory.seq)
    assert len(one.board.paths) == 24
    assert {(path["d"], path["color"], path["width"]) for path in one.board.paths.values()} == {
        ("M0 0L10 1", "#000000", 1)
    }


async def test_w3_widths_are_compared_as_numbers_and_del_beats_put(pair: tuple[Client, Client]) -> None:
    one, other = pair
    op = one.put(width=9)
    await one.save(op)
    await other.save({**op, "width": 10})
    await one.until(lambda: one.board.paths[op["id"]]["width"] == 10)
    await one.save(op)
    assert one.board.paths[op["id"]]["width"] == 10
    await other.save(one.delete(op["id"], op["ts"]))
    await one.save({**op, "width": 100})
    assert one.board.paths == {}


async def test_w4_any_order_grouping_and_repetition_gives_the_same_board(door: Door) -> None:
    one = await door.enter(await door.create())
    chance = Random(4)
    base, ids = one.stamp(), [one.new_id() for _ in range(5)]
    ops = [random_op(chance, base, ids) for _ in range(60)]
    expected = merged(ops)
    for seed in range(3):
        client = await door.enter(await door.create())
        shuffled = Random(seed).sample(ops, len(ops)) + ops[:10]
        while shuffled:
            size = chance.randint(1, 15)
            await client.batch(*shuffled[:size])
            shuffled = shuffled[size:]
        await client.save()
        assert client.board.paths == expected.paths
        assert client.board.cleared == expected.cleared


def random_op(chance: Random, base: int, ids: list[str]) -> Op:
    """An op with few ids and few stamps, so that ties are common."""
    ts = base + chance.randrange(8)
    kind = chance.choices(("put", "del", "clear"), (20, 4, 1))[0]
    if kind == "clear":
        return {"op": "clear", "ts": ts - 6}
    if kind == "del":
        return {"op": "del", "id": chance.choice(ids), "ts": ts}
    path = {"d": chance.choice(("M0 0L1 1", "M0 0L1 2")), "color": "#000000", "width": chance.choice((1, 2, 10))}
    return {"op": "put", "id": chance.choice(ids), "ts": ts, **path}


# W5


async def test_w5_more_than_a_minute_ahead_is_clock_skew(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    await one.save(one.put(ts=one.stamp(50_000)))
    far = one.stamp(70_000)
    ops = {"put": one.put(ts=far), "del": one.delete(one.new_id(), far), "clear": one.clear(far)}
    await assert_all_refused(one, {**ops, "the last": one.put(ts=2**53 - 1)}, "clock_skew")
    named = {error["i"]: error.get("id") for error in one.errors}
    assert named[1] == ops["put"]["id"]
    assert named[2] == ops["del"]["id"]


async def test_w5_a_millisecond_above_the_newest_is_taken_however_far_ahead(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    newest = one.stamp(59_000)
    await one.save(one.put(ts=newest))
    for _ in range(10):  # each is the newest then: earlier ops of the batch are included
        steps = [newest + 4096 * i for i in range(1, 1501)]
        assert await refusals(one, [one.put(ts=ts) for ts in steps]) == []
        newest = steps[-1]
    assert newest > one.stamp(60_500)
    errors = await refusals(one, [one.put(ts=newest + 4200), one.clear(newest + 4200)])
    assert [error["code"] for error in errors] == ["clock_skew"] * 2
    assert await refusals(one, [one.put(ts=newest + 4096), one.put(ts=newest - 1)]) == []


async def test_w5_the_newest_is_the_rooms_whoever_sent_it(pair: tuple[Client, Client], door: Door) -> None:
    one, other = pair
    base = one.stamp(59_000)
    steps = [base + 4096 * i for i in range(12_000)]
    await one.save(*(one.put(ts=ts) for ts in steps))
    assert await refusals(other, [other.delete(other.new_id(), steps[-1] + 4096)]) == []
    elsewhere = await door.enter(await door.create())
    errors = await refusals(elsewhere, [elsewhere.put(ts=steps[-1])])
    assert [error["code"] for error in errors] == ["clock_skew"]


async def test_w5_more_than_30_days_behind_is_too_old(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    assert await refusals(one, [one.put(ts=one.stamp(-30 * DAY_MS + 60_000))]) == []
    old = one.stamp(-30 * DAY_MS - 60_000)
    ops = {"put": one.put(ts=old), "del": one.delete(one.new_id(), old), "clear": one.clear(old)}
    await assert_all_refused(one, {**ops, "the first": one.put(ts=1)}, "too_old")


async def test_w5_welcome_pong_and_error_tell_the_servers_time(pair: tuple[Client, Client]) -> None:
    one, _ = pair
    times = [one.welcome["time"], (await one.ping())["time"]]
    await refusals(one, [None])
    times.append(one.errors[-1]["time"])
    assert all(isinstance(time, int) for time in times)
    assert times == sorted(times)
    assert times[-1] - times[0] < 60_000


# W6, V1, V2


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


# V3


async def test_v3_bad_strokes_are_invalid_live_and_the_others_are_shown(pair: tuple[Client, Client]) -> None:
    one, other = pair
    first, last = one.piece(1, 2), one.piece(3, 4)
    bad: list[Any] = [None, 5, "x", [], {}, {"end": True}, {"id": "x", "end": True}]
    bad += [{**one.piece(1, 2), "id": path_id} for path_id in BAD_IDS.values()]
    bad += [{**one.piece(1, 2), "ts": ts} for ts in BAD_STAMPS.values()]
    bad += [one.piece(1, 2, color=color) for color in ("red", "#00000000", None)]
    bad += [one.piece(1, 2, width=width) for width in (0, 1001, "1", None)]
    points: tuple[Any, ...] = ([1], [1, 2, 3], [1, "2"], [1, None], None, 5, "12", [1_000_001, 0], [0, -1_000_000.1])
    bad += [one.piece(points=value) for value in points]
    bad += [one.piece(1, 2, ts=one.stamp(70_000)), one.piece(1, 2, ts=one.stamp(-31 * DAY_MS))]
    bad += [{k: v for k, v in one.piece(1, 2).items() if k != key} for key in ("id", "ts", "color", "width", "points")]
    await one.live(first, *bad, last)
    await other.until(lambda: last["id"] in other.strokes)
    await one.ping()
    assert len(one.errors) == len(bad)
    assert {error["code"] for error in one.errors} == {"invalid_live"}
    assert set(other.strokes) == {first["id"], last["id"]}


async def test_v3_the_style_of_the_first_piece_stands(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(1, 2)
    await one.live(piece)
    await one.live({**piece, "color": "#ff0000", "width": 99, "points": [3, 4]})
    await other.until(lambda: other.strokes.get(piece["id"], (0, []))[1] == [1, 2, 3, 4])
    shown = [stroke for tick in other.of("tick") for _, stroke in tick.get("live", ())]
    assert {(stroke["color"], stroke["width"]) for stroke in shown} == {("#00ff00", 3)}


async def test_v3_a_stroke_has_20000_numbers_at_most_and_what_came_before_stays(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(*range(19_998))
    await one.live(piece)
    await one.live({**piece, "points": [1, 2, 3, 4]})
    assert (await one.error(code="invalid_live"))["id"] == piece["id"]
    await one.live({**piece, "points": [5, 6]})
    await other.until(lambda: len(other.strokes.get(piece["id"], (0, []))[1]) == 20_000)
    assert other.strokes[piece["id"]][1][-2:] == [5, 6]
    await one.live({**piece, "points": [7, 8]})
    await one.until(lambda: len(one.errors) == 2)
    await one.live(one.piece(*range(20_002)))
    await one.until(lambda: len(one.errors) == 3)
    assert set(other.strokes) == {piece["id"]}


async def test_v3_a_stroke_belongs_to_the_connection_that_began_it(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(1, 2)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    await other.live({**piece, "points": [3, 4]}, {"id": piece["id"], "end": True})
    await other.until(lambda: len(other.errors) == 2)
    assert [error["code"] for error in other.errors] == ["invalid_live"] * 2
    await one.live({**piece, "points": [5, 6]})
    await other.until(lambda: other.strokes[piece["id"]] == (one.user, [1, 2, 5, 6]))


async def test_v3_in_one_batch_ops_come_before_live(pair: tuple[Client, Client]) -> None:
    one, other = pair
    done, going = one.piece(1, 2), one.piece(3, 4)
    await one.save(one.put(done["id"]), live=[done, going])
    await other.until(lambda: done["id"] in other.board.paths and going["id"] in other.strokes)
    assert done["id"] not in other.strokes
    assert one.errors == []


async def test_v3_pieces_after_put_del_or_end_are_ignored(pair: tuple[Client, Client]) -> None:
    one, other = pair
    put, deleted, ended = (one.piece(1, 2) for _ in range(3))
    await one.live(put, deleted, ended)
    await other.until(lambda: len(other.strokes) == 3)
    await one.save(one.put(put["id"]), one.delete(deleted["id"]), live=[{"id": ended["id"], "end": True}])
    await other.until(lambda: not other.strokes)
    mark = one.piece(9, 9)
    await one.live(put, deleted, ended, {"id": put["id"], "end": True}, mark)
    await other.until(lambda: other.strokes)
    assert set(other.strokes) == {mark["id"]}
    assert one.errors == []


async def test_v3_clear_leaves_strokes_under_way_alone(pair: tuple[Client, Client]) -> None:
    one, other = pair
    piece = one.piece(1, 2)
    await one.live(piece)
    await other.until(lambda: piece["id"] in other.strokes)
    await other.save(other.clear())
    await one.live({**piece, "points": [3, 4]})
    await other.until(lambda: other.strokes.get(piece["id"]) == (one.user, [1, 2, 3, 4]))
