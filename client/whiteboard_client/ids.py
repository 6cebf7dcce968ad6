"""Ids of paths: UUID version 7 (RFC 9562), growing within one client (W6)."""

import secrets
from collections.abc import Callable
from uuid import UUID

from whiteboard_client.clock import local_ms

_RANDOM_BITS = 74


class Uuid7:
    """Makes ids that only grow, also within one millisecond and when the clock goes back.

    `now` gives ms since 1970; `bits` gives that many random bits.
    """

    def __init__(self, now: Callable[[], float] = local_ms, bits: Callable[[int], int] = secrets.randbits) -> None:
        self._now = now
        self._bits = bits
        self._last = 0

    def __call__(self) -> str:
        """The next id, in canonical lower case."""
        fresh = (int(self._now()) << _RANDOM_BITS) | self._bits(_RANDOM_BITS)
        # RFC 9562, 6.2, method 2: the random part is a counter for as long as the time stands still.
        self._last = max(fresh, self._last + 1)
        return str(UUID(int=_with_version(self._last)))


def _with_version(value: int) -> int:
    """Lays 48 bits of time, 12 and 62 random bits around the fixed version and variant bits."""
    ms, high, low = value >> _RANDOM_BITS, value >> 62 & 0xFFF, value & (1 << 62) - 1
    return ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low


uuid7 = Uuid7()
