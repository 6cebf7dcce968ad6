"""What people do on a board, with a real mouse and keyboard, for some seconds."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

EVENT_SECONDS = 0.008
"""As often as mice tell of their moves."""
TURN = 120

Act = Callable[[Page, float], Awaitable[None]]


async def steady(seconds: float, step: Callable[[int], Awaitable[None]]) -> None:
    """Do a step every 8 ms, or as often as the browser takes them."""
    end, turn = time.monotonic() + seconds, 0
    while (now := time.monotonic()) < end:
        await step(turn)
        turn += 1
        await asyncio.sleep(max(0.0, now + EVENT_SECONDS - time.monotonic()))


async def draw(page: Page, seconds: float) -> None:
    """Draw loops, a stroke a second."""

    async def step(turn: int) -> None:
        if turn % TURN == 0:
            await page.mouse.move(200 + turn % 700, 300)
            await page.mouse.down()
        await page.mouse.move(500 + 300 * math.sin(turn / 17), 400 + 200 * math.cos(turn / 23))
        if turn % TURN == TURN - 1:
            await page.mouse.up()

    await steady(seconds, step)
    await page.mouse.up()


async def draw_long(page: Page, seconds: float) -> None:
    """Draw one stroke all the time."""
    await page.mouse.move(500, 300)
    await page.mouse.down()
    await steady(
        seconds, lambda turn: page.mouse.move(700 + 300 * math.sin(turn / 17), 400 + 200 * math.cos(turn / 23))
    )
    await page.mouse.up()


async def pan(page: Page, seconds: float) -> None:
    """Move over the board in a large circle."""
    await steady(seconds, lambda turn: page.mouse.wheel(25 * math.sin(turn / 60), 25 * math.cos(turn / 45)))


async def zoom(page: Page, seconds: float) -> None:
    """Zoom out and in again, with rests in which the picture becomes sharp."""
    await page.keyboard.down("Control")

    async def step(turn: int) -> None:
        if turn % TURN < TURN // 2:
            await page.mouse.wheel(0, 15 if turn % (2 * TURN) < TURN else -15)

    await steady(seconds, step)
    await page.keyboard.up("Control")


async def erase(page: Page, seconds: float) -> None:
    """Wipe across the board, and take it back."""
    await page.keyboard.press("e")

    async def step(turn: int) -> None:
        if turn % TURN == 0:
            await page.mouse.down()
        await page.mouse.move(300 + turn % TURN * 5, 300 + 60 * math.sin(turn / 10))
        if turn % TURN == TURN - 1:
            await page.mouse.up()
            await page.keyboard.press("Control+z")

    await steady(seconds, step)
    await page.mouse.up()
    await page.keyboard.press("p")


async def move(page: Page, seconds: float) -> None:
    """Select what lies in a box, drag it about, and do so again."""
    await page.keyboard.press("v")

    async def step(turn: int) -> None:
        at = turn % TURN
        if at == 0:
            await page.keyboard.press("Escape")
            await page.mouse.move(300, 250)
            await page.mouse.down()
        if at < TURN // 4:
            await page.mouse.move(320 + at * 16, 260 + at * 12)
        elif at == TURN // 4:
            await page.mouse.up()
            await page.mouse.move(550, 450)
            await page.mouse.down()
        else:
            await page.mouse.move(550 + 90 * math.sin(at / 9), 450 + 3 * (at - TURN // 4))
        if at == TURN - 1:
            await page.mouse.up()
            await page.keyboard.press("Control+z")

    await steady(seconds, step)
    await page.mouse.up()
    await page.keyboard.press("Escape")
    await page.keyboard.press("p")


async def look_on(page: Page, seconds: float) -> None:  # noqa: ARG001 - as all acts
    """Do nothing."""
    await asyncio.sleep(seconds)


async def draw_on_all(page: Page, seconds: float) -> None:
    """The whole drawing at once, and draw on it."""
    await page.click("#zoom-fit")
    await whole(page)
    await draw(page, seconds)


async def whole(page: Page) -> None:
    """Wait until the picture is complete; while others draw that is so for moments only."""
    for _ in range(200):
        if await page.evaluate("whiteboard.picture()") == "whole":
            return
        await asyncio.sleep(0.02)


async def settled(page: Page) -> None:
    """Wait until everything is saved and shown, and what follows later has been done."""
    await page.wait_for_selector("html[data-saved=saved]", timeout=60_000)
    await whole(page)
    await asyncio.sleep(0.5)


async def press(page: Page, key: str) -> None:
    """Press a key, and wait for all that comes of it."""
    await page.keyboard.press(key)
    await settled(page)


async def drag_all(page: Page) -> None:
    """Drag what is selected a little."""
    await page.mouse.move(700, 450)
    await page.mouse.down()
    for step in range(30):
        await page.mouse.move(700 + step * 4, 450 + step * 2)
        await asyncio.sleep(EVENT_SECONDS)
    await page.mouse.up()
    await settled(page)


async def clear(page: Page) -> None:
    """Clear the board."""
    await page.click("#clear")
    await page.click("#clear-yes")
    await settled(page)
