"""Many people in one room from one cheap process: raw frames of the wire, nothing that comes is read."""

import asyncio
import json
import time
from typing import Self
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect

from whiteboard_client import Invitation, join_room

SESSIONS = 20
"""So many people have each several connections: a connection is what a room counts and shows (P1)."""


class Crowd:
    """`async with Crowd(invitation, 500) as crowd`: they are there, and `moves` and `draws` when told to."""

    def __init__(self, invitation: Invitation, size: int) -> None:
        self._invitation = invitation
        self._size = size
        self._sockets: list[ClientConnection] = []

    async def __aenter__(self) -> Self:
        """Let them come."""
        names = [f"Person {number}" for number in range(min(SESSIONS, self._size))]
        seats = [await join_room(self._invitation.invite_url, name) for name in names]
        for number in range(self._size):
            seat = seats[number % len(seats)]
            socket = await connect(seat.websocket_url, compression=None, max_queue=None, ping_interval=None)
            self._sockets.append(socket)
            await socket.send(json.dumps({"t": "hello", "token": seat.token}))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut them off."""
        for socket in self._sockets:
            socket.transport.abort()

    async def move(self, count: int, step: int) -> None:
        """So many move their cursors, each at a place of its own."""
        await asyncio.gather(
            *(
                socket.send(json.dumps({"t": "batch", "cursor": [20 + 9 * number, 100 + 5 * number + step]}))
                for number, socket in enumerate(self._sockets[:count])
            )
        )

    async def draw(self, count: int) -> None:
        """So many draw a line."""
        now = time.time_ns() // 1_000_000
        for number, socket in enumerate(self._sockets[:count]):
            path = str(UUID(int=now << 80 | 7 << 76 | number << 64 | 2 << 62 | number))
            d = f"M{100 + 20 * number} 200L{100 + 20 * number} 400"
            op = {"op": "put", "id": path, "ts": now * 4096 + number, "d": d, "color": "#e03131", "width": 4}
            await socket.send(json.dumps({"t": "batch", "n": 1, "ops": [op]}))
