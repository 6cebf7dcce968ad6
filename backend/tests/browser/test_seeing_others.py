"""How one sees the others: cursors that glide and rest, colours that stay, who comes and leaves, whom one follows."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from browser_people import NewPage, draw, enter_by_link, enter_new_room, look, seen, until, wave
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GLIDE = """
async () => {
  const { Cursors } = await import("/static/js/cursors.js");
  const { Camera } = await import("/static/js/camera.js");
  const names = [];
  const context = new Proxy(document.createElement("canvas").getContext("2d"), {
    get: (target, key) => {
      if (key === "fillText") return (text) => names.push(text);
      return typeof target[key] === "function" ? target[key].bind(target) : target[key];
    },
    set: (target, key, value) => { target[key] = value; return true; },
  });
  const surface = { context, width: 1000, height: 1000, blank: () => context };
  const people = new Map(Array.from({ length: 500 }, (_, i) => [i + 1, `P${i + 1}`]));
  const presence = { users: people, cursors: new Map([[1, [0, 0]]]) };
  const cursors = new Cursors();
  const camera = new Camera();
  const waits = [cursors.draw(surface, camera, presence, 10000)];
  presence.cursors.set(1, [100, 0]);
  waits.push(cursors.draw(surface, camera, presence, 11000));
  const way = [0, 30, 60, 90, 120].map((ms) => cursors.placeOf(1, 11000 + ms)[0]);
  waits.push(cursors.draw(surface, camera, presence, 12000), cursors.draw(surface, camera, presence, 19000));
  names.length = 0;
  for (const user of people.keys()) presence.cursors.set(user, [user, user]);
  cursors.draw(surface, camera, presence, 20000);
  return { way, waits: waits.map(String), names: names.length };
}
"""
CONTRASTS = """
async () => {
  const { colorOf } = await import("/static/js/palette.js");
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const linear = (value) => (value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return Array.from({ length: 2000 }, (_, i) => {
    context.fillStyle = colorOf(`name ${i}`);
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(linear);
    return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
  });
}
"""
BLANK = """
() => {
  const canvas = document.querySelector("#cursors");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.every((value) => value === 0);
}
"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_cursors_glide_rest_and_are_thinned(shared_server: ServerProcess, new_page: NewPage, motion: str) -> None:
    page = await new_page(reduced_motion=motion)
    await page.goto(shared_server.url)
    found: dict[str, Any] = await page.evaluate(GLIDE)
    if motion == "reduce":
        assert found["way"] == [100] * 5
    else:
        assert found["way"][0] == 0
        assert found["way"] == sorted(set(found["way"]))
        assert found["way"][-1] == 100
    # Drawn again at once while it glides, once more when it rests, and then not at all.
    assert found["waits"] == ["0", "0", "5000", "Infinity"]
    assert found["names"] == 30


async def test_every_name_has_a_colour_on_which_white_letters_can_be_read(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page = await new_page()
    await page.goto(shared_server.url)
    assert min(await page.evaluate(CONTRASTS)) >= 4.5


async def dot_of(page: Page, name: str) -> str:
    """The colour beside a name in the list."""
    line = page.locator("#people-list li", has_text=name).locator(".dot")
    return str(await line.evaluate("(dot) => getComputedStyle(dot).backgroundColor"))


async def moving_until(ada: Page, bob: Page, condition: str) -> None:
    """Ada goes on moving until Bob sees something: her view may still be on its way when she begins."""
    for step in range(100):
        await ada.mouse.move(640 + step, 420)
        if await bob.evaluate(condition):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Bob never saw it")


async def test_people_come_are_followed_and_leave(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    ada, bob = await new_page(), await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await ada.wait_for_function("() => document.querySelector('#said').textContent === 'Bob came'")
    colour = await dot_of(bob, "Ada")
    assert await dot_of(ada, "Ada") == colour
    (before,) = (user["user"] for user in await seen(bob, "users") if user["name"] == "Ada")
    await ada.reload()
    await until(bob, "users", lambda users: len(users) == 2 and before not in (user["user"] for user in users))
    await ada.wait_for_selector("html[data-connection=online]")
    assert await dot_of(bob, "Ada") == colour, "the same after a return"

    await draw(ada, wave(400, 300))
    await until(bob, "cursors", bool)
    await bob.click("#people-list button")
    assert await bob.inner_text("#following-words") == "Following Ada"
    for _ in range(10):
        await ada.mouse.wheel(400, 300)
    await ada.mouse.move(600, 500)
    (cursor,) = await until(bob, "cursors", lambda cursors: cursors and cursors[0]["x"] > 4000)
    view = await until(bob, "camera", lambda view: view["x"] > cursor["x"] - 970)
    assert 300 < cursor["x"] - view["x"] < 980
    await bob.screenshot(path=shots / "following.png")
    await bob.mouse.move(600, 400)
    await bob.mouse.wheel(-900, 0)
    await bob.wait_for_selector("#following", state="hidden")
    here = await look(bob)
    await ada.mouse.move(640, 520)
    await until(bob, "cursors", lambda cursors: cursors[0]["x"] != cursor["x"])
    assert await look(bob) == here, "who looks elsewhere follows nobody"

    await bob.keyboard.press("Shift+Digit1")
    await ada.keyboard.press("Shift+Digit1")
    await moving_until(ada, bob, f"() => !({BLANK})()")
    await bob.uncheck("#show-cursors")
    await bob.wait_for_function(BLANK)
    await bob.keyboard.press("e")
    view = await look(bob)
    await bob.mouse.move(600, 400)
    await bob.mouse.wheel(70, 50)
    view = await until(bob, "camera", lambda now, view=view: now != view)
    await bob.reload()
    await until(bob, "cursors", bool)
    assert not await bob.is_checked("#show-cursors"), "remembered, and what one looks at and holds is, too"
    assert await look(bob) == view
    assert await bob.get_attribute("[data-tool=eraser]", "aria-pressed") == "true"
    assert await bob.evaluate(f"({BLANK})()")
    await ada.context.close()
    await until(bob, "users", lambda users: len(users) == 1)
    await bob.wait_for_function("() => document.querySelector('#said').textContent === 'Ada left'")
    assert await seen(bob, "cursors") == []
