"""A light client of the WebSocket for tests with many of them: a raw asyncio protocol that decodes what it must."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from whiteboard_client.messages import Bye, ServerFrame, Snapshot, Tick, Welcome, decode

SMALL_BUFFER = 4096
SMALL_SEGMENT = 536
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
Follow = Callable[["LightClient", ServerFrame], None]


class LightClient(asyncio.Protocol):
    """One connection. It follows epoch, seq and who has left; `follow` is handed every frame."""

    def __init__(
        self, room_id: str, token: str, since: tuple[str, int] | None = None, follow: Follow | None = None
    ) -> None:
        self.user = 0
        self.epoch, self.seq = since or ("", -1)
        self.sync = ""
        self.in_step_at = 0.0
        self.closed_at = 0.0
        self.left: set[int] = set()
        self.users: set[int] = set()
        self.acked = 0
        self._hello = {"t": "hello", "token": token}
        if since:
            self._hello["since"] = {"epoch": since[0], "seq": since[1]}
        self._room_id = room_id
        self._follow = follow
        self._buffer = bytearray()
        self._upgraded = False
        self._target = 0
        self._n = 0
        self.in_step = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    # Sending.

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        self._write(TEXT, json.dumps(frame, separators=(",", ":")).encode())

    def batch(self, *ops: dict[str, Any], **rest: object) -> int:
        """Send ops; gives the batch's `n`."""
        self._n += 1
        self.send({"t": "batch", "n": self._n, "ops": list(ops), **rest})
        return self._n

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 1 << 16:
            head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
        self.transport.write(head + bytes(4) + payload)  # masked with zeros

    # Receiving.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(
            f"GET /api/rooms/{self._room_id}/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.splitlines()[0], head
            self._upgraded = True
            self._buffer = bytearray(rest)
            self.send(self._hello)
        while (frame := self._next()) is not None:
            self._take(*frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        self.closed_at = time.monotonic()
        if not self.in_step.done():
            self.in_step.set_exception(ConnectionError("the connection ended before the client was in step"))

    def _next(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, start = data[1] & 127, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return None
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return None
        payload = bytes(data[start : start + size])
        opcode = data[0] & 15
        del data[: start + size]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self.transport.close()
        elif opcode == TEXT:
            self._on_frame(decode(payload.decode()))

    def _on_frame(self, frame: ServerFrame) -> None:
        match frame:
            case Welcome():
                self.user, self.sync, self._target = frame.user, frame.sync, frame.seq
                self.users = {each.user for each in frame.users}
                if frame.sync == "full":
                    self.seq = -1
                self.epoch = frame.epoch
            case Snapshot(more=False):
                self.seq = frame.seq
            case Tick():
                self._on_tick(frame)
            case Bye():
                pass
        if self._follow:
            self._follow(self, frame)
        if self.user and self.seq >= self._target and not self.in_step.done():
            self.in_step_at = time.monotonic()
            self.in_step.set_result(None)

    def _on_tick(self, tick: Tick) -> None:
        if tick.seq is not None:
            assert tick.from_seq == self.seq + 1, f"a gap: {self.seq} to {tick.from_seq}"
            self.seq = tick.seq
        self.users |= {each.user for each in tick.joined}
        self.users -= set(tick.left)
        self.left |= set(tick.left)
        self.acked = max([self.acked, *(n for user, n in tick.acks if user == self.user)])


async def enter(
    port: int,
    room_id: str,
    token: str,
    *,
    since: tuple[str, int] | None = None,
    follow: Follow | None = None,
    small: bool = False,
) -> LightClient:
    """Connect, and wait until all is there; `small`: with the kernel's least buffers, on both sides.

    A sender's buffer is measured in segments, which are huge on the loopback: some 2.5 MB without a limit.
    """
    sock = await connected_socket(port, small=small)
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: LightClient(room_id, token, since, follow), sock=sock)
    await client.in_step
    return client


async def connected_socket(port: int, *, small: bool) -> socket.socket:
    """A socket that is connected to a port of this machine; for `small` see `enter`."""
    sock = socket.socket()
    try:
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock


def leave(clients: Iterable[LightClient]) -> None:
    """End connections without a word."""
    for each in clients:
        each.transport.abort()


def new_id() -> str:
    """A UUID version 7."""
    head, tail = f"{int(time.time() * 1000):012x}", os.urandom(10).hex()
    return f"{head[:8]}-{head[8:]}-7{tail[:3]}-a{tail[3:6]}-{tail[6:18]}"


def stamp() -> int:
    """A stamp of this machine's time."""
    return int(time.time() * 1000) * 4096


def put(path_id: str | None = None, size: int = 2) -> dict[str, Any]:
    """A put of a path of that many points."""
    d = "M0 0" + "".join(f"L{i % 997} {i % 89}" for i in range(1, size))
    return {"op": "put", "id": path_id or new_id(), "ts": stamp(), "d": d, "color": "#000000", "width": 2}
