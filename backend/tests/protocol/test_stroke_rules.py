"""Strokes over the wire (V3)."""

from typing import Any

import pytest
from value_help import BAD_IDS, BAD_STAMPS, DAY_MS
from wire import Client

pytestmark = pytest.mark.process


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
