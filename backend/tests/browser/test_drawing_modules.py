"""Modules of the drawing by themselves: undo, colours on dark paper, names of keys, the pace."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser_people import NewPage
from playwright.async_api import Page
from server_process import ServerProcess

from app.schemas.values import path_data_fault

OUTBOX = (Path(__file__).parent / "try_outbox.js").read_text()
HISTORY = (Path(__file__).parent / "try_history.js").read_text()
SHADES = """
async (colors) => {
  const { onDarkPaper } = await import("/static/js/shade.js");
  return colors.map(onDarkPaper);
}
"""
KEYS = """
async (events) => {
  const { actOf } = await import("/static/js/shortcuts.js");
  const none = { code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  return events.map((event) => actOf({ ...none, ...event }));
}
"""
FITS = """
async (strokes) => {
  const { pathFromPoints } = await import("/static/js/curve.js");
  const pen = document.createElementNS("http://www.w3.org/2000/svg", "path");
  return strokes.map(([points, tolerance]) => {
    const d = pathFromPoints(points, tolerance);
    pen.setAttribute("d", d);
    const length = pen.getTotalLength();
    const spots = Array.from({ length: 2000 }, (_, i) => pen.getPointAtLength((length * i) / 1999));
    let away = 0;
    for (let i = 0; i < points.length; i += 2) {
      away = Math.max(away, Math.min(...spots.map(({ x, y }) => Math.hypot(x - points[i], y - points[i + 1]))));
    }
    return [d, away - length / 1999 / 2];  // the nearest spot may be so far from the nearest place
  });
}
"""
MOVES = """
async (cases) => {
  const { moveOutline } = await import("/static/js/move.js");
  return cases.map(([d, dx, dy]) => moveOutline(d, dx, dy));
}
"""
SLICES = """
async () => {
  const { Slices } = await import("/static/js/slices.js");
  let now = 0;
  performance.now = () => now;
  const slices = new Slices();
  const told = [];
  function* slow(name, steps) {
    for (let i = 0; i < steps; i++) {
      now += 3;
      yield;
    }
    told.push(name);
  }
  slices.run({ steps: slow("short", 1), done: () => told.push(`done ${slices.isBusy}`) });
  told.push("after");
  slices.run({ steps: slow("long", 20), done: () => told.push("done") });
  told.push(`busy ${slices.isBusy}`);
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(null); });
  told.push("between");
  slices.run({ steps: slow("next", 1), done: () => told.push("done") });
  slices.run({ steps: slow("alone", 20), done: () => told.push("done") });
  while (slices.isBusy) await new Promise((resolve) => setTimeout(resolve));
  return told;
}
"""
PACE = """
async ([frames, took]) => {
  const { Pace } = await import("/static/js/pace.js");
  const pace = new Pace();
  return frames.map((now) => {
    pace.begin(now);
    let spent = 0;
    for (; pace.hasTime; spent += 1000) pace.spend(1000);
    pace.end(took, 5);
    return spent;
  });
}
"""

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def page(shared_server: ServerProcess, new_page: NewPage) -> Page:
    opened = await new_page()
    await opened.goto(shared_server.url)
    return opened


def ink(d: str, color: str = "#000000") -> dict[str, Any]:
    return {"d": d, "color": color, "width": 1}


async def test_undo_takes_back_what_is_still_as_one_left_it(page: Page) -> None:
    found = await page.evaluate(HISTORY)
    assert found["joined"] == [{"id": "a", "ink": ink("1")}]
    assert found["redone"] == [{"id": "a", "ink": ink("3")}]
    assert found["fieldwise"] == [{"id": "a", "ink": ink("1", "#ff0000")}]
    assert found["creationOfWhatOthersChanged"] is None
    # The creation of what others brought back otherwise is not undone either.
    assert found["deletionThatOthersUndid"] is None
    assert found["steps"] == 500
    assert found["again"] == [{"id": "n699", "ink": ink("7")}]
    assert found["latest"] == [{"id": "n699", "ink": None}]
    assert found["heavy"] < 10
    assert found["early"] == [["before", False]]
    assert found["order"] == ["before", "earlier", None]


async def test_dark_paper_turns_greys_and_keeps_hues(page: Page) -> None:
    black, white, half, red, yellow = await page.evaluate(
        SHADES, ["#1b1b1f", "#ffffff", "#1b1b1f80", "#e03131", "#fcc419"]
    )
    assert min(bytes.fromhex(black[1:])) > 220
    assert max(bytes.fromhex(white[1:])) < 60
    assert half == f"{black}80"
    r, g, b = bytes.fromhex(red[1:])
    assert r > max(g, b) + 80
    r, g, b = bytes.fromhex(yellow[1:])
    assert min(r, g) > b + 90


async def test_keys_have_their_names_on_any_keyboard(page: Page) -> None:
    cases = [
        ({"key": "v"}, "select"),
        ({"key": "z", "ctrlKey": True}, "undo"),
        ({"key": "Z", "metaKey": True, "shiftKey": True}, "redo"),
        ({"key": "!", "code": "Digit1", "shiftKey": True}, "fit"),
        ({"key": "&", "code": "Digit1"}, "color-0"),
        ({"key": "=", "code": "Equal", "ctrlKey": True}, "zoom-in"),
        ({"key": "[", "code": "Digit8", "ctrlKey": True, "altKey": True}, "narrower"),  # AltGr
        ({"key": "?", "code": "Minus", "shiftKey": True}, "help"),
        ({"key": "v", "altKey": True}, None),
        ({"key": "c", "ctrlKey": True}, None),  # the browser tells of it as a copy
    ]
    assert await page.evaluate(KEYS, [event for event, _ in cases]) == [act for _, act in cases]


async def test_the_pace_follows_how_long_frames_take(page: Page) -> None:
    in_time, late = ([gap * i for i in range(12)] for gap in (16, 60))
    quick = await page.evaluate(PACE, [in_time, 1])
    slow = await page.evaluate(PACE, [late, 1])
    assert quick == sorted(quick)
    assert quick[-1] > 4 * quick[0]
    assert slow == sorted(slow, reverse=True)
    assert slow[-1] < slow[0]
    # Frames are in time, but drawing takes more of them than it should.
    dear = await page.evaluate(PACE, [in_time, 10])
    assert dear == sorted(dear, reverse=True)
    assert dear[-1] < dear[0]


async def test_s5_the_outbox_sends_what_is_not_overruled_a_share_at_a_time(page: Page) -> None:
    found = await page.evaluate(OUTBOX)
    assert found["away"] == [3, 4, 2.5]
    assert found["cleared"] == [5, 6]
    assert sorted(found["told"]) == sorted(["+1", "+2", "+3", "-1", "+4", "-2", "+2.5", "+5", "-3", "-4", "-2.5", "+6"])
    assert found["first"] == [[1, [5, 6]]]
    # While connected nothing is left out: it may be what ends a stroke that others see (P3).
    assert found["connected"] == [[5, 6, 7, 8], True]
    assert found["settled"] == [[5, 6], [7, 8], False]
    assert found["refused"] == [7, 8, None, 0]
    assert found["again"] == [[1, [10, 11]]]
    assert len(found["shares"]) == 3
    assert max(found["shares"]) < 1_002_000
    assert found["largest"] <= 256 * 1024
    assert found["fits"] <= 2_000


async def test_v1_what_is_moved_is_spelled_canonically_and_keeps_its_shape(page: Page) -> None:
    cases = {
        ("M0 0L10 10.5Q1 2 3 -4Z", 0.5, -10.5): "M0.5 -10.5L10.5 0Q1.5 -8.5 3.5 -14.5Z",
        ("M0.001 -0.01L-5 999.999", -0.001, 0.001): "M0 -0.009L-5.001 1000",
        ("M1000000 -1000000C1 2 3 4 5 6M7 8L9 9", 1, -1): "M1000000 -1000000C2 1 4 3 6 5M8 7L10 8",
        ("M1.1 2.25L3 4", 0.0004, 0.0006): "M1.1 2.251L3 4.001",
        ("M0 0L0 0", -1000000, 1000000): "M-1000000 1000000L-1000000 1000000",
    }
    assert await page.evaluate(MOVES, [list(case) for case in cases]) == list(cases.values())


def wave(places: int, height: float, grain: int) -> list[float]:
    """A wave of two turns, as a pointer tells it that knows so many places in a pixel."""
    points = [(4 * i, height * math.sin(4 * math.pi * i / places)) for i in range(places)]
    return [round(value * grain) / grain for point in points for value in point]


async def test_v1_curves_go_as_far_as_they_come_near_enough_and_are_no_finer_than_is_seen(page: Page) -> None:
    strokes = [(wave(30, 15, 1), 0.5), (wave(120, 60, 100), 0.5), (wave(120, 60, 100), 0.05), (wave(400, 90, 1), 0.5)]
    fitted = await page.evaluate(FITS, strokes)
    for (points, tolerance), (d, away) in zip(strokes, fitted, strict=True):
        assert path_data_fault(d) is None
        assert d.startswith(f"M{points[0]:g} {points[1]:g}")
        assert away < 3 * tolerance, "noise is evened out by a tolerance, and a curve strays by another"
        decimals = max(len(fraction) for fraction in re.findall(r"\.(\d+)", d))
        assert decimals == (1 if tolerance == 0.5 else 2)
    curves = [len(re.findall("[LQ]", d)) for d, _ in fitted]
    assert curves[0] <= 12
    assert curves[1] <= 16
    assert curves[3] <= 40, "fewer than a tenth of the points"


async def test_long_work_is_done_in_slices_and_finished_before_the_next(page: Page) -> None:
    assert await page.evaluate(SLICES) == [
        *("short", "done false", "after"),
        *("busy true", "between", "long", "done", "next", "done", "alone", "done"),
    ]
