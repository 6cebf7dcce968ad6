"""The whole drawing as frames (S1): what is costly in them is kept, the rest made when they are sent."""

from weakref import WeakValueDictionary

from app.schemas import frames
from app.services.realtime.board import Board
from app.services.realtime.chunks import END, Chunk, Chunks
from app.services.realtime.history import History
from app.utils.websocket_frames import BINARY, TEXT, framed

SWEEPS = 20
"""How often `drop` is called in vain after a snapshot was asked for."""


class SnapshotFrame:
    """A frame of a snapshot. Its bytes are made when it is sent, and shared with whoever is sent it meanwhile."""

    __slots__ = ("__weakref__", "_chunk", "_head", "_message", "_packed", "size")

    def __init__(self, chunk: Chunk, head: bytes) -> None:
        self.size = len(head) + chunk.size
        self._chunk = chunk
        self._head = head
        self._message: bytes | None = None
        self._packed: bytes | None = None

    @property
    def message(self) -> bytes:
        """The frame as it goes over the wire."""
        if self._message is None:
            self._message = framed(TEXT, self._head + self._chunk.text)
        return self._message

    @property
    def packed(self) -> bytes | None:
        """The same as gzip (C5); None before its chunk was compressed."""
        if self._packed is None and self._chunk.deflated is not None:
            self._packed = framed(BINARY, self._chunk.gzip(self._head))
        return self._packed

    def pack(self) -> None:
        """Compress the chunk; to be called in a thread."""
        self._chunk.deflate()

    @property
    def shrinkable(self) -> bool:
        """Is the gzip worth more work, now that it is sent again?"""
        return self._chunk.again and self._chunk.full and not self._chunk.thorough

    def shrink(self) -> None:
        """Compress the chunk thoroughly; to be called in a thread."""
        self._chunk.deflate(thorough=True)
        self._packed = None


class SnapshotCache:
    """The drawing in chunks, and the frames of the newest snapshot as long as they wait in an outbox."""

    def __init__(self) -> None:
        self._chunks: Chunks | None = None
        self._seq = 0
        self._frames: WeakValueDictionary[int, SnapshotFrame] = WeakValueDictionary()
        self._sweeps = 0

    def get(self, board: Board, epoch: str, seq: int, history: History) -> tuple[SnapshotFrame, ...]:
        """The drawing as it stands at `seq`; `history` knows what has changed in it."""
        self._sweeps = 0
        if self._chunks is None or self._seq != seq:
            self._frames = WeakValueDictionary()
            chunks = self._chunks = self._refreshed(board, history)
            self._seq = seq
        else:
            chunks = self._chunks
        for chunk in chunks.all():
            chunk.again = chunk.deflated is not None
        return tuple(self._frame(index, chunks.all(), board, epoch) for index in range(len(chunks.all())))

    def drop(self) -> None:
        """Free the memory, if nobody has come for long."""
        self._sweeps += 1
        if self._sweeps > SWEEPS:
            self._chunks = None

    def _refreshed(self, board: Board, history: History) -> Chunks:
        """The chunks at the newest seq: most of them are as they were."""
        if self._chunks is None or not history.covers(self._seq):
            return Chunks(board)
        touched = history.since(self._seq)
        if touched.cleared:
            return Chunks(board)
        self._chunks.refresh(board, touched.ids)
        return self._chunks

    def _frame(self, index: int, chunks: tuple[Chunk, ...], board: Board, epoch: str) -> SnapshotFrame:
        frame = self._frames.get(index)
        if frame is None:
            more = index < len(chunks) - 1
            empty = frames.encode(frames.Snapshot(epoch, self._seq, board.cleared, more=more, paths=[]))
            frame = self._frames[index] = SnapshotFrame(chunks[index], empty.removesuffix(END))
        return frame
