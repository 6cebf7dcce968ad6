"""What the web client costs the browser: `.venv/bin/python benchmarks/browser.py [--paths 10000] [--seconds 6]`.

Fills a board with that many strokes, opens it in a Chromium without a window, and tells from Chromium's own trace
- how soon one can draw: milliseconds from going to the board's address until a stroke can be begun (its colour and
  tools are there and answer), with nothing kept by the browser (cold) and with what an earlier visit left (warm);
- the first picture: milliseconds from the arrival of the drawing until something of it, and until all of it that lies
  in the window, was drawn;
- for each thing that people do (draw, pan, zoom, erase, and look on while somebody else draws): frames a second, and
  the milliseconds of processor time that each frame takes (script, layout and painting, that of the canvas too).

Chromium runs without a graphics card here, so what a card would do is part of the work.
"""
# ruff: noqa: ARG001, ASYNC110, S311, T201 - figures for people, from our own programs

import argparse
import asyncio
import json
import math
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "tests"))

from server_process import ServerProcess

from whiteboard_client import Invitation, connect, create_room, join_room, path_data

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CATEGORIES = ["devtools.timeline", "blink.user_timing", "toplevel", "viz"]
COLORS = ("#1e1e24", "#e03131", "#f08c00", "#2f9e44", "#1971c2", "#9c36b5")
ROOM_A_PATH = 2400.0
"""Board units squared: a window at full size shows some five hundred of ten thousand."""
EVENT_SECONDS = 0.008

ARRIVAL = """
  const Plain = WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if ((data.byteLength ?? data.length) > 100_000) performance.mark("state");
      });
    }
  };
"""
"""Marks the arrival of a frame of the drawing; of several, the last mark counts."""

Trace = list[dict[str, Any]]


def stroke(rng: random.Random, side: float) -> str:
    """A stroke as pens leave them: some thirty curves, now handwriting, now a long line."""
    x, y, heading = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(0, math.tau)
    step, bend = rng.choice((2.5, 4.0, 7.0)), rng.uniform(-0.25, 0.25)
    d = f"M{number(x)} {number(y)}"
    for _ in range(rng.randrange(15, 45)):
        heading += bend + rng.uniform(-0.3, 0.3)
        control = x + step * math.cos(heading), y + step * math.sin(heading)
        x, y = control[0] + step * math.cos(heading + bend), control[1] + step * math.sin(heading + bend)
        d += f"Q{number(control[0])} {number(control[1])} {number(x)} {number(y)}"
    return d


def number(value: float) -> str:
    """V1's spelling of a coordinate."""
    return (
        f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0")
        if abs(value) < 0.005
        else f"{value:.2f}".rstrip("0").rstrip(".")
    )


async def fill(url: str, paths: int) -> Invitation:
    """Make a board of that many strokes."""
    rng, side = random.Random(7), math.sqrt(paths * ROOM_A_PATH)
    invitation = await create_room(url, "Filler")
    async with connect(invitation.seat) as board:
        for drawn in range(paths):
            board.draw(stroke(rng, side), color=rng.choice(COLORS), width=rng.choice((2.0, 4.0, 8.0)))
            if drawn % 500 == 499:
                await board.saved()
        await board.saved()
    return invitation


class Frames:
    """The work of a page's main thread, frame by frame, between two marks of a trace."""

    def __init__(self, trace: Trace, start: str, end: str) -> None:
        marks = {event["name"]: event for event in trace if event.get("cat", "").find("blink.user_timing") >= 0}
        self.start, self.end = marks[start]["ts"], marks[end]["ts"]
        thread = (marks[start]["pid"], marks[start]["tid"])
        own = [event for event in trace if (event.get("pid"), event.get("tid")) == thread]
        begins = sorted(event["ts"] for event in own if event["name"] == "FireAnimationFrame")
        self._begins = [ts for ts in begins if self.start <= ts <= self.end]
        tasks = [event for event in own if event["name"].endswith("RunTask") and event.get("ph") == "X"]
        shown = [event for event in trace if event["name"] == "Display::DrawAndSwap" and event.get("ph") == "X"]
        self.shown = [cpu(event) for event in shown if self.start <= event["ts"] <= self.end]
        self._tasks = outermost([event for event in tasks if event["ts"] + event["dur"] >= self.start])

    def work(self) -> list[float]:
        """Milliseconds of work in each frame, from its beginning to that of the next."""
        edges = [*self._begins, self.end]
        totals = [0.0] * (len(edges) - 1)
        at = 0
        for task in self._tasks:
            while at + 1 < len(totals) and task["ts"] >= edges[at + 1]:
                at += 1
            if edges[0] <= task["ts"] < self.end and totals:
                totals[at] += cpu(task)
        return totals

    def total(self) -> float:
        """Milliseconds of work between the marks; a task that lies across one counts as far as it lies between."""
        sums = [
            cpu(task) * (min(self.end, task["ts"] + task["dur"]) - max(self.start, task["ts"])) / (task["dur"] or 1)
            for task in self._tasks
            if task["ts"] < self.end
        ]
        return sum(sums)

    def rate(self) -> float:
        """Frames a second."""
        return len(self._begins) / (self.end - self.start) * 1e6


