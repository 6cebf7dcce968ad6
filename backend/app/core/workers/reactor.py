"""What the supervisor waits in: sockets, signals and times, each with a function that is called.

No asyncio: processes are forked here, and an event loop must not be forked.
"""

import contextlib
import heapq
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

Call = Callable[[], None]


class Reactor:
    """Calls functions when something has come, until `stop`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Call]] = []
        self._order = count()
        self._running = True

    def on_read(self, what: "FileDescriptorLike", call: Call) -> None:
        """Call when there is something to read, each time."""
        self._selector.register(what, selectors.EVENT_READ, [call])

    def forget(self, what: "FileDescriptorLike") -> None:
        """Wait for it no more."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(what).data.clear()

    def later(self, seconds: float, call: Call) -> None:
        """Call once, when that time is over."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), call))

    def stop(self) -> None:
        """Let `run` return."""
        self._running = False

    def run(self) -> None:
        """Wait, and call, until stopped."""
        while self._running:
            for key, _ in self._selector.select(self._patience()):
                for call in list(key.data):  # none, if an earlier call has forgotten it
                    call()
            while self._timers and self._timers[0][0] <= time.monotonic():
                heapq.heappop(self._timers)[2]()

    def close(self) -> None:
        """Give the system's part of it back; also in a child, which changes nothing for its parent."""
        self._selector.close()

    def _patience(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    @contextlib.contextmanager
    def signals(self, numbers: Iterable[signal.Signals], call: Callable[[int], None]) -> Iterator[None]:
        """Call with the number of each of these signals that comes while the block runs."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)

        def read() -> None:
            for number in os.read(reading, 512):
                call(number)

        before = {number: signal.signal(number, _nothing) for number in numbers}
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self.on_read(reading, read)
        try:
            yield
        finally:
            self.forget(reading)
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)


def _nothing(*_: object) -> None:
    """The number comes by the pipe."""
