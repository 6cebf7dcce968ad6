"""The board's page: dark paper, the keyboard's way through it, what it weighs; and a large drawing."""

import math
from pathlib import Path

import pytest
from browser_people import NewPage, draw, enter_new_room, look, seen, until, wave
from playwright.async_api import Page
from server_process import ServerProcess

from whiteboard_client import connect, create_room, path_data

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LARGE = 10_000
MOST_BYTES = 150_000


async def colour_at(page: Page, x: float, y: float) -> list[int]:
    """The pixel of the settled picture there, with its alpha."""
    pixel: list[int] = await page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector("#board");
          const ratio = canvas.width / canvas.clientWidth;
          return [...canvas.getContext("2d").getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data];
        }""",
        [x, y],
    )
    return pixel


async def test_dark_paper_turns_black_ink_and_keeps_hues(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    page = await new_page(color_scheme="dark", device_scale_factor=2)
    await enter_new_room(page, shared_server.url, "Ada")
    assert await page.evaluate("document.querySelector('#board').width") == 2560
    await page.keyboard.press("l")
    for row, key in enumerate("1358"):
        await page.keyboard.press(key)
        await draw(page, [(300, 200 + 50 * row), (500, 200 + 50 * row)])
    paths = await until(page, "confirmed", lambda paths: len(paths) == 4)
    assert [path["color"] for path in paths] == ["#1b1b1f", "#e03131", "#fcc419", "#1971c2"]
    await until(page, "picture", lambda picture: picture == "whole")
    black, red, yellow, blue = [await colour_at(page, 400, 200 + 50 * row) for row in range(4)]
    assert min(black[:3]) > 220
    assert red[0] > red[2] + 80
    assert min(yellow[:2]) > yellow[2] + 90
    assert blue[2] > blue[0] + 80
    await page.screenshot(path=shots / "board-dark-inks.png")
    await page.emulate_media(color_scheme="light")
    for _ in range(200):
        if max((await colour_at(page, 400, 200))[:3]) < 60:
            break
        await page.wait_for_timeout(50)
    else:
        pytest.fail("black ink stayed light on light paper")


async def test_the_keyboard_reaches_everything(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    page = await new_page()
    await enter_new_room(page, shared_server.url, "Ada")
    reached: list[str] = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')")
        )
        if reached[-1] == "board":
            # The cross shows where one is; there is no frame around everything.
            assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"
            await page.screenshot(path=shots / "board-cross.png")
        if len(reached) > 3 and reached[-1] == reached[0]:
            break
    assert {"board", "copy-link", "Pen", "any-color", "alpha"} <= set(reached)
    # A bar is one stop; its arrow keys go on.
    await page.focus("[data-tool=pen]")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    assert await page.get_attribute("[data-tool=line]", "aria-pressed") == "true"
    assert await page.get_attribute("[data-tool=line]", "aria-keyshortcuts") == "L"
    assert await page.get_attribute("#undo", "aria-keyshortcuts") == "Control+Z Meta+Z"
    await page.keyboard.press("?")
    await page.wait_for_selector("#help-dialog[open]")
    await page.wait_for_selector("#help-sheet >> text=Ellipse")
    for words in ("Ctrl+Shift+Z", "Arrow keys"):
        assert words in await page.inner_text("#help-sheet")
    await page.screenshot(path=shots / "board-help.png")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#help-dialog:not([open])", state="attached")


async def test_the_whole_page_weighs_little(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await new_page()
    await enter_new_room(page, shared_server.url, "Ada")
    names: list[str] = await page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    worker = f"{shared_server.url}/sw.js"
    addresses = {page.url, worker, *(name.partition("#")[0] for name in names if "/static/" in name)}
    sizes = {address: len(await (await page.request.get(address)).body()) for address in addresses}
    assert any(address.endswith("/js/room.js") for address in sizes)
    assert sum(sizes.values()) < MOST_BYTES, sizes


async def test_a_board_of_ten_thousand_paths(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    invitation = await create_room(shared_server.url, "Filler")
    async with connect(invitation.seat) as board:
        for i in range(LARGE):
            x, y = i % 100 * 30, i // 100 * 30
            color = ("#e03131", "#1971c2", "#2f9e44")[i % 3]
            board.draw(path_data([(x, y), (x + 20, y + 5), (x + 5, y + 15), (x + 22, y + 22)]), color=color, width=3)
        await board.saved()
    page = await new_page()
    await page.goto(invitation.invite_url)
    await page.fill("#name", "Ada")
    await page.click("#enter")
    await until(page, "count", lambda count: count == LARGE)
    await until(page, "picture", lambda picture: picture == "whole")
    assert (await look(page))["zoom"] < 0.3, "who comes for the first time sees all of it"
    await page.screenshot(path=shots / "board-10000.png")
    await page.keyboard.press("Control+0")
    await until(page, "picture", lambda picture: picture == "whole")
    view = await look(page)
    column, row = math.ceil(view["x"] / 30) + 5, math.ceil(view["y"] / 30) + 5
    color = [[224, 49, 49], [25, 113, 194], [47, 158, 68]][(row * 100 + column) % 3]
    assert (await colour_at(page, column * 30 - view["x"] + 1, row * 30 - view["y"]))[:3] == color
    await page.keyboard.press("Shift+Digit1")
    await until(page, "picture", lambda picture: picture == "whole")
    await draw(page, wave(400, 300))
    await until(page, "count", lambda count: count == LARGE + 1)
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Delete")
    await until(page, "count", lambda count: count == 0)
    await page.keyboard.press("Control+z")
    await until(page, "count", lambda count: count == LARGE + 1)
    await page.wait_for_selector("html[data-saved=saved]")
    assert len(await seen(page, "confirmed")) == LARGE + 1
