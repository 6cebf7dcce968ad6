"""A board is given to others as a link, a code and a file, and comes out of a file."""

import re
from pathlib import Path

import pytest
import zxingcpp
from browser_people import NewPage, draw, enter_by_link, enter_new_room, saved, seen, until, wave
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QR = """
async (texts) => {
  const { encodeQr } = await import("/static/js/qr.js");
  return texts.map((text) => encodeQr(text).map((row) => row.map(Number)));
}
"""
SCALE = 3
RIM = 4
FILE = """<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">
<path d="M50 50 L300 120" stroke="#e03131" stroke-width="6" fill="none"/>
<circle cx="300" cy="250" r="80" stroke="#1971c2" stroke-width="4" fill="none"/>
<text x="20" y="20">gone</text></svg>"""


def decode(rows: list[list[int]]) -> str:
    """What an independent reader makes of a code's modules."""
    size = (len(rows) + 2 * RIM) * SCALE
    picture = bytearray(b"\xff" * size * size)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            for line in range((y + RIM) * SCALE, (y + RIM + 1) * SCALE) if dark else ():
                start = line * size + (x + RIM) * SCALE
                picture[start : start + SCALE] = bytes(SCALE)
    (code,) = zxingcpp.read_barcodes(memoryview(bytes(picture)).cast("B", (size, size)))
    return str(code.text)


async def drop(page: Page, name: str, text: str) -> None:
    """Drop a file on the page."""
    data = await page.evaluate_handle(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, { type: "image/svg+xml" }));
          return data;
        }""",
        [name, text],
    )
    await page.dispatch_event("main", "dragover", {"dataTransfer": data})
    await page.dispatch_event("main", "drop", {"dataTransfer": data})


async def test_codes_are_read_by_another_program(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await new_page()
    await page.goto(shared_server.url)
    texts = ["a", "https://a.example/grüße", *("https://a.example/".ljust(size, "7") for size in range(20, 660, 32))]
    assert [decode(rows) for rows in await page.evaluate(QR, texts)] == texts
    assert await page.evaluate(QR, ["x" * 700]) == [[]], "more than a code holds"


async def test_a_link_to_copy_to_send_and_to_scan(shared_server: ServerProcess, new_page: NewPage, shots: Path) -> None:
    page = await new_page()
    await page.add_init_script("navigator.share = async (what) => { globalThis.sent = what; };")
    link = await enter_new_room(page, shared_server.url, "Ada")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.click("#copy-link")
    await page.wait_for_selector("#notice:not([hidden])")
    assert await page.evaluate("navigator.clipboard.readText()") == link
    await page.click("#share")
    assert await page.input_value("#link") == link
    await page.click("#send-link")
    assert (await page.evaluate("sent"))["url"] == link
    await page.wait_for_function("() => document.querySelector('#qr').width !== 300")
    picture: list[int] = await page.evaluate(
        """() => {
          const { width, height } = document.querySelector("#qr");
          const { data } = document.querySelector("#qr").getContext("2d").getImageData(0, 0, width, height);
          return [...data].filter((_, i) => i % 4 === 0);
        }"""
    )
    side = round(len(picture) ** 0.5)
    rows = [[int(value == 0) for value in picture[y * side : (y + 1) * side]] for y in range(side)]
    assert decode(rows) == link
    await page.screenshot(path=shots / "share.png")
    for width in (320, 768):
        await page.set_viewport_size({"width": width, "height": 640})
        await page.screenshot(path=shots / f"share-{width}.png")


async def test_h7_the_drawing_comes_as_a_file(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await new_page()
    await enter_new_room(page, shared_server.url, "Ada")
    await draw(page, wave(300, 300))
    await saved(page)
    (path,) = await seen(page, "confirmed")
    await page.click("#share")
    files = {}
    for kind in ("svg", "png"):
        async with page.expect_download() as coming:
            await page.click(f"[data-download={kind}]")
        file = await coming.value
        assert re.fullmatch(rf"whiteboard-[0-9a-f]{{8}}\.{kind}", file.suggested_filename)
        files[kind] = (await file.path()).read_bytes()
    assert f'd="{path["d"]}"'.encode() in files["svg"]
    assert files["png"].startswith(b"\x89PNG")


async def test_h6_a_board_begins_with_a_file_that_was_dropped_or_chosen(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    ada, bob = await new_page(), await new_page()
    await ada.goto(shared_server.url)
    await drop(ada, "plan.svg", FILE)
    await ada.fill("#name", "Ada")
    assert "plan.svg" in await ada.inner_text("#drawing-words")
    await ada.screenshot(path=shots / "start-file.png")
    await ada.click("#enter")
    await ada.wait_for_selector("html[data-connection=online]")
    assert len(await until(ada, "confirmed", lambda paths: len(paths) == 2)) == 2
    await ada.wait_for_selector("#report:visible")
    assert "2 paths came in" in await ada.inner_text("#report-words")
    assert "1 text: dropped" in await ada.inner_text("#report-list")
    await ada.screenshot(path=shots / "import-report.png")
    await enter_by_link(bob, ada.url, "Bob")
    await ada.click("#report-close")
    await ada.reload()
    await ada.wait_for_selector("html[data-connection=online]")
    assert not await ada.locator("#report").is_visible()

    await bob.goto(shared_server.url)
    await bob.set_input_files("#drawing", {"name": "no.svg", "mimeType": "image/svg+xml", "buffer": b"<svg"})
    await bob.fill("#name", "Bob")
    await bob.click("#enter")
    await bob.wait_for_selector("#error:not([hidden])")
    assert (await bob.inner_text("#error")).startswith("This file cannot be used.")
    await bob.screenshot(path=shots / "import-refused.png")
    await bob.click("#drawing-none")
    await bob.click("#enter")
    await bob.wait_for_selector("html[data-connection=online]")
