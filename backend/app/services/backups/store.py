"""The directory of backups: its chains, and whose turn it is to write in it."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from app.core.config import sync_directory
from app.core.errors import StartError
from app.services.backups.chains import Chain, Point, points_of
from app.services.backups.segments import LITTER, Segment, parse

DAMAGED = ".damaged"
TURN_SECONDS = 0.05


class Store:
    """`backups` in the data directory. Chains are only read outside of `turn`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current = path / "current"

    def chains(self) -> list[Chain]:
        """Every chain that holds something, in the order in which they began."""
        found = [_chain(path) for path in self._directories()]
        return sorted((each for each in found if each and each.segments), key=lambda each: each.started)

    def points(self) -> list[Point]:
        """Everything that can be restored, oldest first."""
        return points_of(self.chains())

    def active(self, database: str, number: int) -> Chain | None:
        """The chain to go on with: the newest one, if it is of this database, has no gap, and is not ahead of it."""
        chains = self.chains()
        if chains and chains[-1].database == database and chains[-1].end <= number and chains[-1].whole:
            return chains[-1]
        return None

    def begin(self, database: str, now: int) -> Path:
        """Make the directory of a new chain."""
        path = self.path / f"{now}-{database}"
        path.mkdir(mode=0o700, exist_ok=True)
        sync_directory(self.path)
        return path

    def remove(self, chain: Chain) -> None:
        """Remove a whole chain."""
        shutil.rmtree(chain.path)

    def set_aside(self, segment: Segment) -> None:
        """Take a damaged segment out: what needs it is not listed any more, and a new chain begins if that matters."""
        segment.path.rename(segment.path.with_name(segment.path.name + DAMAGED))
        sync_directory(segment.path.parent)

    @property
    def bytes(self) -> int:
        """What everything takes on the disk."""
        return sum(_size(file) for directory in self._directories() for file in _files(directory))

    @property
    def current(self) -> float | None:
        """When the newest backup was last known to have everything (seconds since 1970); None if there is none."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return self._current.stat().st_mtime
        return None

    def mark_current(self, at_ms: int) -> None:
        """Note that the newest backup had everything at that moment."""
        self._current.touch(mode=0o600)
        os.utime(self._current, (at_ms / 1000, at_ms / 1000))

    @contextlib.contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Be the only one to write while the block runs, in every process; StartError if it takes too long to begin.

        The litter of a process that was killed in its turn is swept.
        """
        with self.lock("turn.lock", seconds) as mine:
            if not mine:
                raise StartError("Another backup or restore is under way: try again later.")
            self._sweep()
            yield

    @contextlib.contextmanager
    def lock(self, name: str, seconds: float = 0) -> Iterator[bool]:
        """Hold a lock file while the block runs; False if another process has it still after that time."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        end = time.monotonic() + seconds
        with (self.path / name).open("ab") as file:
            while not (mine := _locked(file.fileno())) and time.monotonic() < end:
                time.sleep(TURN_SECONDS)
            yield mine

    def _sweep(self) -> None:
        for directory in self._directories():
            for draft in directory.glob(f"*{LITTER}"):
                draft.unlink()
            with contextlib.suppress(OSError):  # only an empty one can be removed
                directory.rmdir()

    def _directories(self) -> list[Path]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return [path for path in self.path.iterdir() if path.is_dir()]
        return []


def _chain(path: Path) -> Chain | None:
    started, _, database = path.name.partition("-")
    try:
        segments = tuple(segment for each in path.iterdir() if (segment := parse(each)))
        return Chain(path, int(started), UUID(database).hex, segments)
    except (ValueError, FileNotFoundError):
        return None


def _files(directory: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):  # another process has removed it
        return list(directory.iterdir())
    return []


def _size(file: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
