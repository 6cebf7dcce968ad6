"""The CRC-32 of two texts in a row from those of each, as zlib has it in `crc32_combine` (Python leaves that out).

A CRC is a remainder modulo a polynomial over GF(2); appending n bytes multiplies it by x to the power of 8n.
"""

POLYNOMIAL = 0xEDB88320
ONE = 1 << 31


def times(one: int, other: int) -> int:
    """The product of two remainders; bit 31 is the coefficient of 1."""
    product = 0
    while one:
        if one & ONE:
            product ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ POLYNOMIAL if other & 1 else other >> 1
    return product


def shift(size: int) -> int:
    """What appending `size` bytes multiplies a CRC by."""
    result, power = ONE, ONE >> 8
    while size:
        if size & 1:
            result = times(power, result)
        power = times(power, power)
        size >>= 1
    return result


def combined(first: int, second: int, shift_of_second: int) -> int:
    """The CRC of both texts in a row; `shift_of_second` is `shift` of the second one's size."""
    return times(shift_of_second, first) ^ second
