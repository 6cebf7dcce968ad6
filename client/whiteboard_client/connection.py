"""The client that a program uses: edits, what is to be seen, and a connection that comes back by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType

from whiteboard_client.clock import Clock
from whiteboard_client.errors import DisconnectedError, NotConnectedError, WhiteboardError
from whiteboard_client.events import Closed
from whiteboard_client.ids import Uuid7
from whiteboard_client.link import Link
from whiteboard_client.messages import Clear, Del, Error, Op, Path, Put
from whiteboard_client.options import Backoff, Options
from whiteboard_client.presence import Stroke
from whiteboard_client.rooms import Seat, renew
from whiteboard_client.sync import Sync
from whiteboard_client.values import check_path, check_points, check_style
from whiteboard_client.waiters import Waiters

_DEFAULTS = Options()
# Close codes and HTTP statuses that another attempt cannot change (C1, C2).
_FINAL = {1003, 1009, 4400, 4401, 4404, 4406}
_TRANSIENT_HTTP = {408, 425, 429}
_UNAUTHENTICATED = 4401


@asynccontextmanager
async def connect(seat: Seat, options: Options = _DEFAULTS) -> AsyncIterator["Connection"]:
    """Connects, waits for the whole board, and closes at the end of the block.

    Unacknowledged ops are dropped at the end: `await board.saved()` first. Raises DisconnectedError if the first
    attempt fails; later losses are retried.
    """
    board = Connection(seat, options)
    try:
        await board.open()
        yield board
    finally:
        await board.close()


class Connection:
    """A seat at a board. Edits take effect at once in `paths` and are sent as soon as they can be.

    `sync` is the state machine behind it: its `confirmed` state, `pending` ops, `clock` and more are there to be read.
    """

    def __init__(self, seat: Seat, options: Options = _DEFAULTS) -> None:
        self.seat = seat
        self.sync = Sync(Clock(options.now), options.observe)
        self._options = options
        self._new_id = Uuid7(self.sync.clock.server_ms)
        self._waiters: Waiters[Connection] = Waiters(self)
        self._link = Link(seat, self.sync, options, self._followed)
        self._online = asyncio.Event()
        self._online.set()
        self._task: asyncio.Task[None] | None = None
        self._backoff = Backoff(options)
        self._was_in_step = False

    # What is to be seen

    @property
    def paths(self) -> Mapping[str, Path]:
        """The paths by id, in the order in which they are drawn, own unacknowledged ops included (S5, W6)."""
        return MappingProxyType(self.sync.paths())

    @property
    def users(self) -> Mapping[int, str]:
        """The names of everybody present, by number."""
        return MappingProxyType(self.sync.presence.users)

    @property
    def cursors(self) -> Mapping[int, tuple[float, float]]:
        """The cursors that are on the canvas, by user."""
        return MappingProxyType(self.sync.presence.cursors)

    @property
    def strokes(self) -> Mapping[str, Stroke]:
        """The strokes under way, by id, as the server tells them."""
        return MappingProxyType(self.sync.presence.strokes)

    @property
    def errors(self) -> Sequence[Error]:
        """The newest 1000 `error` frames."""
        return tuple(self.sync.errors)

    @property
    def user(self) -> int | None:
        """The number of this connection, None before the first welcome of it."""
        return self.sync.welcome.user if self.sync.welcome else None

    @property
    def epoch(self) -> str | None:
        """The epoch that `seq` counts in."""
        return self.sync.since.epoch if self.sync.since else None

    @property
    def seq(self) -> int | None:
        """The newest tick with ops that the confirmed state holds."""
        return self.sync.since.seq if self.sync.since else None

    @property
    def tick_ms(self) -> int:
        """The server's tick in ms."""
        return self.sync.welcome.tick_ms if self.sync.welcome else 100

    @property
    def in_step(self) -> bool:
        """Whether the connection stands and the confirmed state is complete."""
        return self._link.is_open and self.sync.in_step

    # Edits

    def draw(self, d: str, color: str = "#000000", width: float = 2.0) -> str:
        """Adds a path and returns its id. Raises BadValueError unless all is as V1."""
        path_id = self._new_id()
        self.put(path_id, d, color, width)
        return path_id

    def put(self, path_id: str, d: str, color: str = "#000000", width: float = 2.0) -> None:
        """Sets the path of this id; ends a live stroke of the same id. Raises BadValueError unless all is as V1."""
        self._need_open()
        check_path(d, color, width)
        self.send(Put(path_id, self.sync.clock.stamp(), d, color, width))

    def delete(self, path_id: str) -> None:
        """Deletes a path."""
        self.send(Del(path_id, self.sync.clock.stamp()))

    def clear(self) -> None:
        """Removes every path that this client has seen, and whatever else is older."""
        self.send(Clear(self.sync.clock.stamp()))

    def send(self, op: Op) -> None:
        """Sends an op as it is, unchecked, with the stamp that it bears. Raises BadValueError if it is over a frame."""
        self._need_open()
        self.sync.send(op)
        self._edited()

    def live(
        self, points: Sequence[float], color: str = "#000000", width: float = 2.0, *, path_id: str | None = None
    ) -> str:
        """Begins a stroke, or goes on with that of `path_id`, and returns its id; a `put` of it or `end` ends it.

        `points` is `x, y, x, y, …` to append; the colour and width of the first call stand. Raises BadValueError.
        """
        self._need_open()
        check_points(points)
        path_id = path_id or self._new_id()
        if path_id not in self.sync.strokes:
            check_style(color, width)
            self.sync.strokes.begin(path_id, self.sync.clock.stamp(), color, width)
        self.sync.strokes.extend(path_id, points)
        self._link.wake()
        return path_id

    def end(self, path_id: str) -> None:
        """Abandons a stroke under way."""
        self.sync.strokes.abandon(path_id)
        self._link.wake()

    def cursor(self, x: float | None = None, y: float | None = None) -> None:
        """Moves the cursor; without a place it leaves the canvas. Raises BadValueError."""
        if x is None or y is None:
            self.sync.move(None)
        else:
            check_points((x, y))
            self.sync.move((x, y))
        self._link.wake()

    # Waiting

    async def wait_until(self, predicate: Callable[["Connection"], bool]) -> None:
        """Waits until the predicate holds; it is asked after every frame and every edit.

        Raises DisconnectedError if the connection is over for good before that.
        """
        await self._waiters.wait(predicate)

    async def saved(self) -> None:
        """Waits until every own op is acknowledged, and so on disk, or refused: see `errors`.

        Raises DisconnectedError.
        """
        await self.wait_until(lambda board: not len(board.sync.pending))

    # Life

    async def open(self) -> None:
        """Connects and waits for the whole board; `connect` does this. Raises DisconnectedError."""
        if self._task:
            raise RuntimeError("this connection was opened before")
        self._task = asyncio.create_task(self._run(), name="whiteboard-client")
        await self.wait_until(lambda board: board.in_step)

    async def close(self) -> None:
        """Closes for good. Whoever still waits gets DisconnectedError 1000."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._waiters.fail(DisconnectedError(1000, "closed"))

    def abort(self) -> None:
        """Drops the TCP connection without closing it, as a broken line does; unless switched off, it comes back."""
        self._link.abort()

    def offline(self) -> None:
        """Like `abort`, and stays away until `online`. Edits are kept."""
        self._online.clear()
        self.abort()

    def online(self) -> None:
        """Ends `offline`."""
        self._online.set()

    async def _run(self) -> None:
        renewing = asyncio.create_task(self._renew(), name="whiteboard-client-token")
        try:
            await self._stay_connected()
        except DisconnectedError as error:
            self._waiters.fail(error)
        except Exception as error:  # the task's one broad catch: nobody may wait for ever for what has crashed
            self._waiters.fail(error)
            raise
        finally:
            renewing.cancel()

    async def _renew(self) -> None:
        """Keeps the seat's token from expiring; a connection that stands keeps the one that it was made with."""
        while True:
            await asyncio.sleep(self._options.renew)
            with suppress(WhiteboardError):
                self.seat = self._link.seat = await renew(self.seat)

    async def _stay_connected(self) -> None:
        while True:
            await self._online.wait()
            closed = await self._link.run()
            self._options.observe(closed)
            self._waiters.look()
            if self._is_final(closed):
                raise DisconnectedError(closed.code, closed.reason)
            await asyncio.sleep(self._delay())

    def _delay(self) -> float:
        """Seconds until the next attempt: the first one after `bye` is spread over what the server asked for (C4)."""
        retry_ms, self.sync.retry_ms = self.sync.retry_ms, None
        return self._backoff.delay() if retry_ms is None else retry_ms / 1000 * self._options.chance()

    def _is_final(self, closed: Closed) -> bool:
        if not self._options.reconnect or not self._was_in_step:
            return True
        if closed.code in _FINAL:
            return closed.code != _UNAUTHENTICATED or self._link.token == self.seat.token
        return 400 <= closed.code < 500 and closed.code not in _TRANSIENT_HTTP

    def _followed(self) -> None:
        """After every frame."""
        if self.in_step:
            self._was_in_step = True
            self._backoff.succeeded()
        self._waiters.look()

    def _edited(self) -> None:
        self._waiters.look()
        self._link.wake()

    def _need_open(self) -> None:
        if self._waiters.error:
            raise self._waiters.error
        if not self._was_in_step:
            raise NotConnectedError("not connected yet: there is no server time to stamp with")
