"""Raw WebSockets, for tests."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from small_app import Running

Serve = Callable[..., Awaitable[Running]]
HANDSHAKE = (
    b"GET /ws?secret=1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n"
)


async def raw(port: int, headers: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect without a WebSocket library: nothing answers pings, nothing reads unless the test does."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    writer.write(HANDSHAKE % headers)
    return reader, writer


async def handshake(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await raw(port)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    return reader, writer


async def ended(running: Running, seconds: float = 5) -> float:
    """Wait for the application's task of the connection to end; give the loop time at which it did."""
    async with asyncio.timeout(seconds):
        while not running.ended:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return running.ended[0]
