"""What may be chosen for a connection, and how long it waits for what."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from whiteboard_client.clock import local_ms
from whiteboard_client.events import Observer, ignore


@dataclass(frozen=True, slots=True)
class Options:
    """Times are in seconds, but for `now`, which reads a clock in ms. C3 sets `silence` and `pong`.

    Without `reconnect` the first loss of the connection is final. `chance` gives random numbers in [0, 1). `renew` is
    how often the server is asked to renew the token; it decides whether it is time.
    """

    reconnect: bool = True
    gzip: bool = False
    observe: Observer = ignore
    now: Callable[[], float] = local_ms
    chance: Callable[[], float] = random.random
    silence: float = 20.0
    pong: float = 10.0
    open_timeout: float = 10.0
    close_timeout: float = 2.0
    backoff_first: float = 0.5
    backoff_most: float = 15.0
    renew: float = 86_400.0


class Backoff:
    """The time to wait before the next attempt: somewhere in a span that doubles with each failure in a row.

    The whole span is drawn from ("full jitter"), so that clients that were dropped together do not come back together.
    """

    __slots__ = ("_failures", "_options")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._failures = 0

    def succeeded(self) -> None:
        """Begins again with the shortest span."""
        self._failures = 0

    def delay(self) -> float:
        """Seconds to wait after one more failure."""
        # The exponent is bounded, as 2.0 ** 1024 overflows.
        span = self._options.backoff_first * 2.0 ** min(self._failures, 32)
        self._failures += 1
        return min(span, self._options.backoff_most) * self._options.chance()
