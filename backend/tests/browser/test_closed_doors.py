"""Where a board cannot be opened or made: each time a page that says what happened and what to do."""

from pathlib import Path

import pytest
from browser_people import enter_new_room
from conftest import NewPage
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GONE = "0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_h3_a_board_that_is_not_there(
    shared_server: ServerProcess, new_page: NewPage, shots: Path, scheme: str
) -> None:
    page = await new_page(width=320, height=640, color_scheme=scheme)
    await page.goto(f"{shared_server.url}/r/{GONE}#ABCDEFGHIJKLMNOPQRSTUVWX")
    await page.fill("#name", "Ada")
    await page.click("#enter")
    await page.wait_for_selector("#door-words[role=alert]")
    assert await page.inner_text("#door-title") == "There is no board at this link"
    assert "Ask for the invite link again" in await page.inner_text("#door-words")
    assert not await page.locator("#name-form").is_visible()
    await page.screenshot(path=shots / f"no-board-{scheme}.png")
    await page.goto(f"{shared_server.url}/r/{GONE}")
    await page.wait_for_selector("#door-words[role=alert]")
    assert await page.inner_text("#door-title") == "This link is not complete"
    await page.screenshot(path=shots / f"cut-link-{scheme}.png")


async def test_c1_a_board_that_was_there_and_is_gone(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    page = await new_page()
    await page.route_web_socket("**/ws", lambda socket: socket.close(code=4404, reason="gone"))
    await page.goto(shared_server.url)
    await page.fill("#name", "Ada")
    await page.click("#enter")
    await page.wait_for_selector("#door-words[role=alert]")
    assert await page.inner_text("#door-title") == "This board no longer exists"
    await page.screenshot(path=shots / "gone.png")


async def test_an_expired_place_without_the_link(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    page = await new_page()
    link = await enter_new_room(page, shared_server.url, "Ada")
    place = f"whiteboard.room.{link.partition('#')[0].rpartition('/')[2]}"
    await page.evaluate("(at) => localStorage.setItem(at, JSON.stringify({token: 'old', name: 'Ada'}))", place)
    await page.goto("about:blank")
    await page.goto(link.partition("#")[0])
    await page.wait_for_selector("#door-words[role=alert]")
    assert await page.inner_text("#door-title") == "Your place here has expired"
    assert "Open the invite link again" in await page.inner_text("#door-words")
    await page.screenshot(path=shots / "expired.png")


async def test_h5_too_many_boards_and_no_server(server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    page = await new_page()
    for _ in range(10):
        await page.request.post(f"{server.url}/api/rooms", data={"name": "Ada"})
    await page.goto(server.url)
    await page.fill("#name", "Ada")
    await page.click("#enter")
    await page.wait_for_selector("#error:not([hidden])")
    words = await page.inner_text("#error")
    assert "10" in words
    assert "Try again in" in words
    await page.screenshot(path=shots / "too-many-boards.png")
    server.kill()
    await page.click("#enter")
    await page.wait_for_selector("#error:has-text('cannot be reached')")
    assert await page.input_value("#name") == "Ada"
    await page.screenshot(path=shots / "no-server.png")
