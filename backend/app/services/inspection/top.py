"""`whiteboard top`: the figures of one or several servers, as they go."""

import select
import sys
import termios
import time
import tty
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.services.inspection.samples import Sample, rate, take
from app.services.inspection.top_rows import ROWS, Cell, Watch

FIRST_SECONDS = 1.0
"""Between the two readings that a board which is shown once is made of."""
HISTORY = 40


class Top:
    """Takes readings of servers, and makes the board of them."""

    def __init__(self, urls: list[str], token: str | None) -> None:
        self._token = token
        self._threads = ThreadPoolExecutor(len(urls))
        self._watches = [Watch(url, Sample(0.0), Sample(0.0), deque(maxlen=HISTORY)) for url in urls]

    def look(self) -> None:
        """Take a reading of each, all at once."""
        samples = self._threads.map(lambda watch: take(watch.url, self._token), self._watches)
        for watch, sample in zip(self._watches, samples, strict=True):
            watch.before, watch.now = watch.now, sample
            watch.ops.append(rate(watch.before, watch.now, "whiteboard_ops_total", stage="received") or 0.0)

    @property
    def answered(self) -> bool:
        """Has any told its figures?"""
        return any(not watch.now.trouble for watch in self._watches)

    def board(self) -> Table:
        """A column for each server."""
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("whiteboard top", style="dim", no_wrap=True)
        for watch in self._watches:
            table.add_column(watch.url.removeprefix("http://").removeprefix("https://"), no_wrap=True)
        for name, cell in ROWS if self.answered else ROWS[:1]:
            table.add_row(name, *(self._cell(cell, watch, name) for watch in self._watches))
        return table

    def _cell(self, cell: Callable[[Watch], Cell], watch: Watch, name: str) -> Cell:
        if watch.now.trouble:
            return Text(f"no figures: {watch.now.trouble}", "bold red") if name == ROWS[0][0] else ""
        return cell(watch)


def watch_live(top: Top, interval: float, console: Console) -> None:
    """Show the board, anew after each interval, until q or Ctrl-C."""
    top.look()
    with keys() as pressed, Live(top.board(), console=console, screen=console.is_terminal, auto_refresh=False) as live:
        while not pressed(interval):
            top.look()
            live.update(Group(top.board(), Text("q ends", "dim")), refresh=True)


def show_once(top: Top, console: Console) -> None:
    """Show the board of one second."""
    top.look()
    time.sleep(FIRST_SECONDS)
    top.look()
    console.print(top.board())


@contextmanager
def keys() -> Iterator[Callable[[float], bool]]:
    """Give what waits so many seconds for the key q, and tells whether it came."""
    if not sys.stdin.isatty():
        yield _never_within
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield _q_within
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _never_within(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _q_within(seconds: float) -> bool:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], left)[0] and sys.stdin.read(1) in ("q", "Q", ""):
            return True
    return False
