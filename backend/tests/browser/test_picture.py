"""The settled picture: tiles that are mended piece by piece show what drawing everything anew would show."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser_people import NewPage
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COMPARE = (Path(__file__).parent / "compare_pictures.js").read_text()

GRID = (Path(__file__).parent / "search_grid.js").read_text()

BOXES = """
async (paths) => {
  const { boxOfPath } = await import("/static/js/box.js");
  return paths.map((d) => Object.values(boxOfPath(d, 0)));
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(shared_server: ServerProcess, new_page: NewPage) -> Page:
    opened = await new_page()
    await opened.goto(shared_server.url)
    return opened


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_w6_mended_tiles_show_what_drawing_everything_anew_shows(page: Page, seed: int) -> None:
    steps = await page.evaluate(COMPARE, seed)
    assert len(steps) > 12
    # Skia flattens a curve otherwise where it is clipped: a few pixels of an edge may be lighter or darker.
    assert [step for step in steps if step[1] > 12] == []


async def test_the_grid_finds_what_looking_at_everything_finds(page: Page) -> None:
    answers: list[Any] = await page.evaluate(GRID)
    assert any(found for found, _ in answers)
    assert [found for found, _ in answers] == [expected for _, expected in answers]


async def test_boxes_of_path_data(page: Page) -> None:
    cases = {
        "M0 0L10 10.5": [0, 0, 10, 10.5],
        "M-0.5 12.125L-3 4Q1 2 3 -4Z": [-3, -4, 3, 12.125],
        "M1000000 -1000000L0 0": [0, -1000000, 1000000, 0],
    }
    assert await page.evaluate(BOXES, list(cases)) == list(cases.values())
