"""Strokes that are not finished: what others see of them, and how they are given up."""

import asyncio

import pytest
from browser_people import PATIENCE_SECONDS, NewPage, draw, enter_by_link, enter_new_room, saved, seen, until, wave
from playwright.async_api import Page, WebSocketRoute
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def two(new_page: NewPage, server: ServerProcess) -> tuple[Page, Page]:
    """Two who draw on one board."""
    ada, bob = await new_page(), await new_page()
    await enter_by_link(bob, await enter_new_room(ada, server.url, "Ada"), "Bob")
    return ada, bob


async def test_v3_a_straight_piece_is_seen_while_it_is_stretched(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada, bob = await two(new_page, shared_server)
    await draw(ada, [(300, 300), (320, 310), (340, 300)], lift=False)
    await ada.keyboard.down("Shift")
    await ada.mouse.move(440, 304)
    straight = [340, 300, 440, 300]
    await until(bob, "live", lambda live: len(live) == 2 and straight in [one["points"] for one in live])
    await ada.mouse.move(342, 420)
    straight = [340, 300, 340, 420]
    await until(bob, "live", lambda live: len(live) == 2 and straight in [one["points"] for one in live])
    await ada.keyboard.up("Shift")
    await ada.mouse.move(360, 430)
    (whole,) = await until(bob, "live", lambda live: len(live) == 1 and live[0]["points"][-2:] == [360, 430])
    assert whole["points"][-10:-2] == [340, 300, 340, 300, 340, 420, 340, 420]
    await ada.keyboard.down("Shift")
    await ada.mouse.move(500, 432)
    await until(bob, "live", lambda live: len(live) == 2)
    await ada.mouse.up()
    await ada.keyboard.up("Shift")
    (path,) = await until(bob, "confirmed", lambda paths: len(paths) == 1)
    assert path["id"] == whole["id"]
    assert await until(bob, "live", lambda live: live == []) == []


async def test_p4_of_a_straight_piece_whose_line_broke_nothing_is_left_over(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada, bob = await new_page(), await new_page()
    lines: list[WebSocketRoute] = []
    dialled = asyncio.Event()

    async def line(route: WebSocketRoute) -> None:
        lines.extend([route, route.connect_to_server()])
        dialled.set()

    await ada.route_web_socket("**/ws", line)
    await enter_by_link(bob, await enter_new_room(ada, shared_server.url, "Ada"), "Bob")
    await draw(ada, [(300, 300), (320, 310), (340, 300)], lift=False)
    await ada.keyboard.down("Shift")
    await ada.mouse.move(440, 304)
    await until(bob, "live", lambda live: len(live) == 2)
    dialled.clear()
    for end in lines[-2:]:
        await end.close(code=3000, reason="")
    await asyncio.wait_for(dialled.wait(), PATIENCE_SECONDS)
    await ada.wait_for_selector("html[data-connection=online]")
    await ada.mouse.move(500, 304)
    await ada.mouse.up()
    await ada.keyboard.up("Shift")
    await saved(ada)
    (path,) = await until(bob, "confirmed", lambda paths: len(paths) == 1 and "L500 300" in paths[0]["d"])
    assert await seen(ada, "confirmed") == [path]


async def test_escape_gives_up_all_of_a_stroke(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada, bob = await two(new_page, shared_server)
    await draw(ada, wave(200, 200, 60), lift=False)
    await until(bob, "live", bool)
    await ada.keyboard.press("Escape")
    await until(bob, "live", lambda live: live == [])
    await ada.mouse.move(700, 300)
    await ada.mouse.up()
    await ada.evaluate("document.activeElement.blur()")
    await ada.keyboard.press("Enter")
    for key in ("Enter", *["ArrowRight"] * 8, "Escape"):
        await ada.keyboard.press(key)
    assert await ada.inner_text("#said") == "Given up"
    await ada.keyboard.press("Escape")
    assert await seen(ada, "paths") == []
    # Another tool in mid-stroke is no giving up.
    await draw(ada, wave(200, 200, 60), lift=False)
    await ada.keyboard.press("l")
    await ada.mouse.up()
    assert len(await until(bob, "confirmed", bool)) == 1
