"""The states of the board's page."""

from collections.abc import AsyncIterator

from browser_people import draw, saved, wave
from looks import Catalogue, Visit, unfold

BOARD = Catalogue()

FIRST = 1001
NAMES = [
    "Grace",
    "Linus",
    "Maximiliane von Wittelsbach-Hohenzollern",
    "Zoë 🦊",
    "ليلى العامري",
    "נועה",
    "山田花子",
    "supercalifragilisticexpialidocious",
]
CROWD = 500


async def meet(visit: Visit, names: list[str]) -> None:
    """Have people come in."""
    visit.line.say(t="tick", joined=[{"user": FIRST + i, "name": name} for i, name in enumerate(names)])
    await visit.page.wait_for_function("(count) => whiteboard.users().length === count", arg=len(names) + 1)


async def part(visit: Visit, names: list[str]) -> None:
    """Have them leave."""
    visit.line.say(t="tick", left=[FIRST + i for i in range(len(names))])
    await visit.page.wait_for_function("() => whiteboard.users().length === 1")


async def place(visit: Visit, x: float, y: float) -> tuple[float, float]:
    """Where this point of the drawing is in the window."""
    at = await visit.page.evaluate("whiteboard.camera()")
    return (x - at["x"]) * at["zoom"], (y - at["y"]) * at["zoom"]


async def point(visit: Visit, names: list[str]) -> None:
    """Have each of them point somewhere at the drawing."""
    places = [(100 + 1150 * (0.1 + i * 0.37 % 1), 120 + 700 * (i * 0.61 % 1)) for i in range(len(names))]
    visit.line.say(t="tick", cursors=[[FIRST + i, x, y] for i, (x, y) in enumerate(places)])
    await visit.page.wait_for_timeout(200)  # they glide there


@BOARD.add("board")
async def board(_: Visit) -> AsyncIterator[None]:
    yield


@BOARD.add("ink")
async def ink(visit: Visit) -> AsyncIterator[None]:
    page = visit.page
    folded = await page.locator("#ink-button").is_visible()
    if folded:
        await page.click("#ink-button")
    yield
    if folded:
        await page.keyboard.press("Escape")


@BOARD.add("ink-other")
async def ink_other(visit: Visit) -> AsyncIterator[None]:
    page = visit.page
    folded = await page.locator("#ink-button").is_visible()
    if folded:
        await page.click("#ink-button")
    await page.fill("#any-color", "#c2255c")
    await page.fill("#alpha", "40")
    await page.click("[data-width='32']")
    yield
    await page.click("[data-color='#1b1b1f']")
    await page.fill("#alpha", "100")
    await page.click("[data-width='4']")
    if folded:
        await page.keyboard.press("Escape")
    await page.focus("#board")


async def show_all(visit: Visit) -> None:
    """See the whole drawing again."""
    await visit.page.keyboard.press("Shift+Digit1")


@BOARD.add("selection")
async def selection(visit: Visit) -> AsyncIterator[None]:
    await visit.page.keyboard.press("v")
    await draw(visit.page, [await place(visit, *corner) for corner in ((1200, 420), (992, 540))])
    await visit.page.wait_for_selector("#selected:visible")
    yield
    await visit.page.keyboard.press("Escape")
    await visit.page.keyboard.press("p")


@BOARD.add("selecting")
async def selecting(visit: Visit) -> AsyncIterator[None]:
    await visit.page.keyboard.press("v")
    await draw(visit.page, [await place(visit, *corner) for corner in ((1200, 420), (992, 540))], lift=False)
    yield
    await visit.page.keyboard.press("Escape")
    await visit.page.mouse.up()
    await visit.page.keyboard.press("p")


@BOARD.add("people-1")
async def alone(visit: Visit) -> AsyncIterator[None]:
    await unfold(visit, opened=True)
    yield
    await unfold(visit, opened=False)


@BOARD.add("people-9")
async def some(visit: Visit) -> AsyncIterator[None]:
    await meet(visit, NAMES)
    await point(visit, NAMES)
    await unfold(visit, opened=True)
    yield
    await unfold(visit, opened=False)
    await part(visit, NAMES)


@BOARD.add("cursors")
async def cursors(visit: Visit) -> AsyncIterator[None]:
    await meet(visit, NAMES)
    await unfold(visit, opened=False)
    await point(visit, NAMES)
    yield
    await part(visit, NAMES)


@BOARD.add("people-501")
async def crowd(visit: Visit) -> AsyncIterator[None]:
    names = [f"{NAMES[i % len(NAMES)]} {i}" for i in range(CROWD)]
    await meet(visit, names)
    await unfold(visit, opened=True)
    await point(visit, names)
    yield
    await unfold(visit, opened=False)
    await part(visit, names)


@BOARD.add("following")
async def following(visit: Visit) -> AsyncIterator[None]:
    names = NAMES[2:4]
    await meet(visit, names)
    await point(visit, names)
    await unfold(visit, opened=True)
    await visit.page.click(f"#people-list button[data-user='{FIRST}']")
    await visit.page.wait_for_selector("#following:not([hidden])")
    yield
    await visit.page.click("#following")
    await show_all(visit)
    await unfold(visit, opened=False)
    await part(visit, names)


