"""The whole drawing as frames, encoded once and sent to many (S1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Raw

from app.schemas import frames
from app.services.realtime.board import Board
from app.services.realtime.outbox import Data, encoded

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The drawing at `seq`, in frames."""

    seq: int
    data: tuple[Data, ...]


class SnapshotCache:
    """The last snapshot, for all who come before the next tick with ops."""

    def __init__(self) -> None:
        self._last: Snapshot | None = None

    def get(self, board: Board, epoch: str, seq: int) -> Snapshot:
        """The drawing as it stands at `seq`."""
        if self._last is None or self._last.seq != seq:
            self._last = Snapshot(seq, tuple(_frames(board, epoch, seq)))
        return self._last

    def drop(self) -> None:
        """Free the memory; the next newcomer has it encoded anew."""
        self._last = None


def _frames(board: Board, epoch: str, seq: int) -> Iterator[Data]:
    chunks = list(_chunks(board)) or [[]]
    for index, paths in enumerate(chunks):
        yield encoded(frames.Snapshot(epoch, seq, paths, board.cleared, more=index < len(chunks) - 1))


def _chunks(board: Board) -> Iterator[list[Raw]]:
    chunk: list[Raw] = []
    size = 0
    for path in board.paths():
        chunk.append(Raw(path))
        size += len(path)
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
