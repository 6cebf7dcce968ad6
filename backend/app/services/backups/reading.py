"""Reading a segment: every line is checked, and the checksum at the end."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.services.backups.rows import BackupRow, decode
from app.services.backups.segments import FORMAT, LITTER, DamagedError, Footer, Header, Pace

BLOCK = 256 * 1024
GZIP = 16 + zlib.MAX_WBITS
UNREADABLE = (zlib.error, msgspec.DecodeError, UnicodeDecodeError, EOFError)

Progress = Callable[[int], None]
"""Told of every piece that was read or written: so many bytes, or rows."""


def read(path: Path, pace: Pace | None = None, progress: Progress | None = None) -> Iterator[BackupRow]:
    """Give every row. Raises DamagedError, perhaps only after the last row: until then nothing is proven."""
    try:
        with path.open("rb") as file:
            yield from _rows(path.name, _lines(_pieces(file, pace or Pace(), progress)))
    except UNREADABLE as error:
        raise DamagedError(f"{path.name} is damaged: {error}") from None
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from None


def verify(path: Path, pace: Pace | None = None, progress: Progress | None = None) -> int:
    """Read a segment to its end, and give how many rows it has. Raises DamagedError."""
    return sum(1 for _ in read(path, pace, progress))


def _rows(name: str, lines: Iterator[bytes]) -> Iterator[BackupRow]:
    digest = hashlib.sha256()
    line = next(lines, b"")
    header = msgspec.json.decode(line, type=Header)
    if header.format != FORMAT:
        raise DamagedError(f"{name} was written by another version of this program")
    if header.name != name.removesuffix(LITTER):
        raise DamagedError(f"{name} is damaged: its header is another file's")
    digest.update(line)
    count, last, line = 0, (-1, 0, ""), next(lines, b"")
    for following in lines:
        row = decode(line)
        if row.order <= last:
            raise DamagedError(f"{name} is damaged: its rows are out of order")
        yield row
        digest.update(line)
        count, last, line = count + 1, row.order, following
    if msgspec.json.decode(line, type=Footer) != Footer(count, digest.hexdigest()):
        raise DamagedError(f"{name} is damaged: it is not what was written")


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, each with its end; a line without one means that the file was cut off."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        raise EOFError("it ends in the middle of a line")


def _pieces(file: BinaryIO, pace: Pace, progress: Progress | None) -> Iterator[bytes]:
    """The text, in pieces of bounded size, also of a file that was made to unpack to more than it should."""
    unzip = zlib.decompressobj(GZIP)
    while compressed := file.read(BLOCK):
        size = len(compressed)
        while compressed and not unzip.eof:
            yield unzip.decompress(compressed, 4 * BLOCK)
            compressed = unzip.unconsumed_tail
        if compressed or unzip.unused_data:
            raise EOFError("something follows its end")
        pace.breathe()
        if progress:
            progress(size)
    if not unzip.eof:
        raise EOFError("it is cut off")
