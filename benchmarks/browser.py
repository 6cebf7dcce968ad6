"""What the web client costs the browser: `.venv/bin/python benchmarks/browser.py`, under 5 minutes.

Opens boards in a Chromium without a window, does there what people do, alone and among others, and tells from
Chromium's own trace the processor time that each frame takes: script, layout and painting of the page, the canvas's own
included (`page/trace.py`). Chromium runs without a graphics card here, so what a card would do is part of the work.
`--only bulk` (or `enter`, `10000`, `50000`, `people`, `slow`, `idle`) does one part; all go to
`results/browser.md`.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "tests"))

from bench.report import Report
from page import acts
from page.drawing import fill
from page.entering import enter
from page.measuring import Visit, Window, visit
from page.people import People
from page.trace import Span, percentile
from server_process import ServerProcess

from whiteboard_client import Invitation

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FRAME, LARGE_FRAME = 16.7, 33.0
"""Milliseconds: p95 of a frame's work on boards of 10,000 and of 50,000 paths."""
FIRST_PICTURE, LONGEST_TASK, INTERACTIVE = 500, 100, 1000
AMONG_TEN = {
    "look on": acts.look_on,
    "draw": acts.draw,
    "draw one long stroke": acts.draw_long,
    "pan": acts.pan,
    "zoom": acts.zoom,
    "erase": acts.erase,
    "move a selection": acts.move,
    "draw on the whole drawing": acts.draw_on_all,
}
BULK = {
    "select all": lambda page: acts.press(page, "Control+a"),
    "recolour": lambda page: acts.press(page, "3"),
    "move": acts.drag_all,
    "undo the move": lambda page: acts.press(page, "Control+z"),
    "duplicate": lambda page: acts.press(page, "Control+d"),
    "delete": lambda page: acts.press(page, "Delete"),
    "clear": acts.clear,
    "undo the clear": lambda page: acts.press(page, "Control+z"),
}


