"""The server's clock: wall time when the process started, and steady from then on.

A step of the machine's clock (set by hand, or by NTP after the start) moves no stamp: the counter that runs on is the
one that includes suspension where the system has it (Linux), so a laptop that slept does not lag behind.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

_steady = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Clock:
    """Server time, in milliseconds since 1970."""

    _offset: float = field(default_factory=lambda: time.time() - _steady())

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int((self._offset + _steady()) * 1000)

    def now(self) -> datetime:
        """The same as a time in UTC."""
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)
