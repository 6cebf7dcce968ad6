"""Stamps in server time: a hybrid logical clock (W5)."""

import time
from collections.abc import Callable, Iterable

from whiteboard_client.errors import BadValueError

COUNTERS_PER_MS = 4096
STAMP_LIMIT = 2**53
SKEW_ALLOWED_MS = 60_000


def local_ms() -> float:
    """Milliseconds since 1970 by this machine's clock.

    Not a monotonic clock: that one stands still while a laptop sleeps, and stamps would be hours behind on waking.
    """
    return time.time() * 1000


class Clock:
    """Gives stamps that grow and that lie above every stamp seen.

    `now` reads a local clock in ms; the offset to the server's is learned from its frames.
    """

    def __init__(self, now: Callable[[], float] = local_ms) -> None:
        self.now = now
        self.offset = 0.0
        self._seen = 0
        self._issued = 0

    def learn(self, server_ms: float, round_trip_ms: float = 0.0) -> None:
        """Takes the server's time out of a frame that has just come; half its round trip ago it was right."""
        self.offset = server_ms + round_trip_ms / 2 - self.now()

    def server_ms(self) -> float:
        """The server's time, as far as it is known."""
        return self.now() + self.offset

    def see(self, ts: int) -> None:
        """Notes a stamp of somebody's."""
        self._seen = max(self._seen, ts)

    def stamp(self) -> int:
        """A new stamp. Raises BadValueError when there is none left below 2^53."""
        stamp = max(int(self.server_ms()) * COUNTERS_PER_MS, self._seen + 1, self._issued + 1)
        if stamp >= STAMP_LIMIT:
            raise BadValueError("no stamp is left below 2^53: the board holds one at the very end of time")
        self._issued = stamp
        return stamp

    def correct(self, server_ms: float, unacknowledged: Iterable[int]) -> None:
        """After `clock_skew`: learns the time, and takes back the stamps that were issued too far ahead.

        Without the second part each new stamp would lie above the refused ones, and be refused as well.
        `unacknowledged`: the stamps still on their way; new ones stay above those of them that the server can take.
        """
        self.learn(server_ms)
        limit = (server_ms + SKEW_ALLOWED_MS) * COUNTERS_PER_MS
        self._issued = max((ts for ts in unacknowledged if ts <= limit), default=0)
