"""What axe-core finds on every page, dialog and state, in light and dark, and whether all of it fits on a phone."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from browser_people import NewPage, draw, enter_by_link, enter_new_room, wave
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SERIOUS = {"serious", "critical"}


async def check(page: Page, what: str, shots: Path) -> None:
    """Nothing serious stands on the page, and nothing is wider than a phone."""
    results = await Axe().run(page)
    found = [
        (broken["id"], [node["target"] for node in broken["nodes"]])
        for broken in results.response["violations"]
        if broken["impact"] in SERIOUS
    ]
    assert found == [], what
    whole = page.viewport_size
    for width in (320, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 720})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, what
        await page.screenshot(path=shots / f"{what}-{width}.png")
    if whole:
        await page.set_viewport_size(whole)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_serious_stands_in_anybodys_way(
    shared_server: ServerProcess, new_page: NewPage, shots: Path, scheme: str
) -> None:
    page, other = await new_page(color_scheme=scheme), await new_page()
    await page.goto(shared_server.url)
    await check(page, f"start-{scheme}", shots)
    link = await enter_new_room(page, shared_server.url, "Ada")
    await other.goto(link)
    await check(other, f"door-{scheme}", shots)
    await enter_by_link(other, link, "Bob")
    await draw(other, wave(500, 300))
    await draw(page, wave(500, 400))
    await page.click("#people-list button")
    await check(page, f"board-{scheme}", shots)
    for opener, closer, what in (("#share", "#link-close", "share"), ("#clear", "#clear-no", "clear")):
        await page.click(opener)
        await check(page, f"{what}-{scheme}", shots)
        await page.click(closer)
    await page.keyboard.press("?")
    await check(page, f"help-{scheme}", shots)
    await page.click("#help-close")
    await page.goto(f"{shared_server.url}/r/0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10")
    await check(page, f"shut-{scheme}", shots)
    await page.goto(shared_server.url)
    await page.context.set_offline(True)
    await page.click("#enter")
    await page.wait_for_selector("#again:visible")
    await check(page, f"no-server-{scheme}", shots)
