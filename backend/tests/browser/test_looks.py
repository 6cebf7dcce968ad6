"""How every page and state looks: nothing is cut off, covered, too small for a finger, or hard to read, at any size.

With `--long` each is photographed at all sizes, in light and dark, for people to look at: `make screenshots`.
"""

from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from browser_people import PATIENCE_SECONDS, NewPage
from looks import State, Visit, visit_board
from looks_board import BOARD
from looks_doors import DOORS
from playwright.async_api import Browser, Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = [(320, 640), (640, 360), (768, 1024), (1440, 900)]
# Small telephones held across, large ones, and the largest screens: where a page is as it is most of the time.
MORE_SIZES = [(568, 320), (390, 844), (900, 680), (3840, 2160)]
PLAIN = {"board", "ink", "share", "start", "door"}
# What differs from the other states for somebody who cannot see it, or hardly.
FOR_AXE = {"board", "ink-other", "selection", "people-9", "following", "share", "help", "clear", "notice", "offline"}
FOR_AXE |= {"start-file", "start-no-drawing", "start-unreachable", "door", "door-unknown"}
FAULTS = (Path(__file__).parent / "layout_faults.js").read_text()
SERIOUS = {"serious", "critical"}
FREE_ON_A_PHONE = 0.7
SPOIL = """
(rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}
"""


async def faults_of(page: Page) -> list[str]:
    """What is wrong with the layout."""
    found = await page.evaluate(FAULTS)
    assert found["controls"], "the page has something to press"
    return list(found["faults"])


async def axe_faults(page: Page) -> list[str]:
    """What axe-core finds that is serious, in light and in dark."""
    light = await Axe().run(page)
    await page.emulate_media(color_scheme="dark")
    dark = await Axe().run(page, options={"runOnly": ["color-contrast"]})
    await page.emulate_media(color_scheme="light")
    broken = [*light.response["violations"], *dark.response["violations"]]
    return [f"{one['id']}: {node['target']}" for one in broken if one["impact"] in SERIOUS for node in one["nodes"]]


async def wrong_with(visit: Visit, name: str, state: State) -> list[str]:
    """Look at a state at each size."""
    wrong = []
    async with state(visit):
        if name in FOR_AXE:
            wrong += await axe_faults(visit.page)
        for width, height in [*SIZES, *(MORE_SIZES if name in PLAIN else [])]:
            await visit.page.set_viewport_size({"width": width, "height": height})
            wrong += [f"{width}x{height}: {fault}" for fault in await faults_of(visit.page)]
        await visit.page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visits(shared_server: ServerProcess, browser: Browser) -> dict[str, Visit]:
    """Somebody who looks at one thing after the other: at the board's page, and at all doors."""

    async def new_page(**options: object) -> Page:
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True, **options)  # type: ignore[arg-type]
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        return page

    board = await visit_board(shared_server.url, new_page)
    return {"board": board, "doors": Visit(shared_server.url, await new_page())}


@pytest.mark.parametrize("name", [name for name in BOARD if name != "people-501"])
async def test_nothing_on_the_board_is_in_anybodys_way(visits: dict[str, Visit], name: str) -> None:
    assert await wrong_with(visits["board"], name, BOARD[name]) == []


@pytest.mark.parametrize("name", DOORS)
async def test_nothing_at_the_doors_is_in_anybodys_way(visits: dict[str, Visit], name: str) -> None:
    assert await wrong_with(visits["doors"], name, DOORS[name]) == []


async def test_the_bars_leave_a_phone_to_the_drawing(visits: dict[str, Visit]) -> None:
    page = visits["board"].page
    await page.set_viewport_size({"width": 320, "height": 640})
    assert (await page.evaluate(FAULTS))["free"] > FREE_ON_A_PHONE


async def test_what_is_in_the_way_is_found(visits: dict[str, Visit]) -> None:
    page = visits["doors"].page
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(visits["doors"].url)
    assert await faults_of(page) == []
    spoilt = {
        "px too wide": "p {width: 400px}",
        "20 px": "#enter {position: fixed; inset: 0 0 auto; height: 20px; min-height: 0; padding: 0}",
        "is covered": "#enter {position: fixed; inset: 0 0 auto} .lead {position: fixed; inset: 0; z-index: 2}",
        "overlap": "#enter, #drawing-choose {position: fixed; inset: 0 0 auto}",
        "words run over": ".lead {height: 20px}",
        "lies outside": "#enter {position: fixed; top: 0; left: 300px; width: 99px}",
        "are cut off": "#enter {overflow: hidden; width: 44px; white-space: nowrap}",
    }
    for what, rules in spoilt.items():
        await page.evaluate(SPOIL, rules)
        assert any(what in fault for fault in await faults_of(page)), what


async def complete(page: Page) -> None:
    """Wait until a board's picture has all that it will have."""
    await page.wait_for_function("() => !window.whiteboard || whiteboard.picture() === 'whole'")


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_photographs(
    shared_server: ServerProcess, new_page: NewPage, photographs: Path, width: int, height: int, scheme: str
) -> None:
    options = {"color_scheme": scheme, "has_touch": width < 1000, "width": width, "height": height}
    board = await visit_board(shared_server.url, new_page, **options)
    doors = Visit(shared_server.url, await new_page(**options))
    for visit, catalogue in ((board, BOARD), (doors, DOORS)):
        for name, state in catalogue.items():
            async with state(visit):
                await complete(visit.page)
                await visit.page.screenshot(path=photographs / f"{name}-{width}-{scheme}.png")
