"""The protocol as a state machine without I/O: frames in, frames out (S1 to S9).

A shell calls `open` for each new connection and sends what it returns; then `receive` for each frame that comes, and
`outgoing` whenever something may be waiting to be sent.
"""

from collections import deque
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from whiteboard_client.batches import fits, split
from whiteboard_client.board import Board
from whiteboard_client.clock import Clock
from whiteboard_client.errors import BadValueError, OutOfStepError
from whiteboard_client.events import Acked, Invoked, Observer, Received, Refused, ignore
from whiteboard_client.messages import (
    Batch,
    Bye,
    Check,
    Clear,
    ClientFrame,
    Error,
    Hello,
    Op,
    Path,
    Ping,
    Pong,
    Resync,
    ServerFrame,
    Since,
    Snapshot,
    Tick,
    Welcome,
)
from whiteboard_client.pending import Pending
from whiteboard_client.presence import Presence
from whiteboard_client.strokes import OwnStrokes

_ERRORS_KEPT = 1000


class Sync:
    """One client's view of a room, across all its connections.

    `confirmed` holds snapshots and ticks alone, `pending` the unacknowledged ops; `view()` shows one over the other.
    """

    def __init__(self, clock: Clock, observe: Observer = ignore) -> None:
        self.clock = clock
        self.confirmed = Board()
        self.pending = Pending()
        self.presence = Presence()
        self.strokes = OwnStrokes()
        self.errors: deque[Error] = deque(maxlen=_ERRORS_KEPT)
        self.since: Since | None = None
        self.welcome: Welcome | None = None
        self.retry_ms: float | None = None
        self.cursor: tuple[float, float] | UnsetType | None = UNSET
        self._observe = observe
        self._control: list[ClientFrame] = []
        self._parts: list[Path] = []
        self._parts_of: Since | None = None
        self._awaits_snapshot = False
        self._resyncing = False
        self._cursor_waits = False
        self._view: Board | None = None
        self._paths: dict[str, Path] | None = None

    # What is to be seen

    def view(self) -> Board:
        """The confirmed state with the unacknowledged ops merged over it (S5)."""
        if self._view is None:
            self._view = self._merge() if len(self.pending) else self.confirmed
        return self._view

    def paths(self) -> dict[str, Path]:
        """The paths of the view by id, in the order in which they are drawn (W6). Not to be changed."""
        if self._paths is None:
            self._paths = {path.id: path for path in self.view().paths()}
        return self._paths

    @property
    def in_step(self) -> bool:
        """Whether this connection was welcomed, and everything that the welcome announced has come."""
        if self.welcome is None or self._awaits_snapshot or self.since is None:
            return False
        return self.since.epoch != self.welcome.epoch or self.since.seq >= self.welcome.seq

    # A connection

    def open(self, token: str, *, gzip: bool = False) -> Hello:
        """Begins a new connection; whatever was under way on the last one is to be sent again (S5)."""
        self.welcome = None
        self.retry_ms = None
        self.pending.restart()
        self.strokes.restart()
        self._control = []
        self._drop_parts()
        self._resyncing = False
        self._cursor_waits = isinstance(self.cursor, tuple)
        return Hello(token=token, since=self.since, gzip=gzip)

    def receive(self, frame: ServerFrame) -> None:
        """Follows a frame. Raises OutOfStepError when only a new connection can help."""
        self._observe(Received(frame))
        match frame:
            case Tick():
                self._on_tick(frame)
            case Snapshot():
                self._on_snapshot(frame)
            case Welcome():
                self._on_welcome(frame)
            case Error():
                self._on_error(frame)
            case Pong():
                self.clock.learn(frame.time, round_trip_ms=max(0.0, self.clock.now() - frame.c))
            case Bye():
                self.retry_ms = frame.retry_ms

    def outgoing(self) -> list[ClientFrame]:
        """The frames to send now; none before the welcome, which tells `max_frame` and the time."""
        if self.welcome is None:
            return []
        control, self._control = self._control, []
        limit = self.welcome.max_frame
        batches = list(split(self._sendable(limit), self.strokes.take_unsent(limit), limit))
        if self._cursor_waits:
            self._cursor_waits = False
            last = batches.pop() if batches else Batch()
            batches.append(msgspec.structs.replace(last, cursor=self.cursor))
        return [*control, *map(self._number, batches)]

    # What the client does

    def send(self, op: Op) -> None:
        """Takes an op, unchecked but for its size. Raises BadValueError if no frame can carry it."""
        if self.welcome and not fits(op, self.welcome.max_frame):
            raise BadValueError(f"one op may not be larger than a frame of {self.welcome.max_frame} bytes")
        self._observe(Invoked(op))
        if not isinstance(op, Clear):
            self.strokes.drop(op.id)
        self.pending.add(op)
        self._changed()

    def move(self, cursor: tuple[float, float] | None) -> None:
        """Moves this client's cursor; None: it has left the canvas. Only the newest is sent."""
        self.cursor = cursor
        self._cursor_waits = True

    def ping(self) -> None:
        """Asks for a sign of life (C3)."""
        self._control.append(Ping(c=self.clock.now()))

    # Frames

    def _on_welcome(self, frame: Welcome) -> None:
        self.clock.learn(frame.time)
        for _, piece in frame.live:
            self.clock.see(piece.ts)
        self._drop_parts()
        self.welcome = frame
        self.presence.welcome(frame)
        self._awaits_snapshot = frame.sync == "full"
        if frame.sync == "delta" and (self.since is None or self.since.epoch != frame.epoch):
            self.since = None
            raise OutOfStepError("a delta that follows no state of this client")

    def _on_snapshot(self, frame: Snapshot) -> None:
        place = Since(frame.epoch, frame.seq)
        if self._parts_of != place:
            self._drop_parts()
        self._parts_of = place
        self._parts.extend(frame.paths)
        if frame.more:
            return
        self.confirmed = Board(self._parts, frame.cleared)
        self.since = place
        self.clock.see(max((path.ts for path in self._parts), default=0))
        self.clock.see(frame.cleared)
        self._drop_parts()
        self._awaits_snapshot = self._resyncing = False
        self._changed()

    def _on_tick(self, frame: Tick) -> None:
        if frame.ops is not None:
            self._advance(frame)
            self._apply(frame.ops)
        for _, piece in frame.live:
            self.clock.see(piece.ts)
        self.presence.tick(frame, self.confirmed)
        for user, n in frame.acks:
            if self.welcome and user == self.welcome.user:
                self._acknowledge(n)
        if frame.check and not self._awaits_snapshot:
            self._compare(frame.check)

    def _on_error(self, frame: Error) -> None:
        self.errors.append(frame)
        if frame.code == "invalid_live" and frame.id:
            self.strokes.drop(frame.id)
        if frame.code == "storage_unavailable" or frame.n is None or frame.i is None:
            return
        self._refuse(self.pending.refuse(frame.n, frame.i), frame)
        if frame.code == "clock_skew" and frame.time is not None:
            self.clock.correct(frame.time, (op.ts for op in self.pending))

    # Steps

    def _advance(self, tick: Tick) -> None:
        """Takes a tick's seq, or finds the gap before it (S2)."""
        if tick.seq is None or tick.from_seq is None or self.since is None or self._awaits_snapshot:
            raise OutOfStepError("ops that follow no state of this client")
        if self._parts_of is not None:
            raise OutOfStepError("ops in the middle of a snapshot")
        if tick.from_seq > self.since.seq + 1:
            raise OutOfStepError(f"seq {self.since.seq + 1} is missing, the tick begins with {tick.from_seq}")
        self.since = Since(self.since.epoch, max(tick.seq, self.since.seq))

    def _apply(self, ops: tuple[Op, ...]) -> None:
        for op in ops:
            self.clock.see(op.ts)
            self.confirmed.apply(op)
        self._changed()

    def _acknowledge(self, n: int) -> None:
        ops = self.pending.acknowledge(n)
        self._changed()
        self._observe(Acked(n, ops))

    def _compare(self, check: Check) -> None:
        # One resync at a time: checks go on coming until its snapshot is here.
        if check != self.confirmed.check() and not self._resyncing:
            self._resyncing = True
            self._control.append(Resync())

    def _refuse(self, op: Op | None, error: Error) -> None:
        if op is not None:
            self._changed()
            self._observe(Refused(op, error))

    def _sendable(self, max_frame: int) -> Iterator[Op]:
        """The unsent ops, but for those too large for a `max_frame` that shrank: they would end every connection."""
        for op in self.pending.take_unsent():
            if fits(op, max_frame):
                yield op
                continue
            error = Error(code="frame_too_large", detail="this op is larger than a frame")
            self.errors.append(error)
            self._refuse(op, error)

    def _number(self, batch: Batch) -> Batch:
        return msgspec.structs.replace(batch, n=self.pending.sent(batch.ops)) if batch.ops else batch

    def _drop_parts(self) -> None:
        self._parts = []
        self._parts_of = None

    def _changed(self) -> None:
        self._view = self._paths = None

    def _merge(self) -> Board:
        board = self.confirmed.copy()
        for op in self.pending:
            board.apply(op)
        return board
