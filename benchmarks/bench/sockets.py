"""WebSocket clients that cost as little as Python allows: most count what they get, a few read it."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

ZERO_MASK = bytes(4)
PING, PONG = 0x89, b"\x8a\x80" + ZERO_MASK
Read = Callable[[bytes, bool, float], None]
"""What takes a whole message: its payload, whether it is binary, and when its last byte came."""


def masked(payload: bytes, opcode: int = 1) -> bytes:
    """A client's frame. The mask is zero: what is sent is the same, and masking is not what is measured."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + ZERO_MASK + payload


class Client(asyncio.Protocol):
    """One connection. `frames` and `bytes` count what came; `read`, if set, is given every message."""

    def __init__(self, path: str, port: int) -> None:
        self.frames = self.pings = 0
        self.bytes = 0
        self.read: Read | None = None
        self.seek = b""
        self.found = asyncio.Event()
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self._transport: asyncio.Transport
        self._rest = b""
        self._skip = 0
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request.encode())

    def send(self, payload: bytes) -> None:
        """Send a text message."""
        self._transport.write(masked(payload))

    def close(self) -> None:
        """End the connection."""
        self._transport.abort()

    def stop_reading(self) -> None:
        """Read no more."""
        self._transport.pause_reading()

    def look_for(self, words: bytes) -> None:
        """Set `found` when a piece of what comes holds these words."""
        self.found.clear()
        self.seek = words

    def data_received(self, data: bytes) -> None:
        """Count, or read."""
        if not self.open.done():
            data = self._upgrade(data)
        self.bytes += len(data)
        if self.seek and self.seek in data:
            self.seek = b""
            self.found.set()
        if self.read is None:
            self._count(data)
        else:
            self._read(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end."""
        self.closed = True
        if not self.open.done():
            self.open.set_exception(error or ConnectionError("closed before the upgrade"))

    def _upgrade(self, data: bytes) -> bytes:
        self._rest += data
        head, found, rest = self._rest.partition(b"\r\n\r\n")
        if not found:
            return b""
        self._rest = b""
        if head.startswith(b"HTTP/1.1 101"):
            self.open.set_result(None)
        else:
            self.open.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
        return rest

    def _count(self, data: bytes) -> None:
        at, size = self._skip, len(data)
        if self._rest:
            data, at = self._rest + data, 0
            size, self._rest = len(data), b""
        while at < size:
            if size - at < 10 and size - at < _head(data, at):
                self._rest = data[at:]
                at = size
                break
            self.frames += 1
            length = data[at + 1]
            if length < 126:
                if data[at] == PING:
                    self.pings += 1
                    self._transport.write(PONG)
                at += 2 + length
            elif length == 126:
                at += 4 + (data[at + 2] << 8 | data[at + 3])
            else:
                at += 10 + int.from_bytes(data[at + 2 : at + 10], "big")
        self._skip = at - size

    def _read(self, data: bytes) -> None:
        now = self._loop.time()
        data = self._rest + data
        at, size = self._skip, len(data)
        while size - at >= 2:
            head = _head(data, at)
            if size - at < head:
                break
            length = data[at + 1]
            if head > 2:
                length = int.from_bytes(data[at + 2 : at + head], "big")
            if size - at < head + length:
                break
            opcode = data[at] & 15
            self.frames += 1
            if opcode in (1, 2) and self.read:
                self.read(data[at + head : at + head + length], opcode == 2, now)
            elif data[at] == PING:
                self.pings += 1
                self._transport.write(PONG)
            at += head + length
        self._rest, self._skip = data[at:], 0


def _head(data: bytes, at: int) -> int:
    """Length of a frame's head, as far as can be told."""
    if len(data) - at < 2:
        return 2
    length = data[at + 1]
    return 2 if length < 126 else 4 if length == 126 else 10


async def connect(port: int, path: str) -> Client:
    """Open a WebSocket on 127.0.0.1."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(path, port), "127.0.0.1", port)
    await client.open
    return client
