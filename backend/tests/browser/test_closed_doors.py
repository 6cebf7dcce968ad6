"""Where a board cannot be opened or made: each time a page that says what happened and what to do."""

from pathlib import Path

import pytest
from browser_people import NewPage, draw, enter_new_room, saved, seen, wave
from playwright.async_api import Dialog, WebSocketRoute
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

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
    await page.wait_for_selector("#door-words[role=alert]")
    assert await page.inner_text("#door-title") == "No more boards from here just now"
    words = await page.inner_text("#door-words")
    assert "10" in words
    assert "Try again in" in words
    assert not await page.locator("#name-form").is_visible()
    await page.screenshot(path=shots / "too-many-boards.png")
    server.kill()
    await page.click("#again")
    await page.wait_for_selector("#door-title:has-text('cannot be reached')")
    await page.screenshot(path=shots / "no-server.png")
    await page.click("#back")
    assert await page.input_value("#name") == "Ada"
    assert await page.inner_text("#door-title") == "Draw together"
    assert await page.get_attribute("#door-words", "role") is None
    await page.click("#enter")
    server.start()  # its live boards are still there
    await page.wait_for_selector("#again:visible")
    await page.click("#again")
    await page.wait_for_selector("#door-title:has-text('No more boards')")


async def test_a_door_whose_server_is_away_opens_when_it_is_back(
    server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    await bob.goto(await enter_new_room(ada, server.url, "Ada"))
    server.kill()
    await bob.fill("#name", "Bob")
    await bob.click("#enter")
    await bob.wait_for_selector("#door-title:has-text('cannot be reached')")
    await bob.screenshot(path=shots / "door-no-server.png")
    server.start()
    await bob.click("#again")
    await bob.wait_for_selector("html[data-connection=online]")
    assert not await bob.locator("#door").is_visible()


async def test_c1_what_was_not_sent_to_a_board_that_is_gone_can_be_taken_along(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    page = await new_page()
    asked: list[str] = []
    away, lines = None, []

    async def line(route: WebSocketRoute) -> None:
        lines.append(route)
        if away:
            await route.close(code=away, reason="")
        else:
            route.connect_to_server()

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.route_web_socket("**/ws", line)
    link = await enter_new_room(page, shared_server.url, "Ada")
    await draw(page, wave(300, 200))
    await saved(page)
    away = 1001
    await lines[-1].close(code=1001, reason="")
    await page.wait_for_selector("html:not([data-connection=online])")
    await draw(page, wave(300, 400))
    drawn = [path["d"] for path in await seen(page, "paths")]
    away = 4404
    await page.wait_for_selector("#kept:visible")
    assert await page.inner_text("#door-title") == "This board no longer exists"
    assert (await page.inner_text("#kept")).startswith("One change of yours had not been sent.")
    await page.screenshot(path=shots / "gone-unsent.png")
    await page.close(run_before_unload=True)
    while not asked:
        await page.wait_for_timeout(20)
    async with page.expect_download() as coming:
        await page.click("#keep")
    text = (await (await coming.value).path()).read_text()
    assert [f'd="{d}"' in text for d in drawn] == [True, True]
    await page.goto("about:blank")
    assert asked == ["beforeunload"], "who has the file is not asked again"
    await page.goto(link)  # the browser still has what was not sent
    await page.wait_for_selector("#keep:visible")
