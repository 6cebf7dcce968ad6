"""Modules of the drawing by themselves: undo, colours on dark paper, names of keys, the pace."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser_people import NewPage
from playwright.async_api import Page
from server_process import ServerProcess

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
PACE = """
async (frames) => {
  const { Pace } = await import("/static/js/pace.js");
  const pace = new Pace();
  return frames.map((now) => {
    pace.begin(now);
    let spent = 0;
    for (; pace.hasTime; spent += 1000) pace.spend(1000);
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
    quick = await page.evaluate(PACE, [16 * i for i in range(12)])
    slow = await page.evaluate(PACE, [60 * i for i in range(12)])
    assert quick == sorted(quick)
    assert quick[-1] > 4 * quick[0]
    assert slow == sorted(slow, reverse=True)
    assert slow[-1] < slow[0]
