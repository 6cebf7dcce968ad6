"""The pictures in the README, photographed anew by `make screenshots`: what they show is what there is."""

import base64
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from browser_people import NewPage, enter_by_link, seen, until
from looks import DRAWING
from playwright.async_api import Page
from server_process import ServerProcess

from whiteboard_client import connect, create_room, join_room

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

IMAGES = Path(__file__).parents[3] / "docs" / "images"
POINTING = {"Grace": (1230, 770), "Linus": (700, 352)}
PICTURES = {"board": (1280, 800), "phone": (390, 780)}


async def photograph(page: Page, name: str) -> None:
    """Take a picture that is small enough for a README."""
    await page.wait_for_timeout(500)
    await until(page, "picture", lambda picture: picture == "whole")
    line = await page.context.new_cdp_session(page)
    taken = await line.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


@pytest.mark.parametrize("name", PICTURES)
async def test_a_board_with_people_on_it(shared_server: ServerProcess, new_page: NewPage, name: str) -> None:
    width, height = PICTURES[name]
    invitation = await create_room(shared_server.url, "Grace", DRAWING.read_bytes())
    async with AsyncExitStack() as stack:
        seats = [invitation.seat, await join_room(invitation.invite_url, "Linus")]
        others = [await stack.enter_async_context(connect(seat)) for seat in seats]
        page = await new_page(width=width, height=height, device_scale_factor=2, has_touch=name == "phone")
        await enter_by_link(page, invitation.invite_url, "Ada")
        await until(page, "users", lambda users: len(users) == 3)
        await page.keyboard.press("Shift+Digit1")
        if name == "phone":
            await page.click("#zoom-in", click_count=2)
        await page.wait_for_selector("#people[open]" if name == "board" else "#people:not([open])")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            for other, (x, y) in zip(others, POINTING.values(), strict=True):
                other.cursor(x, y + len(scheme))  # only who moves is seen in full
            await until(page, "cursors", lambda cursors: len(cursors) == len(POINTING))
            await photograph(page, f"{name}-{scheme}")
            if name == "phone":
                await page.click("#ink-button")
    assert len(await seen(page, "paths")) > 100
