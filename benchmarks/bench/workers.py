"""Does a second worker carry a second core's worth of rooms?

The load needs a core itself, and there may be only two. So each worker is given a part of a core (a quota of its
control group, as root on Linux), and the rooms are counted that one and two of them carry.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvloop

from bench.crowd import Measured, make_room, measure
from bench.report import Report
from bench.servers import Target, family, product

PEOPLE, DRAWING = 5, 2
SHARE = 0.4
"""Of a core, for each worker."""
MOST_MS = 250.0
TURNS = 3
FIRST, STEP = 50, 1.15
AIM = 1.7
PERIOD_US = 10_000
GROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
"""Of version 1, and of version 2."""


def workers(report: Report, directory: Path, seconds: float) -> None:
    """What a room costs with one and two workers, and how many they carry."""
    report.case(f"workers: rooms of {PEOPLE}, {DRAWING} drawing in each")
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    costs: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(TURNS):
        for count, seen in costs.items():
            with served(directory / f"cost-{count}-{turn}", count) as target:
                got = crowd(target, FIRST * count, seconds)
            seen.append((got.server + got.redis) * got.seconds / got.frames)
    one, two = min(costs[1]), min(costs[2])
    report.tell(f"CPU a delivered frame, one at {FIRST} rooms, least of {TURNS} turns", one * 1e6, "us")
    report.tell(f"CPU a delivered frame, two at {FIRST} rooms each", two * 1e6, "us")
    report.tell("… of two, as a multiple of one's", two / one, "", 2 / AIM)
    if not can_limit():
        report.tell("rooms carried: skipped, for no control group can be made here", float("nan"), "")
        return
    single = carried(directory, 1, FIRST, seconds)
    double = carried(directory, 2, max(FIRST, int(single * AIM / STEP)), seconds)
    report.tell(f"rooms that one carries with {SHARE:.0%} of a core, p99 within {MOST_MS:g} ms", single, "")
    report.tell("rooms that two carry with so much each", double, "")
    report.tell("… one's rooms for each of two's", single / double if double else float("inf"), "", 1 / AIM)


def crowd(target: Target, rooms: int, seconds: float) -> Measured:
    """People in so many rooms."""
    places = [place for number in range(rooms) for place in [make_room(target, number)] * PEOPLE]
    return uvloop.run(measure(target, places, rooms * DRAWING, seconds))


def carried(directory: Path, count: int, rooms: int, seconds: float) -> int:
    """The most rooms that so many workers carry: one step less than the first number that they do not."""
    most = 0
    while carries(directory / f"{count}-{rooms}", count, rooms, seconds):
        most, rooms = rooms, int(rooms * STEP)
    return most


def carries(directory: Path, count: int, rooms: int, seconds: float) -> bool:
    """Is everything in time?"""
    with served(directory, count) as target, limited(target, count):
        got = crowd(target, rooms, seconds)
    late = {kind: times[int(0.99 * len(times))] * 1000 if times else float("inf") for kind, times in got.seen.items()}
    print(f"    {count} with {rooms} rooms: p99 {late}, load {got.load:.0%} of a core", flush=True)  # noqa: T201
    return not got.lost and max(late.values()) <= MOST_MS


@contextlib.contextmanager
def served(directory: Path, count: int) -> Iterator[Target]:
    """A server with so many workers, on any core."""
    settings: Mapping[str, str] = {"WHITEBOARD_WORKERS": str(count)}
    with product(directory, settings, cores=set(range(os.cpu_count() or 1))) as target:
        yield target


# Control groups.


def can_limit() -> bool:
    """May this process make groups with a quota?"""
    try:
        with group(_root(), 1.0):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def limited(target: Target, count: int) -> Iterator[None]:
    """Give each worker its share, and all together so many shares: Redis and whatever else there is take of these."""
    processes = family(target.pid)
    ours = processes[:1] if count == 1 else [pid for pid in processes if _parent(pid) == target.pid]
    with contextlib.ExitStack() as stack:
        every = stack.enter_context(group(_root(), SHARE * count))
        if _version() == 2:
            (every / "cgroup.subtree_control").write_text("+cpu")
        rest = stack.enter_context(group(every, SHARE * count))
        for pid in processes:
            (rest / "cgroup.procs").write_text(str(pid))
        for pid in ours:
            (stack.enter_context(group(every, SHARE)) / "cgroup.procs").write_text(str(pid))
        stack.callback(_release, processes)
        yield


def _release(processes: list[int]) -> None:
    for pid in processes:
        with contextlib.suppress(OSError):
            (_root() / "cgroup.procs").write_text(str(pid))


@contextlib.contextmanager
def group(above: Path, share: float) -> Iterator[Path]:
    """A group whose processes may take that part of a core, in all."""
    made = above / f"whiteboard-{uuid.uuid4().hex[:8]}"
    made.mkdir()
    try:
        if _version() == 1:
            (made / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (made / "cpu.cfs_quota_us").write_text(str(int(PERIOD_US * share)))
        else:
            (made / "cpu.max").write_text(f"{int(PERIOD_US * share)} {PERIOD_US}")
        yield made
    finally:
        made.rmdir()


def _version() -> int:
    return 1 if (GROUPS[0] / "cpu.cfs_quota_us").exists() else 2


def _root() -> Path:
    """Where groups are made: of version 1, below this process's own."""
    if _version() == 2:
        return GROUPS[1]
    own = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.split(":")[1] == "cpu")
    return GROUPS[0] / own.split(":")[2].strip("/")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
