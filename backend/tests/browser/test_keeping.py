"""What was drawn and not acknowledged yet is kept by the browser, and its state is always told in plain words."""

import asyncio
from pathlib import Path

import pytest
from browser_people import NewPage, draw, enter_by_link, enter_new_room, saved, seen, until, wave
from playwright.async_api import Dialog, Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEPT = """
async () => {
  const asked = indexedDB.open("whiteboard-unsaved", 1);
  await new Promise((resolve) => { asked.onsuccess = resolve; });
  const rows = asked.result.transaction("ops").objectStore("ops").getAll();
  await new Promise((resolve) => { rows.onsuccess = resolve; });
  asked.result.close();
  return rows.result.map(({ op }) => op.op);
}
"""
ONLINE = "html[data-connection=online]"
AWAY = "html:not([data-connection=online])"


async def kept(page: Page, count: int) -> None:
    """Wait until the browser's database holds so many ops."""
    while len(await page.evaluate(KEPT)) != count:
        await page.wait_for_timeout(30)


async def test_s5_edits_made_offline_outlive_a_crash_and_two_tabs_keep_theirs(
    server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await draw(ada, wave(300, 100))
    await until(bob, "confirmed", lambda paths: len(paths) == 1)
    await saved(ada)
    assert await ada.inner_text("#status") == "Saved"
    second = await ada.context.new_page()
    await second.goto(link)
    await second.wait_for_selector(ONLINE)

    server.kill()
    for page, y in ((ada, 300), (second, 400)):
        await page.bring_to_front()  # a tab behind another one takes a second for each move
        await page.wait_for_selector(AWAY)
        await draw(page, wave(200, y))
        await draw(page, wave(500, y))
    await kept(ada, 4)
    assert await ada.inner_text("#status") in ("Offline, 2 changes kept here", "Reconnecting, 2 changes kept here")
    await ada.wait_for_selector("html[data-connection=offline]")
    assert await ada.inner_text("#status") == "Offline, 2 changes kept here"
    await ada.screenshot(path=shots / "offline.png")
    drawn = [path["d"] for page in (ada, second) for path in await seen(page, "paths")]
    home = ada.context
    debugger = await home.new_cdp_session(ada)
    crash = asyncio.ensure_future(debugger.send("Page.crash"))  # no page can answer that, nor tell of its end
    await ada.wait_for_event("crash")
    crash.cancel()
    await second.close(run_before_unload=False)
    server.start()

    third = await home.new_page()
    await third.goto(link)
    await third.wait_for_selector(ONLINE)
    there = await until(bob, "confirmed", lambda paths: len(paths) == 5)
    assert {path["d"] for path in there} == set(drawn)
    await saved(third)
    await kept(third, 0)


async def test_leaving_with_unsaved_edits_asks_and_a_reload_brings_them_back(
    server: ServerProcess, new_page: NewPage
) -> None:
    ada = await new_page()
    await enter_new_room(ada, server.url, "Ada")
    asked = asyncio.Event()

    async def stay(dialog: Dialog) -> None:
        assert dialog.type == "beforeunload"
        await dialog.dismiss()
        asked.set()

    ada.on("dialog", stay)
    await draw(ada, wave(300, 100))
    await saved(ada)
    await ada.reload()
    await ada.wait_for_selector(ONLINE)
    assert not asked.is_set(), "nothing would be lost"
    await until(ada, "confirmed", lambda paths: len(paths) == 1)
    server.kill()
    await ada.wait_for_selector(AWAY)
    await draw(ada, wave(300, 300))
    await ada.close(run_before_unload=True)
    await asyncio.wait_for(asked.wait(), 20)
    assert len(await seen(ada, "paths")) == 2, "who stays has lost nothing"
    leaving = ada.url
    await kept(ada, 1)
    ada.remove_listener("dialog", stay)
    await ada.goto("about:blank")
    server.start()
    await ada.goto(leaving)
    await until(ada, "confirmed", lambda paths: len(paths) == 2)
    await saved(ada)


async def test_s5_a_reload_while_the_server_is_away_shows_the_board_and_goes_on(
    server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, server.url, "Ada")
    await draw(ada, wave(300, 100))
    await saved(ada)
    await ada.evaluate("navigator.serviceWorker.ready.then(() => true)")
    server.kill()
    await ada.wait_for_selector(AWAY)
    await draw(ada, wave(300, 200))
    await kept(ada, 1)
    for count in (2, 3):
        await ada.reload()
        await ada.wait_for_selector("html[data-connection=offline]")
        shown = await until(ada, "paths", lambda paths, count=count: len(paths) == count)
        assert len(await seen(ada, "confirmed")) == 1, "what the server had confirmed is told apart"
        if count == 2:
            assert await ada.inner_text("#status") == "Offline, 1 change kept here"
            await ada.screenshot(path=shots / "offline-reload.png")
            await draw(ada, wave(300, 300))
            await kept(ada, 2)
    await ada.wait_for_selector("#undo:enabled")
    server.start()
    await saved(ada)
    await enter_by_link(bob, link, "Bob")
    there = await until(bob, "confirmed", lambda paths: len(paths) == 3)
    assert {path["d"] for path in there} == {path["d"] for path in shown}


async def test_a_restart_is_told_as_one(server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    ada = await new_page()
    await enter_new_room(ada, server.url, "Ada")
    server.terminate()
    await ada.wait_for_selector("html[data-connection=restarting]")
    assert await ada.inner_text("#status") == "Server restarting…"
    await ada.screenshot(path=shots / "restarting.png")
    server.start()
    await ada.wait_for_selector(ONLINE)
