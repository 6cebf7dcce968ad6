"""What a person does on the pages: enter, draw, look."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Page

PATIENCE_SECONDS = 50

NewPage = Callable[..., Awaitable[Page]]
"""Opens a page of somebody who shares nothing with the others."""


async def enter_new_room(page: Page, url: str, name: str) -> str:
    """Make a room from the start page; gives the invite link."""
    await page.goto(url)
    await page.fill("#name", name)
    await page.click("#enter")
    await page.wait_for_selector("html[data-connection=online]")
    return page.url


async def enter_by_link(page: Page, link: str, name: str) -> None:
    """Open an invite link and give a name."""
    await page.goto(link)
    await page.fill("#name", name)
    await page.click("#enter")
    await page.wait_for_selector("html[data-connection=online]")


async def draw(page: Page, points: list[tuple[float, float]], *, lift: bool = True) -> None:
    """Draw a stroke with the mouse; without `lift` the button stays down."""
    await page.mouse.move(*points[0])
    await page.mouse.down()
    for point in points[1:]:
        await page.mouse.move(*point)
    if lift:
        await page.mouse.up()


def wave(x: float, y: float, length: int = 30) -> list[tuple[float, float]]:
    """A stroke worth looking at."""
    return [(x + 6 * step, y + 25 * math.sin(step / 3)) for step in range(length)]


async def seen(page: Page, what: str) -> Any:  # noqa: ANN401 - as the page has it
    """Ask the page's handle: paths, confirmed, live, cursors, users, user, epoch or seq."""
    return await page.evaluate(f"whiteboard.{what}()")


async def look(page: Page) -> dict[str, float]:
    """Tell which part of the board is in the window: `x`, `y` of the upper left corner, and `zoom`."""
    view: dict[str, float] = await seen(page, "camera")
    return view


async def saved(page: Page) -> None:
    """Wait until the page shows that everything is saved."""
    await page.wait_for_selector("html[data-saved=saved]")


async def until(page: Page, what: str, fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401
    """Wait until what the page sees fits; gives it."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not fits(value := await seen(page, what)):
        assert asyncio.get_running_loop().time() < deadline, f"{what} stayed {value!r:.500}"
        await asyncio.sleep(0.02)
    return value