@BOARD.add("strokes")
async def strokes(visit: Visit) -> AsyncIterator[None]:
    """One's own and another's, both under way."""
    await meet(visit, NAMES[:1])
    now = await visit.page.evaluate("Date.now()")
    stroke = {"id": "01932c07-209b-7000-8000-000000000001", "ts": now * 4096, "color": "#6741d9", "width": 6}
    points = [value for x, y in wave(500, 300, 60) for value in (x, y)]
    visit.line.say(t="tick", live=[[FIRST, {**stroke, "points": points}]], cursors=[[FIRST, *points[-2:]]])
    await draw(visit.page, wave(*(await place(visit, 440, 420)), 12), lift=False)
    await visit.page.wait_for_timeout(200)
    yield
    await visit.page.mouse.up()
    await visit.page.keyboard.press("Control+z")
    await part(visit, NAMES[:1])


@BOARD.add("cross")
async def cross(visit: Visit) -> AsyncIterator[None]:
    """Drawing by keyboard."""
    page = visit.page
    await page.focus("#board")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"):
        await page.keyboard.press(key)
    yield
    for key in ("Escape", "Escape", "Control+z"):
        await page.keyboard.press(key)


@BOARD.add("focus")
async def focus(visit: Visit) -> AsyncIterator[None]:
    """A button that was reached by keyboard."""
    await visit.page.focus("[data-tool=pen]")
    await visit.page.keyboard.press("ArrowRight")
    yield
    await visit.page.focus("#board")


@BOARD.add("share")
async def share(visit: Visit) -> AsyncIterator[None]:
    await visit.page.click("#share")
    await visit.page.wait_for_function("() => document.querySelector('#qr').width !== 300")
    yield
    await visit.page.click("#link-close")


@BOARD.add("help")
async def help_sheet(visit: Visit) -> AsyncIterator[None]:
    await visit.page.keyboard.press("?")
    await visit.page.wait_for_selector("#help-dialog[open] section")
    yield
    await visit.page.click("#help-close")


@BOARD.add("clear")
async def clear(visit: Visit) -> AsyncIterator[None]:
    await visit.page.click("#clear")
    yield
    await visit.page.click("#clear-no")


@BOARD.add("notice")
async def notice(visit: Visit) -> AsyncIterator[None]:
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if await visit.page.locator("#copy-link").is_visible():
        await visit.page.click("#copy-link")
    else:
        await visit.page.click("#share")
        await visit.page.click("#copy-again")
    await visit.page.wait_for_selector("#notice:not([hidden])")
    yield
    await visit.page.evaluate("document.querySelector('#notice').hidden = true")


async def scribble(visit: Visit, count: int) -> None:
    """Draw some strokes that nobody acknowledges."""
    for i in range(count):
        await draw(visit.page, wave(*(await place(visit, 440 + i % 4 * 110, 380 + i * 12)), 8))


async def come_back(visit: Visit, count: int) -> None:
    """Be online again, and take the strokes back."""
    visit.line.let_go()
    await visit.page.context.set_offline(offline=False)
    await visit.page.evaluate("dispatchEvent(new Event('online'))")
    await visit.page.wait_for_selector("html[data-connection=online]")
    for _ in range(count):
        await visit.page.keyboard.press("Control+z")
    await saved(visit.page)


@BOARD.add("saving")
async def saving(visit: Visit) -> AsyncIterator[None]:
    visit.line.hold()
    await scribble(visit, 1)
    await visit.page.wait_for_selector("html[data-saved=saving]")
    yield
    await come_back(visit, 1)


@BOARD.add("unwritable")
async def unwritable(visit: Visit) -> AsyncIterator[None]:
    """The server's disk is in the way."""
    visit.line.hold()
    await scribble(visit, 1)
    visit.line.say(t="error", code="storage_unavailable", detail="The disk is full.")
    await visit.page.wait_for_selector("html[data-saved=unsaved]")
    yield
    await come_back(visit, 1)


@BOARD.add("offline")
async def offline(visit: Visit) -> AsyncIterator[None]:
    await visit.page.context.set_offline(offline=True)
    await visit.line.cut()
    await visit.page.wait_for_selector("html[data-connection=offline]")
    await scribble(visit, 12)
    yield
    await come_back(visit, 12)


@BOARD.add("reconnecting")
async def reconnecting(visit: Visit) -> AsyncIterator[None]:
    await visit.line.dangle()
    await visit.page.wait_for_selector("html[data-connection=connecting]")
    await scribble(visit, 3)
    yield
    await visit.line.reach()
    await come_back(visit, 3)


@BOARD.add("restarting")
async def restarting(visit: Visit) -> AsyncIterator[None]:
    visit.line.say(t="bye", code="restart", retry_ms=60_000)
    await visit.line.cut()
    await visit.page.wait_for_selector("html[data-connection=restarting]")
    yield
    await come_back(visit, 0)
