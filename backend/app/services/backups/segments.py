"""What a segment is called, and what frames its rows.

A file gets its name only after it was read back and found whole, so whatever bears one is a backup; what was begun and
not finished ends in `.tmp`, and is litter.
"""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

FORMAT = 1
LEVELS = ("minute", "hour", "day", "base")
SUFFIX = ".jsonl.gz"
LITTER = ".tmp"

_NAME = re.compile(rf"({'|'.join(LEVELS)})-(\d+)-(\d+)-(\d+){re.escape(SUFFIX)}")


class DamagedError(Exception):
    """A segment that is not what it was when it was written; the message says which and why."""


class Header(Struct, tag_field="whiteboard", tag="backup", frozen=True):
    """The first line: the rows whose number of change is above `start` and up to `end`, of a database at `time`.

    The base that begins a chain is read while people draw: some of its rows are newer, and are in the next segment too.
    """

    format: int
    database: str
    level: str
    start: int
    end: int
    time: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.level}-{self.start}-{self.end}-{self.time}{SUFFIX}"


class Footer(Struct, tag_field="whiteboard", tag="end", frozen=True):
    """The last line: how many rows, and the SHA-256 of every byte before it."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """What a file's name tells. `time`: the moment whose state it completes, in milliseconds since 1970."""

    level: str
    start: int
    end: int
    time: int
    bytes: int
    path: Path = field(compare=False)

    def covers(self, other: "Segment") -> bool:
        """Tell whether everything in the other one is in this one too."""
        return self != other and self.start <= other.start and other.end <= self.end


def parse(path: Path) -> Segment | None:
    """Read a segment's name, and its size; None for another file, or one that is gone meanwhile."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    try:
        return Segment(match[1], int(match[2]), int(match[3]), int(match[4]), path.stat().st_size, path)
    except FileNotFoundError:
        return None


@dataclass(slots=True)
class Pace:
    """Rests `rest` seconds for each second of work, so that what is live has the machine for itself in between."""

    rest: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def breathe(self) -> None:
        """Rest for the work that was done since the last call."""
        if self.rest:
            time.sleep(min(1.0, self.rest * (time.monotonic() - self._since)))
            self._since = time.monotonic()
