"""What `whiteboard top` shows of a server, from top to bottom."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text

from app.services.inspection.samples import Sample, quantile, rate

BARS = " ▁▂▃▄▅▆▇█"
LATE_SECONDS = 0.1
OLD_BACKUP_SECONDS = 360.0
UNKNOWN = "-"
FILES = "whiteboard_database_bytes"

Cell = str | Text


@dataclass(slots=True)
class Watch:
    """A server, its last two readings, and how many ops it took in a second before."""

    url: str
    before: Sample
    now: Sample
    ops: deque[float]


def number(name: str, **labels: str) -> Callable[[Watch], Cell]:
    """A gauge."""

    def cell(watch: Watch) -> Cell:
        value = watch.now.sum(f"whiteboard_{name}", **labels)
        return UNKNOWN if value is None else f"{value:,.0f}"

    return cell


def greatest(name: str) -> Callable[[Watch], Cell]:
    """A gauge, of the worker where it is greatest."""

    def cell(watch: Watch) -> Cell:
        value = watch.now.most(f"whiteboard_{name}")
        return UNKNOWN if value is None else f"{value:,.0f}"

    return cell


def pace(name: str, **labels: str) -> Callable[[Watch], Cell]:
    """What a counter grows by in a second."""

    def cell(watch: Watch) -> Cell:
        value = rate(watch.before, watch.now, f"whiteboard_{name}", **labels)
        return UNKNOWN if value is None else f"{value:,.1f}"

    return cell


def both(one: Callable[[Watch], Cell], other: Callable[[Watch], Cell], between: str = " / ") -> Callable[[Watch], Cell]:
    """Two in one row."""
    return lambda watch: Text.assemble(one(watch), between, other(watch))


def delay(name: str) -> Callable[[Watch], Cell]:
    """Half of the times, and 99 of 100, were below these."""

    def cell(watch: Watch) -> Cell:
        middle, worst = (quantile(watch.before, watch.now, f"whiteboard_{name}", part) for part in (0.5, 0.99))
        if middle is None or worst is None:
            return UNKNOWN
        return Text(f"{middle * 1000:,.1f} / {worst * 1000:,.1f} ms", "yellow" if worst > LATE_SECONDS else "")

    return cell


def size(name: str, **labels: str) -> Callable[[Watch], Cell]:
    """Bytes."""

    def cell(watch: Watch) -> Cell:
        value = watch.now.sum(name, **labels)
        if value is None:
            return UNKNOWN
        return f"{value / 1e9:,.1f} GB" if value >= 1e9 else f"{value / 1e6:,.1f} MB"

    return cell


def health(name: str, well: str, ill: str) -> Callable[[Watch], Cell]:
    """1 is well."""

    def cell(watch: Watch) -> Cell:
        return Text(well, "green") if watch.now.least(f"whiteboard_{name}") else Text(ill, "bold red")

    return cell


def version(watch: Watch) -> Cell:
    """What runs, and for how long."""
    began = watch.now.least("process_start_time_seconds")
    seconds = int(time.time() - began) if began else 0
    hours, minutes = divmod(seconds // 60, 60)
    return f"{watch.now.label('whiteboard_build_info', 'version')}, up {hours}:{minutes:02}:{seconds % 60:02}"


def workers(watch: Watch) -> Cell:
    """How many processes share the work, and whether all of them do."""
    expected, up = watch.now.sum("whiteboard_workers"), watch.now.sum("whiteboard_workers_up")
    if expected is None or up is None:
        return "1"
    return Text(f"{up:.0f} of {expected:.0f}", "green" if up == expected else "bold red")


def sparks(watch: Watch) -> Cell:
    """The last ops a second as bars."""
    most = max(watch.ops, default=0.0) or 1.0
    return Text("".join(BARS[round(each / most * (len(BARS) - 1))] for each in watch.ops), "cyan")


def backup(watch: Watch) -> Cell:
    """The age of the newest one."""
    age = watch.now.sum("whiteboard_backup_age_seconds")
    if not watch.now.sum("whiteboard_backup_ok"):
        return Text("FAILING", "bold red")
    return "none yet" if age is None else Text(f"{age:,.0f} s ago", "yellow" if age > OLD_BACKUP_SECONDS else "green")


def processor(watch: Watch) -> Cell:
    """Parts of a core."""
    used = rate(watch.before, watch.now, "process_cpu_seconds_total")
    return UNKNOWN if used is None else f"{used:.0%}"


def refusals(watch: Watch) -> Cell:
    """What was refused meanwhile, in all."""
    value = rate(watch.before, watch.now, "whiteboard_refused_total")
    return UNKNOWN if value is None else Text(f"{value:,.1f}", "yellow" if value else "")


ROWS: list[tuple[str, Callable[[Watch], Cell]]] = [
    ("version", version),
    ("workers", workers),
    ("people (not in a room yet)", both(number("connections"), number("connections_without_hello"), " + ")),
    ("rooms open / live / asleep", both(both(number("rooms_open"), number("rooms_live")), number("rooms_asleep"))),
    ("ops in / committed a second", both(pace("ops_total", stage="received"), pace("ops_total", stage="committed"))),
    ("", sparks),
    ("frames in / out a second", both(pace("frames_total", direction="in"), pace("frames_total", direction="out"))),
    ("refused a second", refusals),
    ("frames behind: all / slowest", both(number("outbox_frames"), greatest("outbox_frames_max"))),
    ("tick lag, p50 / p99", delay("tick_lag_seconds")),
    ("commit, p50 / p99", delay("commit_seconds")),
    ("Redis, p50 / p99", delay("redis_seconds")),
    ("event loop lag, p50 / p99", delay("loop_lag_seconds")),
    ("saving", health("storage_up", "yes", "NO: commits fail")),
    ("Redis", health("redis_up", "yes", "AWAY")),
    ("last good backup", backup),
    ("CPU of a core", processor),
    ("memory", size("process_resident_memory_bytes")),
    (
        "database + log",
        both(size(FILES, file="database"), size(FILES, file="wal"), " + "),
    ),
    ("disk free", size("whiteboard_disk_free_bytes")),
]
"""What is shown, from top to bottom."""
