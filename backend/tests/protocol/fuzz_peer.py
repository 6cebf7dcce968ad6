"""A peer that sends whatever bytes it is told to, on a bare socket, and reads what the server says to that."""

import contextlib
import json
import select
import socket
import struct
import time
from collections import Counter

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
UPGRADE = (
    b"GET /api/rooms/%s/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: whiteboard.v1\r\n\r\n"
)
SECONDS = 30.0
"""How long an answer is awaited: far longer than it should take."""


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes | None = bytes(4)) -> bytes:
    """A frame as a client sends it, right or wrong; `rsv` are its reserved bits, 0 to 7."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    flag = 0 if mask is None else 128
    size = len(payload)
    if size < 126:
        head += bytes([flag | size])
    else:
        head += struct.pack("!BH", flag | 126, size) if size < 65536 else struct.pack("!BQ", flag | 127, size)
    if mask is None:
        return head + payload
    key = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + masked.to_bytes(size, "big")


def text(message: object) -> bytes:
    """A whole frame of text: JSON of an object, or the bytes that are given."""
    return frame(TEXT, message if isinstance(message, bytes) else json.dumps(message).encode())


class Peer:
    """One connection. `code` is the server's close code, once it has sent one; `ended` that the connection is over."""

    def __init__(self, port: int, room_id: str) -> None:
        self.code: int | None = None
        self.ended = False
        self.greeted = False
        self.n = 0
        self.seen: Counter[int] = Counter()
        self.pongs: set[float] = set()
        self._buffer = bytearray()
        self._asked = 0
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(UPGRADE % room_id.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        self._socket.setblocking(False)

    def send(self, data: bytes) -> None:
        """Send, and read meanwhile; what the server does not take, for it has closed, is lost."""
        end = time.monotonic() + SECONDS
        left = memoryview(data)
        while left and not self.ended:
            assert time.monotonic() < end, "the server does not read"
            readable, writable, _ = select.select([self._socket], [self._socket], [], 1)
            if readable:
                self._read()
            if writable and not self.ended:
                try:
                    left = left[self._socket.send(left[:65536]) :]
                except BlockingIOError:
                    pass
                except OSError:
                    self._drain()
                    return

    def answered(self) -> bool:
        """Send a ping of the protocol and wait for its pong: all before it is done. False if the server closed."""
        self._asked += 1
        self.send(text({"t": "ping", "c": self._asked}))
        end = time.monotonic() + SECONDS
        while self._asked not in self.pongs and not self.ended:
            assert time.monotonic() < end, "no pong"
            self._wait()
        return not self.ended

    def close_code(self) -> int | None:
        """Wait until the server has ended the connection; give the code that it sent."""
        end = time.monotonic() + SECONDS
        while not self.ended:
            assert time.monotonic() < end, f"the connection does not end (close code so far: {self.code})"
            self._wait()
        return self.code

    def vanish(self) -> None:
        """Break the connection off without a word."""
        if not self.ended:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._end()

    def _wait(self) -> None:
        if select.select([self._socket], [], [], 1)[0]:
            self._read()

    def _drain(self) -> None:
        while not self.ended:
            self._wait()

    def _read(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._buffer += data
        self._parse()
        if not data:
            self._end()

    def _parse(self) -> None:
        buffer, place = self._buffer, 0
        while len(buffer) - place >= 2:
            size, start = buffer[place + 1], place + 2
            if size >= 126:
                width = 2 if size == 126 else 8
                size = int.from_bytes(buffer[start : start + width], "big")
                start += width
            if len(buffer) < start + size:
                break
            assert buffer[place] & 0x70 == 0, "a reserved bit is set"
            assert self.code is None, "something came after the close"
            self._take(buffer[place] & 15, buffer, start, size)
            place = start + size
        del buffer[:place]

    def _take(self, opcode: int, buffer: bytearray, start: int, size: int) -> None:
        self.seen[opcode] += 1
        if opcode == CLOSE:
            self.code = int.from_bytes(buffer[start : start + 2], "big") if size else 1005
            with contextlib.suppress(OSError):  # else the server waits for the answer to its close
                self._socket.send(frame(CLOSE, buffer[start : start + 2]))
                self._socket.shutdown(socket.SHUT_WR)
        elif opcode == TEXT and buffer.startswith(b'{"t":"pong"', start):
            self.pongs.add(json.loads(buffer[start : start + size])["c"])

    def _end(self) -> None:
        self.ended = True
        with contextlib.suppress(OSError):
            self._socket.close()