class Bench:
    """Measures one thing after the other, with one server and one browser."""

    def __init__(self, url: str, browser: Browser, report: Report, seconds: float) -> None:
        self._url = url
        self._browser = browser
        self._report = report
        self._seconds = seconds

    async def enter(self) -> None:
        """An empty board, from going there until one can draw."""
        self._report.case("an empty board, until one can draw")
        cold, warm = await enter(self._browser, self._url)
        self._report.tell("nothing kept by the browser", cold, "ms", INTERACTIVE)
        self._report.tell("after an earlier visit", warm, "ms", INTERACTIVE)

    async def board(self, paths: int, aim: float) -> None:
        """What people do on a board of so many paths: first alone, then while ten others draw."""
        self._report.case(f"{paths:,} paths")
        invitation = await fill(self._url, paths)
        async with self._visit(invitation, Window()) as here:
            await here.act("draw", acts.draw, self._seconds)
            async with People(invitation, 10, 10, 10):
                for name, act in AMONG_TEN.items():
                    await here.act(f"{name}, ten others draw", act, self._seconds)
            heap, canvases = await here.memory()
        self._opening(here)
        self._frames("draw", here.trace.span("draw"), aim)
        for name in AMONG_TEN:
            self._frames(name + ", ten others draw", here.trace.span(f"{name}, ten others draw"), aim)
        self._report.tell("memory of the scripts", heap, "MB")
        self._report.tell("memory of the canvases", canvases, "MB")

    async def people(self, count: int) -> None:
        """What it is to be one of many."""
        self._report.case(f"{count} people, 50 cursors move, 10 draw, 10,000 paths")
        invitation = await fill(self._url, 10_000)
        async with People(invitation, count - 1, 50, 10), self._visit(invitation, Window()) as here:
            for name, act in {"look on": acts.look_on, "draw": acts.draw, "pan": acts.pan}.items():
                await here.act(name, act, self._seconds)
        for name in ("look on", "draw", "pan"):
            self._frames(name, here.trace.span(name), FRAME)

    async def slow(self) -> None:
        """A processor of a quarter of the speed, as phones have."""
        self._report.case("10,000 paths, a processor 4 times slower, ten others draw")
        invitation = await fill(self._url, 10_000)
        window = Window(390, 844, slower=4)
        async with People(invitation, 10, 10, 10), self._visit(invitation, window) as here:
            for name, act in {"draw": acts.draw, "pan": acts.pan, "zoom": acts.zoom}.items():
                await here.act(name, act, self._seconds)
        self._opening(here, aimed=False)
        for name in ("draw", "pan", "zoom"):
            span = here.trace.span(name)
            self._frames(name, span, None)
            self._report.tell(f"{name}: frames a second", span.rate, "")

    async def bulk(self, paths: int) -> None:
        """Acts on everything at once."""
        self._report.case(f"all of {paths:,} paths at once")
        invitation = await fill(self._url, paths)
        async with self._visit(invitation, Window()) as here:
            await here.page.keyboard.press("Shift+Digit1")
            await acts.settled(here.page)
            for name, act in BULK.items():
                await here.once(name, act)
        for name in BULK:
            span = here.trace.span(name)
            self._report.tell(f"{name}: longest task", span.longest, "ms", LONGEST_TASK)
            self._report.tell(f"{name}: all work of the page", span.total, "ms")
            self._report.tell(f"{name}: until saved and shown", span.seconds - 0.5, "s")

    async def idle(self) -> None:
        """A page that is left alone."""
        self._report.case("a page that nobody touches, 10,000 paths")
        invitation = await fill(self._url, 10_000)
        async with self._visit(invitation, Window()) as here:
            await asyncio.sleep(8)
            await here.act("idle", acts.look_on, 10)
        span = here.trace.span("idle")
        self._report.tell("frames in 10 s", len(span.frames), "", 0)
        self._report.tell("work of the page in 10 s", span.total, "ms", 10)

    @contextlib.asynccontextmanager
    async def _visit(self, invitation: Invitation, window: Window) -> AsyncIterator[Visit]:
        here = await visit(self._browser, invitation, window)
        try:
            yield here
        finally:
            await here.end()

    def _opening(self, here: Visit, *, aimed: bool = True) -> None:
        trace = here.trace
        for name, words in (("picture-first", "first picture"), ("picture-whole", "all in the window")):
            took = (trace.marks[name] - trace.marks["state"]) / 1000
            aim = FIRST_PICTURE if aimed and name == "picture-first" else None
            self._report.tell(f"{words} after the drawing came", took, "ms", aim)

    def _frames(self, name: str, span: Span, aim: float | None) -> None:
        self._report.tell(f"{name}: work a frame, p95", percentile(span.work(), 0.95), "ms", aim)
        self._report.tell(f"{name}: … of the main thread alone, median", percentile(span.script(), 0.5), "ms")
        self._report.tell(f"{name}: … the longest frame", max(span.work(), default=0), "ms")


async def measure(only: list[str], seconds: float) -> Report:
    """Measure all, or some."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not program:
        sys.exit("There is no Chromium here.")
    report = Report()
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder), SETTINGS) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
            report.case(f"Chromium {browser.version}")
            bench = Bench(server.url, browser, report, seconds)
            parts = {
                "enter": bench.enter,
                "10000": lambda: bench.board(10_000, FRAME),
                "50000": lambda: bench.board(50_000, LARGE_FRAME),
                "people": lambda: bench.people(500),
                "slow": bench.slow,
                "bulk": lambda: bench.bulk(10_000),
                "idle": bench.idle,
            }
            for name in only or parts:
                await parts[name]()
            await browser.close()
    return report


SETTINGS = {"WHITEBOARD_ROOMS_PER_ADDRESS": "0", "WHITEBOARD_LOG_LEVEL": "info"}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="a part of it, perhaps several times")
    parser.add_argument("--seconds", type=float, default=4, help="for each of the things that are done")
    options = parser.parse_args()
    report = asyncio.run(measure(options.only, options.seconds))
    if not options.only:
        report.save(Path(__file__).parent / "results", "browser")


if __name__ == "__main__":
    main()
