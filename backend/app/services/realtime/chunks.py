"""The paths of a board in the order of their ids, in pieces of which each is made into text and compressed by itself.

A snapshot bears the seq of its moment in every frame, so no frame of it serves twice for long. What is costly in it
does: a piece is made anew only when one of its paths has changed, and new paths are neighbours, for ids grow with
time (W6).
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from deflate import deflate_compress

from app.services.realtime.board import Board
from app.utils.crc import combined, shift

CHUNK_BYTES = 128 * 1024
QUICK, THOROUGH = 2, 10
"""Levels of libdeflate. The second takes eight times as long, and holds the interpreter: some 9 ms a chunk."""
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Of a gzip file without a name or a time (RFC 1952)."""
END = b"]}"


class Chunk:
    """Some paths as they stood at one moment; the bytes of each are the board's own.

    `deflated` is their text, ready to end a stream of blocks (RFC 1951), once `deflate` was called; `again`: somebody
    else has asked for the drawing since.
    """

    __slots__ = ("_bodies", "_crc", "_shift", "again", "deflated", "ids", "size", "thorough")

    def __init__(self, ids: list[str], bodies: list[bytes]) -> None:
        self.ids = ids
        self._bodies = bodies
        self.size = sum(map(len, bodies)) + 2 * len(bodies) - 1 + len(END) if bodies else len(END)
        self.deflated: bytes | None = None
        self.thorough = self.again = False
        self._crc = self._shift = 0

    @property
    def text(self) -> bytes:
        """The paths as JSON, with commas between, and what ends the frame that they end."""
        return b"".join((b"{", b",{".join(self._bodies), END)) if self._bodies else END

    @property
    def full(self) -> bool:
        """Will no new path come here? Only edits change it then."""
        return self.size >= CHUNK_BYTES

    def deflate(self, *, thorough: bool = False) -> None:
        """Compress, in any thread: quickly, or as small as can be."""
        if self.deflated is not None and self.thorough >= thorough:
            return
        text = self.text
        self._crc, self._shift = zlib.crc32(text), shift(len(text))
        self.deflated = bytes(deflate_compress(text, THOROUGH if thorough else QUICK))
        self.thorough = thorough

    def gzip(self, head: bytes) -> bytes:
        """The gzip of the text after another one, which stays as it is; to be called after `deflate`."""
        crc = combined(zlib.crc32(head), self._crc, self._shift)
        end = crc.to_bytes(4, "little") + (len(head) + self.size & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join((HEADER, _stored(head), self.deflated or b"", end))


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


def _stored(text: bytes) -> bytes:
    """A block that is not compressed: of less than 64 KiB, and beginning at a whole byte."""
    size = len(text)
    return b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + text
