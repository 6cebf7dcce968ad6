"""A round of the backups: take what has changed, then merge and remove what has aged."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from app.core.config import Settings
from app.core.errors import StartError
from app.services.backups.chains import Chain
from app.services.backups.reading import Progress, read, verify
from app.services.backups.retention import DAY, Limits, Merge, Step, expired, next_step
from app.services.backups.rows import BackupRow, PathRow, merged
from app.services.backups.segments import FORMAT, DamagedError, Header, Segment
from app.services.backups.store import Store
from app.services.backups.taking import changed, count_changed, everything, position, reading
from app.services.backups.writing import write
from app.services.changes import settled
from app.services.realtime.stamps import BEHIND_MS, stamp_of

REST = 0.5
"""Seconds of rest for each second of work, beside a server that is in use."""
SMALL_ROWS = 5000
SMALL_BYTES = 512 * 1024
"""What a thread of the server may do at once: a few hundredths of a second of work. More goes to a process."""


FAILURES = (OSError, DamagedError, StartError, DatabaseError)
"""What a round may fail by: the disk, a damaged file, a turn that does not come, the database."""


class Job(Struct, frozen=True):
    """What is to be backed up, where to, and what is kept; `rest`: seconds of rest for each second of work."""

    url: str
    directory: str
    limits: Limits
    rest: float = 0.0


def job_of(settings: Settings, rest: float = 0.0) -> Job:
    """The backups that the settings ask for."""
    limits = Limits(
        settings.backup_minutes, settings.backup_hours, settings.backup_days, int(settings.backup_max_gb * 1e9)
    )
    return Job(settings.database, str(backups_of(settings)), limits, rest)


def backups_of(settings: Settings) -> Path:
    """The directory of backups."""
    return settings.data_dir.absolute() / "backups"


class Round:
    """One turn in the directory of backups. Every method raises FAILURES."""

    def __init__(
        self,
        job: Job,
        *,
        small: bool = False,
        progress: Progress | None = None,
        clock: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        """`small`: leave what is much work; `progress` is told of rows read; `clock`: milliseconds since 1970."""
        self._job = job
        self._small = small
        self._progress = progress
        self._store = Store(Path(job.directory))
        self._clock = clock

    def run(self, wait: float = 1.0) -> bool:
        """Do it, once it is this one's turn; gives whether something was left because it is much work."""
        with self._store.turn(wait):
            return self.take() or self.tidy()

    def take(self) -> bool:
        """Back up what has changed."""
        with reading(self._job.url) as engine:
            database, last = position(engine)
            chain = self._store.active(database, last)
            if self._small and count_changed(engine, chain.end if chain else -1, SMALL_ROWS) >= SMALL_ROWS:
                return True
            if chain is None:
                chain = self._begin(engine, Header(FORMAT, database, "base", 0, last, self._clock()))
            self._add(engine, chain)
        return False

    def tidy(self) -> bool:
        """Merge and remove what has aged."""
        while found := self._next_step():
            chain, step = found
            if not isinstance(step, Merge):
                step.segment.path.unlink()
            elif self._small and step.bytes > SMALL_BYTES:
                return True
            else:
                self._merge(chain, step)
        return False

    def _begin(self, engine: Engine, header: Header) -> Chain:
        directory = self._store.begin(header.database, header.time)
        base = write(directory, header, self._told(everything(engine)), self._job.rest)
        return Chain(directory, header.time, header.database, (base,))

    def _add(self, engine: Engine, chain: Chain) -> None:
        """What has changed since the chain's end, as one state. Its time is taken first: what was acknowledged before
        it is in the state."""
        at = self._clock()
        with engine.connect() as connection:
            end = settled(connection)
            if end > chain.end or not chain.points:
                header = Header(FORMAT, chain.database, "minute", chain.end, end, max(at, chain.newest))
                write(chain.path, header, self._told(_state(connection, chain.end)), self._job.rest)
        self._store.mark_current(at)

    def _next_step(self) -> tuple[Chain, Step] | None:
        """The next step of any chain; chains that are over and of which nothing must be kept go first."""
        now, limits = self._clock(), self._job.limits
        tight = 0 < limits.bytes < self._store.bytes
        chains = self._store.chains()
        for over in chains[:-1]:
            if tight or expired(over, now, limits):
                self._store.remove(over)
                return self._next_step()
        steps = ((chain, next_step(chain, now, limits, tight=tight)) for chain in chains)
        return next(((chain, step) for chain, step in steps if step), None)

    def _merge(self, chain: Chain, merge: Merge) -> None:
        first, last = merge.parts[0], merge.parts[-1]
        header = Header(FORMAT, chain.database, merge.level, first.start, last.end, last.time)
        try:
            rows = merged([read(part.path) for part in merge.parts])
            if merge.level == "base":
                rows = _remembered(rows, header.time)
            write(chain.path, header, self._told(rows), self._job.rest)
        except DamagedError:
            self._set_aside_damaged(merge.parts)
            raise

    def _set_aside_damaged(self, segments: list[Segment]) -> None:
        for segment in segments:
            try:
                verify(segment.path)
            except DamagedError:
                self._store.set_aside(segment)

    def _told(self, rows: Iterable[BackupRow]) -> Iterator[BackupRow]:
        for row in rows:
            yield row
            if self._progress:
                self._progress(1)


def _remembered(rows: Iterable[BackupRow], now: int) -> Iterator[BackupRow]:
    """Leave out the tombstones that the database has forgotten too: no op can come back under them (W5)."""
    oldest = stamp_of(now - BEHIND_MS - DAY)
    return (row for row in rows if not (isinstance(row, PathRow) and row.deleted and row.ts < oldest))


def _state(connection: Connection, after: int) -> Iterator[BackupRow]:
    """What has changed since a number; the transaction ends with the last row."""
    yield from changed(connection, after)
    connection.rollback()
