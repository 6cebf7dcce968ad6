"""The hash of the check sum."""

OFFSET = 0x811C9DC5
PRIME = 0x01000193


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bit, of an ASCII string (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    value = OFFSET
    for byte in text.encode("ascii"):
        value = (value ^ byte) * PRIME & 0xFFFFFFFF
    return value
