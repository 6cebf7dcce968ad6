"""The transport of a WebSocket, as its protocol writes to it and ends it."""

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any

ACKNOWLEDGED = slice(120, 128)
"""Where Linux's `struct tcp_info` has `tcpi_bytes_acked`."""


class Outflow:
    """A transport whose `close` is an abort if it has not ended in time; `ending` is called before either."""

    __slots__ = ("_close_seconds", "_ending", "_loop", "_transport")

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        close_seconds: float,
        ending: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._close_seconds = close_seconds
        self._ending = ending

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transport can do
        return getattr(self._transport, name)

    def forget(self) -> None:
        """It has ended: whoever waits for that need not be kept."""
        self._ending = nothing

    @property
    def straight(self) -> tuple[Callable[[bytes], None], Callable[[list[bytes]], None]]:
        """What writes one and what writes several, without a look at whether it ends: for who knows."""
        return self._transport.write, self._transport.writelines

    @property
    def waiting(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def taken(self) -> int:
        """Bytes that the peer's side has acknowledged, where that can be told; else a number that grows with them.

        The kernel frees its send buffer in large steps only, so what waits is not enough to go by.
        """
        sock = self._transport.get_extra_info("socket")
        if sys.platform != "linux" or sock is None or sock.fileno() < 0:
            return -self.waiting
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, ACKNOWLEDGED.stop)
        return int.from_bytes(info[ACKNOWLEDGED], sys.byteorder)

    def write(self, data: bytes) -> None:
        """Write; nothing goes out after a close."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Write what is in the buffer and close; drop what is not written soon."""
        self._ending()
        if not self._transport.is_closing():
            self._loop.call_later(self._close_seconds, self._transport.abort)
        self._transport.close()

    def abort(self) -> None:
        """Close, and drop what is in the buffer."""
        self._ending()
        self._transport.abort()


def nothing() -> None:
    """Do nothing."""
