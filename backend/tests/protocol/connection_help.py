"""Connections without a client, for tests."""

import asyncio
import json

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from wire import SECONDS, dial

ECHO = "do-not-repeat-this"


async def end(socket: ClientConnection) -> tuple[int, str]:
    """Read until the connection is closed; give code and reason, which must be short and repeat nothing."""
    async with asyncio.timeout(SECONDS):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            pass
    code, reason = socket.close_code or 1006, socket.close_reason or ""
    assert len(reason.encode()) < 100
    assert ECHO not in reason
    assert "eyJ" not in reason
    return code, reason


async def end_of(url: str, room_id: str, *frames: str | bytes) -> int:
    """Send some frames on a new connection; give the code that it is closed with."""
    socket = await dial(url, room_id)
    for frame in frames:
        await socket.send(frame)
    code, _ = await end(socket)
    return code


def hello(token: str, **rest: object) -> str:
    return json.dumps({"t": "hello", "token": token, **rest})
