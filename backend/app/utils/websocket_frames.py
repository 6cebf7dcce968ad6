"""A server's WebSocket messages as bytes: one unmasked frame each (RFC 6455, section 5.2)."""

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


def payload_size(message: bytes) -> int:
    """How many bytes that were."""
    return len(message) - _header_size(message)


def _header_size(message: bytes) -> int:
    return {126: 4, 127: 10}.get(message[1], 2)
