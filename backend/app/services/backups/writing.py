"""Writing a segment: gzip of JSON lines, synced piece by piece, read back, and only then given its name."""

import hashlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.core.config import sync_directory
from app.services.backups.reading import BLOCK, GZIP, verify
from app.services.backups.rows import BackupRow, encode
from app.services.backups.segments import LITTER, Footer, Header, Pace, Segment

COMPRESSION = 1
"""The cheapest: it halves what paths take; the dearest would save another tenth at five times the cost."""
SYNC_BYTES = 1024 * 1024
"""Written between two syncs: the live database's commits never wait for more than that to reach the disk."""


def write(directory: Path, header: Header, rows: Iterable[BackupRow], rest: float = 0.0) -> Segment:
    """Write rows (in order) as a segment; `rest` as Pace has it. Raises OSError, and DamagedError if the disk lies."""
    draft, path = directory / (header.name + LITTER), directory / header.name
    try:
        with draft.open("wb") as file:
            _Writer(file, Pace(rest)).write(header, rows)
            _leave_to_disk(file)
        verify(draft, Pace(rest))
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(directory)
    return Segment(header.level, header.start, header.end, header.time, path.stat().st_size, path)


class _Writer:
    """Gathers lines, and lets them go to the file in blocks."""

    def __init__(self, file: BinaryIO, pace: Pace) -> None:
        self._file = file
        self._pace = pace
        self._zip = zlib.compressobj(COMPRESSION, zlib.DEFLATED, GZIP)
        self._digest = hashlib.sha256()
        self._lines = bytearray()
        self._unsynced = 0

    def write(self, header: Header, rows: Iterable[BackupRow]) -> None:
        """Write the whole file."""
        count = 0
        self._lines += msgspec.json.encode(header) + b"\n"
        for row in rows:
            count += 1
            self._lines += encode(row) + b"\n"
            if len(self._lines) >= BLOCK:
                self._let_go()
                self._pace.breathe()
        self._let_go()
        self._lines += msgspec.json.encode(Footer(count, self._digest.hexdigest())) + b"\n"
        self._let_go()
        self._file.write(self._zip.flush())

    def _let_go(self) -> None:
        self._digest.update(self._lines)
        self._unsynced += self._file.write(self._zip.compress(self._lines))
        self._lines.clear()
        if self._unsynced >= SYNC_BYTES:
            self._file.flush()
            os.fdatasync(self._file.fileno())
            self._unsynced = 0


def _leave_to_disk(file: BinaryIO) -> None:
    """Sync, and drop the pages from memory: reading it back reads the disk, and what is live keeps the memory."""
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
