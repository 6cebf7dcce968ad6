"""The paths of a board in the order of their ids, in pieces of which each is made into text and compressed by itself.

A snapshot bears the seq of its moment in every frame, so no frame of it serves twice for long. What is costly in it
does: a piece is made anew only when one of its paths has changed, and new paths are neighbours, for ids grow with
time (W6).
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from app.services.realtime.board import Board
from app.utils.crc import combined, shift

CHUNK_BYTES = 64 * 1024
LEVEL = 4
"""With Z_FILTERED, which leaves alone the short repetitions that digits are full of: smaller than level 9 without."""
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Of a gzip file without a name or a time (RFC 1952)."""


class Chunk:
    """Some paths as they stood at one moment; the bytes of each are the board's own.

    `deflated` is their text, ready to stand amid a stream of blocks (RFC 1951), once `deflate` was called.
    """

    __slots__ = ("_bodies", "_crc", "_shift", "deflated", "ids", "size")

    def __init__(self, ids: list[str], bodies: list[bytes]) -> None:
        self.ids = ids
        self._bodies = bodies
        self.size = sum(map(len, bodies)) + 2 * len(bodies) - 1 if bodies else 0
        self.deflated: bytes | None = None
        self._crc = self._shift = 0

    @property
    def text(self) -> bytes:
        """The paths as JSON, with commas between."""
        return b"{" + b",{".join(self._bodies) if self._bodies else b""

    def deflate(self) -> None:
        """Compress, in any thread."""
        if self.deflated is not None:
            return
        text = self.text
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
        self._crc, self._shift = zlib.crc32(text), shift(len(text))
        self.deflated = packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)

    def gzip(self, head: bytes, tail: bytes) -> bytes:
        """The gzip of the text between two others, which stay as they are; to be called after `deflate`."""
        crc = zlib.crc32(tail, combined(zlib.crc32(head), self._crc, self._shift))
        size = len(head) + self.size + len(tail)
        end = crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((HEADER, _stored(head), self.deflated or b"", _stored(tail, last=True), end))


class Chunks:
    """All paths of a board in chunks."""

    def __init__(self, board: Board) -> None:
        self._chunks = list(_split(board, sorted(board.ids()))) or [Chunk([], [])]

    def refresh(self, board: Board, touched: Iterable[str]) -> None:
        """Make those anew in which something was touched."""
        starts = [chunk.ids[0] if chunk.ids else "" for chunk in self._chunks]
        changed: dict[int, set[str]] = {}
        for path_id in touched:
            changed.setdefault(max(0, bisect_right(starts, path_id) - 1), set()).add(path_id)
        for index in sorted(changed, reverse=True):
            ids = changed[index].union(self._chunks[index].ids)
            self._chunks[index : index + 1] = _split(board, sorted(filter(board.has, ids)))
        self._chunks = self._chunks or [Chunk([], [])]

    def all(self) -> tuple[Chunk, ...]:
        """Every chunk; at least one."""
        return tuple(self._chunks)


def _split(board: Board, ids: list[str]) -> Iterator[Chunk]:
    begin = size = 0
    bodies: list[bytes] = []
    for index, path_id in enumerate(ids):
        body = board.body(path_id)
        bodies.append(body)
        size += len(body)
        if size >= CHUNK_BYTES:
            yield Chunk(ids[begin : index + 1], bodies)
            begin, size, bodies = index + 1, 0, []
    if bodies:
        yield Chunk(ids[begin:], bodies)


def _stored(text: bytes, *, last: bool = False) -> bytes:
    """A block that is not compressed: of less than 64 KiB, and beginning at a whole byte."""
    size = len(text)
    return bytes((last,)) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + text
