"""The check sum of a state (S6): FNV-1a, 32 bits."""

from functools import lru_cache


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, of an ASCII text (Fowler, Noll, Vo: http://www.isthe.com/chongo/tech/comp/fnv/)."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


# Many clients of one room in one process hash the same paths.
@lru_cache(maxsize=65536)
def path_hash(path_id: str, ts: int) -> int:
    """What one path adds to the sum."""
    return fnv1a(f"{path_id}:{ts}")
