"""From a recorded life of the store to the moments in it at which the power may go."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from power_disk import Disk, Image
from power_reference import Found, Ledger, Line, copies
from power_strace import DISK, NAMES, Call, read_calls, traced
from power_workload import Job

NAME = "whiteboard.db"
SECONDS = 120


@dataclass(frozen=True)
class Life:
    """What processes did to the files of a directory, from a start to an end, and what they told meanwhile.

    `image` is what they found there, and `base` what that holds.
    """

    directory: Path
    calls: list[Call]
    lines: list[Line]
    image: Image
    base: Found


def record(directory: Path, job: Job, image: Image | None = None, base: Found | None = None) -> Life:
    """Let a job run under strace, on the files of an image."""
    data = directory.resolve() / "data"
    told = directory.resolve() / "told"
    data.mkdir(parents=True)
    for name, content in (image or {}).items():
        (data / name).write_bytes(content)
    job = replace(job, url=f"sqlite:///{data / NAME}", told=str(told))
    script = str(Path(__file__).with_name("power_workload.py"))
    command = (*traced(directory / "trace", f"{DISK},{NAMES}"), sys.executable, script, json.dumps(asdict(job)))
    subprocess.run(command, check=True, timeout=SECONDS)
    with (directory / "trace").open() as lines:
        calls = [call for call in read_calls(lines) if call.path.startswith((str(data), str(told)))]
    (directory / "trace").unlink()  # tens of megabytes
    said = [json.loads(call.data) for call in calls if is_line(call)]
    return Life(data, calls, said, image or {}, base or {})


def is_line(call: Call) -> bool:
    """Is it something told?"""
    return call.name == "write" and call.path.endswith("/told")


class Replay:
    """Goes through a life again, step by step: the beginning and the end of every call is one."""

    def __init__(self, life: Life, disk: Disk | None = None) -> None:
        self.disk = disk or Disk(life.directory, life.image)
        self.ledgers = {stream: Ledger(rooms) for stream, rooms in copies(life.base).items()}
        self.shown = False
        beginnings = [(call.begun, 0, call) for call in life.calls]
        endings = [(call.ended, 1, call) for call in life.calls]
        self.steps = sorted(beginnings + endings, key=lambda step: step[:2])
        self._lines = iter(life.lines)
        self._made: dict[str, dict[int, Line]] = {}
        for line in life.lines:
            self.ledgers.setdefault(line["stream"], Ledger({}))
            if "made" in line:
                self._made.setdefault(line["stream"], {})[line["n"]] = line["made"]

    def stops(self, places: Iterable[int]) -> Iterator[int]:
        """Stop before each of these steps, given in rising order."""
        at = 0
        for place in places:
            for _, ended, call in self.steps[at:place]:
                self._step(call, ended=bool(ended))
            at = place
            yield place

    def _step(self, call: Call, *, ended: bool) -> None:
        if is_line(call):
            if not ended:
                self._hear(next(self._lines))
        elif ended:
            self.disk.end(call)
        else:
            self.disk.begin(call)

    def _hear(self, line: Line) -> None:
        self.shown |= "shown" in line
        self.ledgers[line["stream"]].hear(line, self._made.get(line["stream"], {}))
