"""WebSocket frames as bytes (RFC 6455, section 5.2): a server's messages, and where a client's frames end."""

import struct

TEXT = 0x81
BINARY = 0x82


def framed(kind: int, payload: bytes) -> bytes:
    """A whole message of a kind (TEXT or BINARY, with the bit that says it is whole)."""
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", kind, 126, size) + payload
    return struct.pack("!BBQ", kind, 127, size) + payload


def payload_of(message: bytes) -> bytes:
    """What `framed` was given."""
    return message[_header_size(message) :]


def _header_size(message: bytes) -> int:
    return {126: 4, 127: 10}.get(message[1], 2)


def frame_sizes(data: bytes | bytearray, at: int = 0) -> tuple[int, int]:
    """How many bytes the head and the content have of a client's frame that begins at a place; 0, 0: not known yet."""
    have = len(data) - at
    if have < 2:
        return 0, 0
    length = data[at + 1] & 0x7F
    if length < 126:
        return 6, length
    if length == 126:
        return (8, data[at + 2] << 8 | data[at + 3]) if have >= 4 else (0, 0)
    return (14, int.from_bytes(data[at + 2 : at + 10], "big")) if have >= 10 else (0, 0)


def frame_fault(data: bytes | bytearray, at: int = 0) -> bool:
    """Tell whether the first two bytes of a client's frame show that it breaks the rules."""
    first, second = data[at], data[at + 1]
    return bool(first & 0x70 or not second & 0x80 or (first & 0x08 and second & 0x7F > 125))


def mask_and_payload(frame: bytes) -> tuple[bytes, bytes]:
    """Of a whole frame from a client."""
    start = {126: 8, 127: 14}.get(frame[1] & 0x7F, 6)
    return frame[start - 4 : start], frame[start:]
