"""Nothing on a page moves by itself while it comes together; and how far a file is, is told."""

import re
from pathlib import Path
from typing import Any

import pytest
from browser_people import NewPage, enter_by_link, enter_new_room
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GONE = "0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10"
WATCH = """
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const what = sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      if (!hadRecentInput) globalThis.shifts.push([value, ...what]);
    }
  }).observe({ type: "layout-shift", buffered: true });
"""
PROGRESS = """() => {
  globalThis.told = [];
  const words = document.querySelector("#drawing-words");
  const bar = document.querySelector("#drawing-progress");
  const tell = () => globalThis.told.push([words.textContent, bar.hidden, bar.hasAttribute("value") && bar.value]);
  new MutationObserver(tell).observe(words, { childList: true });
}"""


async def shifts(page: Page) -> Any:  # noqa: ANN401 - as the browser tells it
    """What moved by itself, once two pictures have been drawn."""
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return await page.evaluate("shifts")


@pytest.mark.parametrize("width", [320, 1280])
async def test_nothing_moves_while_a_page_comes_together(
    shared_server: ServerProcess, new_page: NewPage, width: int
) -> None:
    ada, bob = await new_page(width=width), await new_page(width=width)
    for page in (ada, bob):
        await page.add_init_script(WATCH)
    await ada.goto(shared_server.url)
    assert await shifts(ada) == [], "start page"
    link = await enter_new_room(ada, shared_server.url, "Ada")
    assert await shifts(ada) == [], "board"
    await bob.goto(link)
    await bob.wait_for_selector("#name:visible")
    assert await shifts(bob) == [], "door"
    await enter_by_link(bob, link, "Bob")
    await ada.wait_for_selector("#people-count:has-text('2 here')")
    assert await shifts(ada) == [], "somebody came"
    await ada.reload()
    await ada.wait_for_selector("html[data-connection=online]")
    assert await shifts(ada) == [], "board again"
    await bob.goto(f"{shared_server.url}/r/{GONE}")
    await bob.wait_for_selector("#door-words[role=alert]")
    assert await shifts(bob) == [], "closed door"


async def test_h6_how_far_a_file_is_is_told_while_it_is_sent(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    page = await new_page()
    await page.goto(shared_server.url)
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 400_000}
    await line.send("Network.emulateNetworkConditions", slow)
    path = '<path d="M0 0L9 9" stroke="#000" id="{:0200}"/>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(path.format(i) for i in range(2000)) + "</svg>"
    file = {"name": "large.svg", "mimeType": "image/svg+xml", "buffer": svg.encode()}
    await page.set_input_files("#drawing", file)  # type: ignore[arg-type]
    await page.fill("#name", "Ada")
    await page.evaluate(PROGRESS)
    await page.click("#enter")
    await page.wait_for_function("() => told.some(([words]) => /[1-9]\\d %/.test(words))")
    seen: list[Any] = await page.evaluate("told")
    await page.screenshot(path=shots / "import-progress.png")
    parts = [int(found[1]) for words, _, _ in seen if (found := re.search(r"(\d+) %", words))]
    assert parts == sorted(parts)
    assert any(0 < part < 100 for part in parts)
    shown = [(not hidden, value * 100) for words, hidden, value in seen if "%" in words]
    assert all(visible and abs(value - part) <= 1 for (visible, value), part in zip(shown, parts, strict=True))
    await page.wait_for_selector("html[data-connection=online]")
    await page.wait_for_selector("#report:visible")
    assert "2000 paths came in" in await page.inner_text("#report-words")
