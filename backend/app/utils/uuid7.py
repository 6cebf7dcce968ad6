"""Ids of paths that the server makes: UUIDs of version 7 (RFC 9562) in ascending order (W6)."""

import secrets
from uuid import UUID

RANDOM_BITS = 74


class AscendingIds:
    """Ids of one moment (milliseconds since 1970), each greater than the one before, and hard to guess."""

    def __init__(self, ms: int) -> None:
        self._next = (ms << RANDOM_BITS) | secrets.randbits(RANDOM_BITS - 1)  # with room to count

    def __iter__(self) -> "AscendingIds":
        return self

    def __next__(self) -> UUID:
        self._next += 1 + secrets.randbits(32)
        ms, high, low = self._next >> RANDOM_BITS, self._next >> 62 & 0xFFF, self._next & (1 << 62) - 1
        return UUID(int=ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
