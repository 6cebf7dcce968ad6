"""What drawing people feel of an import: `python benchmarks/svg_import.py`.

Some people draw on boards of their own, ten strokes a second each, and each stroke's time until its acknowledgement is
taken. In turn nothing else is done for a while, and a file of 4 MB with 30,000 elements is imported. Printed is the
99th percentile of both, and their ratio: both are of one run on one machine.
"""
# ruff: noqa: T201 - figures for people

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "backend" / "tests"))

from server_process import ServerProcess

from whiteboard_client import connect, create_room, path_data

PEOPLE = 10
ROUNDS = 6
QUIET_SECONDS = 5.0
ELEMENTS = 30_000


def drawing() -> bytes:
    """About 4 MB: as many groups as paths, each path of three curves."""
    curve = "c1.25 2.5 3.75 4.5 5.25 6.125" * 3
    pair = f'<g transform="translate(3.5 4.25)"><path d="M{{0}} {{1}}{curve}" stroke="#123456" stroke-width="1.5"/></g>'
    body = "".join(pair.format(n % 1000, n // 10) + " " * 70 for n in range(ELEMENTS // 2))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2000 2000" fill="none">{body}</svg>'.encode()


async def draw(url: str, took: dict[bool, list[float]], state: dict[str, bool]) -> None:
    """Draw on a board of one's own until told to stop."""
    made = await create_room(url, "Ada")
    async with connect(made.seat) as board:
        while not state["over"]:
            during, began = state["importing"], time.perf_counter()
            board.draw(path_data([(0, 0), (10.5, 20)]))
            await board.saved()
            if during == state["importing"]:
                took[during].append(time.perf_counter() - began)
            await asyncio.sleep(0.1)


async def measure(url: str) -> None:
    """Draw, import in between, and tell."""
    took: dict[bool, list[float]] = {False: [], True: []}
    state = {"importing": False, "over": False}
    people = [asyncio.create_task(draw(url, took, state)) for _ in range(PEOPLE)]
    file, seconds = drawing(), []
    await asyncio.sleep(2)
    took[False].clear()
    for _ in range(ROUNDS):
        await asyncio.sleep(QUIET_SECONDS)
        state["importing"], began = True, time.perf_counter()
        process = await asyncio.create_subprocess_exec(  # who sends a file does so from elsewhere
            sys.executable, __file__, "--send", url, stdin=asyncio.subprocess.PIPE
        )
        await process.communicate(file)
        seconds.append(time.perf_counter() - began)
        state["importing"] = False
    state["over"] = True
    await asyncio.gather(*people)
    quiet, busy = (statistics.quantiles(took[during], n=100)[98] * 1000 for during in (False, True))
    print(f"{len(file) / 1e6:.1f} MB, {ELEMENTS} elements: imported in {statistics.median(seconds):.1f} s")
    print(f"p99 of {PEOPLE} people: {quiet:.0f} ms, while importing {busy:.0f} ms: x {busy / quiet:.2f}")


async def send(url: str) -> None:
    """Import what comes on standard input."""
    await create_room(url, "Import", sys.stdin.buffer.read())


def main() -> None:
    """Measure against a server of one's own."""
    if sys.argv[1:2] == ["--send"]:
        asyncio.run(send(sys.argv[2]))
        return
    settings = {"WHITEBOARD_ROOMS_PER_ADDRESS": "0", "WHITEBOARD_SVG_SECONDS": "60"}
    with tempfile.TemporaryDirectory() as place, ServerProcess(Path(place) / "data", settings) as server:
        asyncio.run(measure(server.url))


if __name__ == "__main__":
    main()