def cpu(event: dict[str, Any]) -> float:
    """Milliseconds that its thread computed: others on the machine count for nothing."""
    return float(event.get("tdur", event["dur"])) / 1000


def outermost(tasks: Trace) -> Trace:
    """Leave out what lies within another task."""
    kept: Trace = []
    for task in sorted(tasks, key=lambda task: (task["ts"], -task["dur"])):
        if not kept or task["ts"] >= kept[-1]["ts"] + kept[-1]["dur"]:
            kept.append(task)
    return kept


def percentile(values: list[float], part: float) -> float:
    """The value below which that part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else math.nan


async def steady(seconds: float, step: Callable[[int], Awaitable[None]]) -> None:
    """Do a step every 8 ms, as mice tell of their moves."""
    end, turn = time.monotonic() + seconds, 0
    while (now := time.monotonic()) < end:
        await step(turn)
        turn += 1
        await asyncio.sleep(max(0.0, now + EVENT_SECONDS - time.monotonic()))


async def draw(page: Page, seconds: float) -> None:
    """Draw loops, a stroke a second."""

    async def step(turn: int) -> None:
        if turn % 120 == 0:
            await page.mouse.move(200 + turn % 700, 300)
            await page.mouse.down()
        await page.mouse.move(500 + 300 * math.sin(turn / 17), 400 + 200 * math.cos(turn / 23))
        if turn % 120 == 119:
            await page.mouse.up()

    await steady(seconds, step)
    await page.mouse.up()


async def pan(page: Page, seconds: float) -> None:
    """Move over the board in a large circle."""
    await steady(seconds, lambda turn: page.mouse.wheel(25 * math.sin(turn / 60), 25 * math.cos(turn / 45)))


async def zoom(page: Page, seconds: float) -> None:
    """Zoom out and in again, with rests in which the picture becomes sharp."""
    await page.keyboard.down("Control")

    async def step(turn: int) -> None:
        if turn % 120 < 60:
            await page.mouse.wheel(0, 15 if turn % 240 < 120 else -15)

    await steady(seconds, step)
    await page.keyboard.up("Control")


async def erase(page: Page, seconds: float) -> None:
    """Wipe across the board, and take it back."""
    await page.keyboard.press("e")

    async def step(turn: int) -> None:
        if turn % 120 == 0:
            await page.mouse.down()
        await page.mouse.move(300 + turn % 120 * 5, 300 + 60 * math.sin(turn / 10))
        if turn % 120 == 119:
            await page.mouse.up()
            await page.keyboard.press("Control+z")

    await steady(seconds, step)
    await page.mouse.up()
    await page.keyboard.press("p")


async def look_on(page: Page, seconds: float) -> None:
    """Do nothing while another one draws."""
    await asyncio.sleep(seconds)


async def fit(page: Page, seconds: float) -> None:
    """The whole drawing at once, and draw on it."""
    await page.click("#zoom-fit")
    await asyncio.sleep(1.5)
    await draw(page, seconds)


async def draw_on(page: Page, seconds: float) -> None:
    """Draw one stroke all the time."""
    await page.mouse.move(500, 300)
    await page.mouse.down()
    await steady(
        seconds, lambda turn: page.mouse.move(700 + 300 * math.sin(turn / 17), 400 + 200 * math.cos(turn / 23))
    )
    await page.mouse.up()


PHASES = {
    "draw": draw,
    "draw long": draw_on,
    "pan": pan,
    "zoom": zoom,
    "erase": erase,
    "look on": look_on,
    "draw on all": fit,
}


async def somebody(invitation: Invitation, stop: asyncio.Event) -> None:
    """Another person: three strokes a second, told while they grow, in the middle of the window."""
    rng = random.Random(3)
    async with connect(await join_room(invitation.invite_url, "Busy")) as board:
        while not stop.is_set():
            points = [(rng.uniform(100, 1100), rng.uniform(100, 700))]
            for _ in range(30):
                points.append((points[-1][0] + rng.uniform(-12, 12), points[-1][1] + rng.uniform(-12, 12)))
            board.cursor(*points[-1])
            board.draw(path_data(points), color="#1971c2", width=4)
            await asyncio.sleep(0.33)


READY = "() => performance.getEntriesByName('ready')[0]?.startTime"
VISITS = 5


async def opening(browser: Browser, url: str) -> None:
    """Tell how soon somebody who enters a new board can draw."""
    times: dict[str, list[float]] = {"cold": [], "warm": []}
    for _ in range(VISITS):
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        page = await context.new_page()
        invitation = await create_room(url, "Ada")
        key = {"token": invitation.seat.token, "invite": invitation.invite_url.partition("#")[2], "name": "Ada"}
        place = f"whiteboard.room.{invitation.seat.room_id}"
        await page.goto(f"{url}/healthz")
        await page.evaluate("([at, key]) => localStorage.setItem(at, JSON.stringify(key))", [place, key])
        for found in times.values():
            await page.goto("about:blank")
            await page.goto(invitation.invite_url)
            found.append(await (await page.wait_for_function(READY)).json_value())
            await page.mouse.move(700, 400)
            await page.mouse.down()
            await page.mouse.move(760, 430)
            await page.mouse.up()
            await page.wait_for_function("whiteboard.paths().length")
        await context.close()
    cold, warm = (percentile(times[kind], 0.5) for kind in ("cold", "warm"))
    print(f"ready to draw: {cold:.0f} ms after going there (cold), {warm:.0f} ms (warm); medians of {VISITS}")


async def measure(browser: Browser, url: str, invitation: Invitation, options: argparse.Namespace) -> None:
    """Open the board and do everything that is measured."""
    context = await browser.new_context(viewport={"width": options.width, "height": options.height})
    page = await context.new_page()
    await page.goto(url)
    invite = invitation.invite_url.partition("#")[2]
    await page.evaluate(
        "([place, key]) => localStorage.setItem(place, JSON.stringify(key))",
        [
            f"whiteboard.room.{invitation.seat.room_id}",
            {"token": invitation.seat.token, "invite": invite, "name": "Ada"},
        ],
    )
    await page.add_init_script(ARRIVAL)
    await browser.start_tracing(page=page, categories=CATEGORIES)
    await page.goto(invitation.invite_url)
    while not await page.evaluate("performance.getEntriesByName('picture-whole').length"):
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    stop = asyncio.Event()
    other = asyncio.create_task(somebody(invitation, stop))
    await page.mouse.move(options.width / 2, options.height / 2)
    for name, act in PHASES.items():
        await page.evaluate("(name) => performance.mark(name)", f"{name}: start")
        await act(page, options.seconds)
        await page.evaluate("(name) => performance.mark(name)", f"{name}: end")
    stop.set()
    await other
    trace = json.loads(await browser.stop_tracing())["traceEvents"]
    if options.trace:
        options.trace.write_text(json.dumps({"traceEvents": trace}))
    tell(trace)
    await context.close()


def tell(trace: Trace) -> None:
    """Print the figures."""
    marks = {
        event["name"]: event["ts"] / 1000 for event in trace if event.get("cat", "").find("blink.user_timing") >= 0
    }
    some, whole = (marks[name] - marks["state"] for name in ("picture-first", "picture-whole"))
    first, all_of_it = (Frames(trace, "state", name).total() for name in ("picture-first", "picture-whole"))
    print(f"opening: first picture {some:.0f} ms after the drawing came ({first:.0f} ms of processor time),", end=" ")
    print(f"whole picture {whole:.0f} ms ({all_of_it:.0f} ms)")
    print("milliseconds a frame of the page's main thread | and of what puts the layers together, in place of a card")
    print(f"{'':12} {'frames/s':>9} {'median':>8} {'p95':>8} {'worst':>8} {'| median':>10} {'p95':>8}")
    for name in PHASES:
        frames = Frames(trace, f"{name}: start", f"{name}: end")
        work = frames.work()
        figures = (percentile(work, 0.5), percentile(work, 0.95), max(work, default=math.nan))
        layers = (percentile(frames.shown, 0.5), percentile(frames.shown, 0.95))
        own, others = ("".join(f" {value:8.1f}" for value in values) for values in (figures, layers))
        print(f"{name:12} {frames.rate():9.0f}{own}  |{others}")


async def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6, help="for each of the things that are done")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--trace", type=Path, help="a file for the trace, to be looked at in chrome://tracing")
    options = parser.parse_args()
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not program:
        sys.exit("There is no Chromium here.")
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server:
        began = time.monotonic()
        invitation = await fill(server.url, options.paths)
        took = time.monotonic() - began
        print(f"{options.paths} paths, drawn in {took:.0f} s; window {options.width} by {options.height}")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
            print(f"Chromium {browser.version}")
            await opening(browser, server.url)
            await measure(browser, server.url, invitation, options)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
