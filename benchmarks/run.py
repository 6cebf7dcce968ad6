"""How much the server carries, beside a bare relay measured in the same run: `benchmarks/run.py [--full] [CASE…]`.

`make bench` runs the short form, `make bench-full` the long one. The server has one core and the load another; both
are on this machine. The figures go to benchmarks/results/, as JSON, as a table and as a picture.
"""
# ruff: noqa: T201 - figures for people

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import cases
from bench.plot import plot
from bench.report import Report
from bench.servers import LOAD_CORE, product
from bench.workers import workers

RESULTS = Path(__file__).parent / "results"
Case = Callable[[Report, Path, float], None]


def room(people: int, drawing: int) -> Case:
    """One room."""

    def run(report: Report, directory: Path, seconds: float) -> None:
        name = f"one room: {people:,} people, {drawing} drawing"
        cases.crowd(report, directory, name, cases.one_room(people), drawing, seconds)

    return run


def many(report: Report, directory: Path, seconds: float) -> None:
    """Many small rooms."""
    rooms = cases.many_rooms(500, 5)
    cases.crowd(report, directory, "500 rooms of 5, 2 drawing in each", rooms, 1000, seconds, p99=250, share=90)


def among_sleepers(report: Report, directory: Path, seconds: float) -> None:
    """The same with 100,000 more that sleep."""
    with product(directory) as target:
        cases.make_room(target)
    cases.asleep(directory, 100_000)
    name = "500 rooms of 5, and 100,000 that sleep"
    cases.crowd(report, directory, name, cases.many_rooms(500, 5), 1000, seconds, p99=250, share=90)


SHORT: dict[str, Case] = {
    "room-1000-10": room(1000, 10),
    "room-1000-100": room(1000, 100),
    "room-300-300": room(300, 300),
    "room-4000-10": room(4000, 10),
    "many": many,
    "join-10000": lambda report, directory, _: cases.joins(report, directory, 10_000, 30, 1, storm=200),
    "cold": lambda report, directory, _: cases.cold(report, directory),
    "join-50000": lambda report, directory, _: cases.joins(report, directory, 50_000, 120, 5),
    "memory": lambda report, directory, _: cases.memory(report, directory, 5000),
}
FULL: dict[str, Case] = SHORT | {
    "sleepers": among_sleepers,
    "flat": lambda report, directory, _: cases.flat(report, directory, 100_000),
    "workers": workers,
}


def main() -> None:
    """Run the cases, and save what they told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", help=f"of {', '.join(FULL)}")
    parser.add_argument("--full", action="store_true", help="all cases, each for longer")
    given = parser.parse_args()
    if unknown := set(given.case) - FULL.keys():
        parser.error(f"no such case: {', '.join(unknown)}")
    if (os.cpu_count() or 1) < 2:
        sys.exit("Two cores are needed: one for the server and one for the load.")
    os.sched_setaffinity(0, {LOAD_CORE})
    report = Report()
    for name in given.case or (FULL if given.full else SHORT):
        with tempfile.TemporaryDirectory(prefix="whiteboard-bench-") as directory:
            FULL[name](report, Path(directory), 20.0 if given.full else 8.0)
    if not given.case:
        report.save(RESULTS, "full" if given.full else "short")
        plot(report, RESULTS)
    missed = [each for each in report.figures if each.held is False]
    print(f"\n{len(report.figures)} figures, {len(missed)} aims missed")


if __name__ == "__main__":
    main()
