"""Several people on one board in real browsers, and a server that is killed under them."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from browser_people import PATIENCE_SECONDS, NewPage, draw, enter_by_link, enter_new_room, saved, seen, until, wave
from playwright.async_api import WebSocketRoute
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]


def stored_ids(data_dir: Path) -> list[str]:
    """The ids of the paths in the database file."""
    with sqlite3.connect(f"file:{data_dir / 'whiteboard.db'}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT hex(id) FROM path WHERE NOT deleted ORDER BY id").fetchall()
    return [row[0].lower() for row in rows]


async def test_p3_s1_s5_two_draw_a_third_comes_late_the_server_is_killed_and_nothing_is_lost(
    server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    await ada.goto(server.url)
    await ada.screenshot(path=shots / "start.png")
    link = await enter_new_room(ada, server.url, "Ada")
    await enter_by_link(bob, link, "Bob")

    await draw(ada, wave(200, 200), lift=False)
    await until(bob, "live", bool)
    assert await seen(bob, "confirmed") == []
    cursors = await until(bob, "cursors", bool)
    users = {user["user"]: user["name"] for user in await seen(bob, "users")}
    assert [users[cursor["user"]] for cursor in cursors] == ["Ada"]
    await bob.screenshot(path=shots / "stroke-under-way.png")
    await ada.mouse.up()
    await until(bob, "confirmed", lambda paths: len(paths) == 1)
    assert await seen(bob, "live") == []
    await draw(bob, wave(200, 320))
    await until(ada, "confirmed", lambda paths: len(paths) == 2)

    eve = await new_page()
    await enter_by_link(eve, link, "Eve")
    assert await until(eve, "confirmed", lambda paths: len(paths) == 2) == await seen(ada, "confirmed")

    for page in (ada, bob):
        await saved(page)
    shown_as_saved = {path["id"] for path in await seen(ada, "paths")}
    await draw(ada, wave(500, 200), lift=False)
    await draw(bob, wave(500, 320))
    server.kill()
    await ada.mouse.up()
    await ada.wait_for_selector("html:not([data-connection=online])")
    await ada.screenshot(path=shots / "server-gone.png")
    server.start()

    pages = (ada, bob, eve)
    for page in pages:
        await page.wait_for_selector("html[data-connection=online]")
        await until(page, "confirmed", lambda paths: len(paths) == 4)
        await saved(page)
    boards = [await seen(page, "confirmed") for page in pages]
    assert boards[0] == boards[1] == boards[2]
    assert shown_as_saved <= {path["id"] for path in boards[0]}
    assert stored_ids(server.data_dir) == sorted(path["id"].replace("-", "") for path in boards[0])
    for page, name in zip(pages, ("ada", "bob", "eve"), strict=True):
        await page.screenshot(path=shots / f"after-the-kill-{name}.png")


async def test_p3_shapes_are_seen_while_they_are_drawn(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    for count, (key, numbers) in enumerate((("r", 20), ("o", 66), ("l", 4)), 1):
        await ada.keyboard.press(key)
        await draw(ada, [(200, 100 * count), (300, 100 * count + 30)], lift=False)
        (first,) = await until(bob, "live", lambda live: len(live) == 1)
        await ada.mouse.move(400, 100 * count + 60)
        (live,) = await until(bob, "live", lambda live, x=first["points"]: len(live) == 1 and live[0]["points"] != x)
        assert len(live["points"]) == numbers
        await bob.screenshot(path=shots / f"shape-under-way-{key}.png")
        await ada.mouse.up()
        paths = await until(bob, "confirmed", lambda paths, count=count: len(paths) == count)
        assert paths[-1]["id"] == live["id"], "the path takes the place of what was shown"
        assert await until(bob, "live", lambda live: live == []) == []
    await draw(ada, [(600, 100), (700, 160)], lift=False)
    await until(bob, "live", bool)
    await ada.keyboard.press("Escape")
    await until(bob, "live", lambda live: live == [])
    await ada.mouse.up()
    assert len(await seen(ada, "paths")) == 3


async def test_p4_a_shape_under_way_is_one_path_though_the_line_broke(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada, bob = await new_page(), await new_page()
    lines: list[WebSocketRoute] = []
    dialled = asyncio.Event()

    async def line(route: WebSocketRoute) -> None:
        lines.extend([route, route.connect_to_server()])
        dialled.set()

    await ada.route_web_socket("**/ws", line)
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await ada.keyboard.press("r")
    for count in (1, 0):  # the second one is given up
        await draw(ada, [(200, 200), (300, 260)], lift=False)
        await until(bob, "live", bool)
        dialled.clear()
        for end in lines[-2:]:
            await end.close(code=3000, reason="")
        await until(
            bob, "confirmed", lambda paths: bool(paths) and paths[-1]["d"].count("L") == 9
        )  # kept, as far as it was known
        await asyncio.wait_for(dialled.wait(), PATIENCE_SECONDS)  # she has noticed, and comes back
        await ada.wait_for_selector("html[data-connection=online]")
        await ada.mouse.move(350, 290)
        await ada.mouse.move(400, 300)
        if not count:
            await ada.keyboard.press("Escape")
        await ada.mouse.up()
        (path,) = await until(bob, "confirmed", lambda paths: len(paths) == 1 and paths[0]["d"].count("L") == 3)
        assert path["d"] == "M200 200L400 200L400 300L200 300Z"
        await saved(ada)


async def test_p4_a_page_that_is_closed_in_mid_stroke_leaves_what_it_had_drawn(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await draw(ada, wave(200, 200), lift=False)
    await until(bob, "live", lambda live: bool(live) and len(live[0]["points"]) > 20)
    await ada.context.close()
    assert len(await until(bob, "confirmed", lambda paths: len(paths) == 1)) == 1
    await until(bob, "users", lambda users: [user["name"] for user in users] == ["Bob"])


async def test_undo_and_redo_are_of_ones_own_edits_only(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await draw(ada, wave(200, 200))
    await until(bob, "confirmed", lambda paths: len(paths) == 1)
    await draw(bob, wave(200, 320))
    (first, _) = await until(ada, "confirmed", lambda paths: len(paths) == 2)
    await ada.keyboard.press("Control+z")
    (left,) = await until(bob, "confirmed", lambda paths: len(paths) == 1)
    assert left["id"] != first["id"]
    await ada.keyboard.press("Control+z")
    await ada.keyboard.press("Control+Shift+z")
    again = await until(bob, "confirmed", lambda paths: len(paths) == 2)
    assert first["d"] in {path["d"] for path in again}


async def test_the_eraser_takes_whole_strokes_and_undo_brings_them_back(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada = await new_page()
    await enter_new_room(ada, shared_server.url, "Ada")
    await draw(ada, wave(200, 200))
    await draw(ada, wave(200, 400))
    before = await until(ada, "confirmed", lambda paths: len(paths) == 2)
    await ada.click("[data-tool=eraser]")
    await draw(ada, [(230, 150), (230, 260)])
    await until(ada, "confirmed", lambda paths: len(paths) == 1)
    await ada.click("#undo")
    after = await until(ada, "confirmed", lambda paths: len(paths) == 2)
    assert [path["d"] for path in after] == [path["d"] for path in before]


async def test_a_colour_a_width_and_a_dot(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada = await new_page()
    await enter_new_room(ada, shared_server.url, "Ada")
    color, width = ada.locator("[data-color]").nth(2), ada.locator("[data-width]").nth(3)
    await color.click()
    await width.click()
    await ada.mouse.click(400, 300)
    (dot,) = await until(ada, "confirmed", lambda paths: len(paths) == 1)
    assert dot["color"] == await color.get_attribute("data-color")
    assert dot["width"] == float(await width.get_attribute("data-width") or 0)


async def test_clear_asks_first_and_can_be_undone(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada = await new_page()
    await enter_new_room(ada, shared_server.url, "Ada")
    await draw(ada, wave(200, 200))
    before = await until(ada, "confirmed", lambda paths: len(paths) == 1)
    await ada.click("#clear")
    await ada.click("#clear-no")
    assert await seen(ada, "paths") == before
    await ada.click("#clear")
    await ada.click("#clear-yes")
    await until(ada, "confirmed", lambda paths: paths == [])
    await ada.click("#undo")
    after = await until(ada, "confirmed", lambda paths: len(paths) == 1)
    assert (after[0]["id"], after[0]["d"]) == (before[0]["id"], before[0]["d"])


async def test_what_is_drawn_offline_is_kept_and_sent_later(server: ServerProcess, new_page: NewPage) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    server.kill()
    await ada.wait_for_selector("html:not([data-connection=online])")
    await draw(ada, wave(200, 200))
    await draw(ada, wave(200, 300))
    assert len(await seen(ada, "paths")) == 2
    assert await seen(ada, "confirmed") == []
    await ada.wait_for_selector("html:not([data-saved=saved])")
    server.start()
    await until(bob, "confirmed", lambda paths: len(paths) == 2)
    await saved(ada)


async def test_h3_a_wrong_link_is_told_in_words(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    page = await new_page()
    await page.goto(f"{shared_server.url}/r/0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10#wrong")
    await page.fill("#name", "Ada")
    await page.click("#enter")
    await page.wait_for_selector("[role=alert]:not(:empty)")
    await page.screenshot(path=shots / "wrong-link.png")
    assert "html" not in (await page.inner_text("[role=alert]")).lower()


async def test_a_reload_comes_back_without_asking_for_a_name(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada = await new_page()
    await enter_new_room(ada, shared_server.url, "Ada")
    await draw(ada, wave(200, 200))
    await saved(ada)
    await ada.reload()
    await ada.wait_for_selector("html[data-connection=online]")
    await until(ada, "confirmed", lambda paths: len(paths) == 1)
    # The server may not know yet that the page before has left.
    await until(ada, "users", lambda users: [user["name"] for user in users] == ["Ada"])
