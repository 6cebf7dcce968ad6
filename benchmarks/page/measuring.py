"""Opens a board in Chromium, does what people do, and gives the trace of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Browser, CDPSession, Page

from page.acts import Act
from page.trace import CATEGORIES, Trace
from whiteboard_client import Invitation

SPY = """
  const plain = Document.prototype.createElement;
  globalThis.canvases = [];
  Document.prototype.createElement = function (name, ...more) {
    const made = plain.call(this, name, ...more);
    if (name === "canvas") canvases.push(new WeakRef(made));
    return made;
  };
  const Plain = WebSocket;
  globalThis.arrivals = [];
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (arrivals.length < 3000) arrivals.push([performance.now(), data]);
      });
    }
  };
"""
STATE = """
async () => {
  const text = (data) => typeof data === "string" ? data
    : new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  for (const [at, data] of arrivals.splice(0)) {
    const frame = JSON.parse(await text(data));
    if (frame.t === "snapshot" && !frame.more) return performance.mark("state", { startTime: at }) && at;
  }
}
"""
"""Marks when the last frame of the drawing came."""
PIXELS = """
() => [...canvases.flatMap((each) => each.deref() ?? []), ...document.querySelectorAll("canvas")]
  .reduce((sum, { width, height }) => sum + width * height, 0)
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Size in CSS pixels, and how many times slower than it is the processor is made."""

    width: int = 1440
    height: int = 900
    slower: float = 1


class Visit:
    """A page on a board, of which a trace is being taken."""

    def __init__(self, browser: Browser, page: Page, debugger: CDPSession) -> None:
        self.page = page
        self._browser = browser
        self._debugger = debugger
        self.trace: Trace

    async def act(self, name: str, act: Act, seconds: float) -> None:
        """Do something for some seconds, between marks of its name."""
        async with self.marked(name):
            await act(self.page, seconds)

    async def once(self, name: str, act: Callable[[Page], Awaitable[None]]) -> None:
        """Do something to its end, between marks of its name."""
        async with self.marked(name):
            await act(self.page)

    @contextlib.asynccontextmanager
    async def marked(self, name: str) -> AsyncIterator[None]:
        """Set marks around what is done."""
        await self.page.evaluate("(name) => performance.mark(name)", f"{name}: start")
        yield
        await self.page.evaluate("(name) => performance.mark(name)", f"{name}: end")

    async def memory(self) -> tuple[float, float]:
        """Megabytes that the page's scripts hold, and those of its canvases, after a garbage collection."""
        await self._debugger.send("HeapProfiler.collectGarbage")
        heap = (await self._debugger.send("Runtime.getHeapUsage"))["usedSize"] / 1e6
        return heap, await self.page.evaluate(PIXELS) * 4 / 1e6

    async def end(self) -> None:
        """Read the trace, and leave."""
        self.trace = Trace(json.loads(await self._browser.stop_tracing())["traceEvents"])
        await self.page.context.close()


async def visit(browser: Browser, invitation: Invitation, window: Window) -> Visit:
    """Open the board as somebody who has been there before, and wait until all of it in the window is drawn."""
    context = await browser.new_context(viewport={"width": window.width, "height": window.height})
    page = await context.new_page()
    await page.goto(invitation.seat.base_url)
    await remember(page, invitation)
    await page.add_init_script(SPY)
    debugger = await context.new_cdp_session(page)
    await debugger.send("Emulation.setCPUThrottlingRate", {"rate": window.slower})
    await browser.start_tracing(page=page, categories=CATEGORIES)
    await page.goto(invitation.invite_url)
    await page.wait_for_function("() => performance.getEntriesByName('picture-whole').length", polling=100)
    await page.evaluate(STATE)
    await asyncio.sleep(1)
    await page.mouse.move(window.width / 2, window.height / 2)
    return Visit(browser, page, debugger)


async def remember(page: Page, invitation: Invitation) -> None:
    """Have the browser know the board as one that was entered before, and looked at in full size."""
    seat = invitation.seat
    key = {"token": seat.token, "invite": invitation.invite_url.partition("#")[2], "name": seat.name}
    seen = {"x": 0, "y": 0, "zoom": 1, "tool": "pen"}
    for name, value in (("room", key), ("place", seen)):
        place = f"whiteboard.{name}.{seat.room_id}"
        await page.evaluate("([place, value]) => localStorage.setItem(place, JSON.stringify(value))", [place, value])
