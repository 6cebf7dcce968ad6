"""One of many: the list is folded, cursors are thinned, and what everybody draws arrives."""

import asyncio
import time
from pathlib import Path

import pytest
from browser_people import NewPage, draw, enter_by_link, seen, until, wave
from crowd import SESSIONS, Crowd
from server_process import ServerProcess

from whiteboard_client import create_room

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COUNT_ARROWS = """
() => {
  globalThis.arrows = { most: 0, names: 0 };
  const plain = CanvasRenderingContext2D.prototype;
  const { clearRect, fill, fillText } = plain;
  let now = { arrows: 0, names: 0 };
  plain.clearRect = function (...given) {
    if (this.canvas.id === "cursors") {
      arrows.most = Math.max(arrows.most, now.arrows);
      arrows.names = Math.max(arrows.names, now.names);
      now = { arrows: 0, names: 0 };
    }
    return clearRect.apply(this, given);
  };
  plain.fill = function (...given) {
    if (this.canvas.id === "cursors" && given[0] instanceof Path2D) now.arrows++;
    return fill.apply(this, given);
  };
  plain.fillText = function (...given) {
    if (this.canvas.id === "cursors") now.names++;
    return fillText.apply(this, given);
  };
}
"""


@pytest.mark.parametrize(("people", "moving"), [(70, 66), pytest.param(500, 100, marks=pytest.mark.long)])
async def test_a_page_among_many_folds_the_list_thins_cursors_and_answers(
    shared_server: ServerProcess, new_page: NewPage, shots: Path, people: int, moving: int
) -> None:
    invitation = await create_room(shared_server.url, "Host")
    page = await new_page()
    await enter_by_link(page, invitation.invite_url, "Ada")
    await page.evaluate(COUNT_ARROWS)
    async with Crowd(invitation, people) as crowd:
        await until(page, "users", lambda users: len(users) == people + 1)
        await page.wait_for_function(
            f"() => document.querySelector('#people-count').textContent === '{people + 1} here'"
        )
        assert not await page.evaluate("document.querySelector('#people').open"), "the list is folded"

        for step in range(4):
            await crowd.move(moving, step)
            await asyncio.sleep(0.15)
        await until(page, "cursors", lambda cursors: len(cursors) == moving)
        await crowd.draw(10)
        await draw(page, wave(300, 500))
        await until(page, "confirmed", lambda paths: len(paths) == 11)
        await page.click("#people summary")
        names = page.locator("#people-list li")
        assert await names.count() == min(people, 100) + 1
        assert await names.first.inner_text() == "Ada (you)"
        await page.screenshot(path=shots / f"among-{people}.png")
        await page.fill("#people-search", "PERSON 7")
        found = await names.all_inner_texts()
        assert set(found) == {"Person 7"}
        assert len(found) == len(range(7, people, SESSIONS))
        await page.fill("#people-search", "")
        assert await names.count() == min(people, 100) + 1

        await page.wait_for_function("() => arrows.most > 0")  # what a frame has is counted when the next one begins
        drawn = await page.evaluate("arrows")
        assert drawn["most"] <= 60, "cursors are thinned"
        assert 0 < drawn["names"] <= 30
        began = time.monotonic()
        await page.focus("#board")
        await page.keyboard.press("e")
        assert await page.get_attribute("[data-tool=eraser]", "aria-pressed") == "true"
        print(f"answered in {time.monotonic() - began:.2f} s")  # noqa: T201 - for who looks
    await until(page, "users", lambda users: len(users) == 1)
    assert await seen(page, "cursors") == []
