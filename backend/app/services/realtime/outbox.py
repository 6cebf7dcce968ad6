"""What a connection is still to be sent: its own few frames, and a position in the frames that everybody gets (S7)."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from deflate import gzip_compress

from app.schemas import frames
from app.schemas.ops import End
from app.utils.websocket_frames import BINARY, TEXT, framed, payload_of

FRAMES = 16
FRAME_BYTES = 1 << 20
LETTERS = 512
LEVEL = 2


@dataclass(slots=True, eq=False)
class Data:
    """A frame as it goes over the wire, made once however many connections get it.

    `packed`: the same as gzip (C5). `size`: bytes of its JSON.
    """

    message: bytes
    size: int
    packed: bytes | None = None

    def pack(self) -> None:
        """Make the gzip; to be called in a thread."""
        self.packed = framed(BINARY, bytes(gzip_compress(payload_of(self.message), LEVEL)))

    @property
    def shrinkable(self) -> bool:
        """Is the gzip worth more work?"""
        return False

    def shrink(self) -> None:
        """Nothing: what a tick tells is told once."""


class Sendable(Protocol):
    """A frame as `Data` has it, or as good as that."""

    @property
    def message(self) -> bytes:
        """The frame as it goes over the wire."""

    @property
    def packed(self) -> bytes | None:
        """The same as gzip, once there is one."""

    @property
    def size(self) -> int:
        """Bytes of its JSON."""

    def pack(self) -> None:
        """Make the gzip; to be called in a thread."""

    @property
    def shrinkable(self) -> bool:
        """Is the gzip worth more work, now that it is sent again?"""

    def shrink(self) -> None:
        """Make the gzip smaller, which takes long; to be called in a thread."""


def encoded(frame: msgspec.Struct) -> Data:
    """Encode a frame for sending."""
    text = frames.encode(frame)
    return Data(framed(TEXT, text), len(text))


class Frame(msgspec.Struct, frozen=True):
    """A tick for everybody: the room's `seq` after it, and what of it nobody may miss."""

    number: int
    seq: int
    data: Data
    joined: tuple[frames.User, ...] = ()
    left: tuple[int, ...] = ()
    ended: tuple[tuple[int, End], ...] = ()
    hidden: tuple[tuple[int, None], ...] = ()

    @property
    def memorable(self) -> bool:
        """Did anybody come or go, or anything end, that a newer state does not tell by itself?"""
        return bool(self.joined or self.left or self.ended or self.hidden)


class TickLog:
    """The last ticks, numbered without gaps; who came and went, and what ended, is remembered longer than the ticks."""

    def __init__(self) -> None:
        self.number = 0
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._moves: deque[Frame] = deque(maxlen=1024)
        self._moves_start = 0

    def add(self, seq: int, tick: frames.Tick, replaced: tuple[tuple[int, End], ...] = ()) -> int:
        """Number a tick and keep it while it is among the last few; `replaced`: strokes that its paths end.

        Gives the bytes of its text.
        """
        self.number += 1
        frame = _frame(self.number, seq, tick, replaced)
        self._frames.append(frame)
        self._bytes += len(frame.data.message)
        while len(self._frames) > FRAMES or (self._bytes > FRAME_BYTES and len(self._frames) > 1):
            self._bytes -= len(self._frames.popleft().data.message)
        if frame.memorable:
            self._remember(frame)
        return frame.data.size

    def forget(self) -> None:
        """Everybody has been sent all ticks: keep none."""
        self._frames.clear()
        self._bytes = 0

    @property
    def newest(self) -> Frame | None:
        """The last tick, if it is still kept."""
        return self._frames[-1] if self._frames else None

    def after(self, number: int) -> Frame | None:
        """The frame after a number, if it is still kept."""
        index = number + 1 - (self.number - len(self._frames) + 1)
        return self._frames[index] if 0 <= index < len(self._frames) else None

    def moves(self, number: int) -> list[Frame] | None:
        """The memorable frames after a number; None if some are forgotten."""
        return [frame for frame in self._moves if frame.number > number] if number >= self._moves_start else None

    def _remember(self, frame: Frame) -> None:
        if len(self._moves) == self._moves.maxlen:
            self._moves_start = self._moves[0].number
        self._moves.append(frame)


def _frame(number: int, seq: int, tick: frames.Tick, replaced: tuple[tuple[int, End], ...]) -> Frame:
    return Frame(
        number,
        seq,
        encoded(tick),
        tuple(tick.joined or ()),
        tuple(tick.left or ()),
        replaced + tuple([(user, stroke) for user, stroke in tick.live or () if isinstance(stroke, End)]),
        tuple([(cursor[0], None) for cursor in tick.cursors or () if len(cursor) == 2]),
    )


@dataclass(slots=True)
class Outbox:
    """A connection's position (`number`, and the `seq` it has been sent), and what is for it alone.

    `state` (welcome, snapshots) goes first and uninterrupted (S1), then `letters` (errors, pongs), then `news` (what
    ticks told that are skipped), then the ticks: so an error comes before the ack of its batch (S4). Lists, though they
    are taken from the front: they are short, mostly empty, and an empty deque takes 0.6 KB of each connection.
    """

    number: int = 0
    seq: int = 0
    state: list[Sendable] = field(default_factory=list)
    letters: list[Data] = field(default_factory=list)
    news: list[Data] = field(default_factory=list)
    last_of_snapshot: Sendable | None = None

    @property
    def full(self) -> bool:
        """Is the connection behind with what it is told itself? Then no more is read from it."""
        return len(self.letters) >= LETTERS

    def has_room_for(self, letters: int) -> bool:
        """Would so many letters more leave it less than full?"""
        return len(self.letters) + letters < LETTERS

    def add_snapshot(self, data: Sequence[Sendable]) -> None:
        """Send a whole drawing."""
        self.state.extend(data)
        self.last_of_snapshot = data[-1]

    @property
    def has_snapshot(self) -> bool:
        """Is a whole drawing still to be sent?"""
        return self.last_of_snapshot is not None

    def follow(self, frame: Frame) -> bool:
        """Move on to a frame, if it is the next that is to be sent, and all there is; tell whether it was."""
        if self.number != frame.number - 1 or self.state or self.letters or self.news:
            return False
        self.number = frame.number
        self.seq = frame.seq
        return True

    def begin(self, number: int) -> None:
        """Forget what was to be sent, but for the letters: a welcome comes, and all of that is in it."""
        self.state.clear()
        self.last_of_snapshot = None
        self.news.clear()
        self.number = number

    def put_back(self, data: Sendable) -> None:
        """What was taken could not be sent yet."""
        self.state.insert(0, data)

    def take(self) -> Sendable | None:
        """The next frame that is for this connection alone."""
        if self.state:
            data = self.state.pop(0)
            if data is self.last_of_snapshot:
                self.last_of_snapshot = None  # it may be large
            return data
        for queue in (self.letters, self.news):
            if queue:
                return queue.pop(0)
        return None
