"""The baseline: a bare relay on `websockets` and uvloop, with the same tick, and nothing else.

`python relay.py PORT`. What comes in a room within a tick goes out to all in it as one message, `{"b":[…]}`, as
it came: no storage, no Redis, no tokens, no validation. Rooms are named by the path.
"""

import asyncio
import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

TICK_SECONDS = 0.1


@dataclass
class Room:
    """Who is there, and what has come since the last tick."""

    people: set[ServerConnection] = field(default_factory=set)
    gathered: list[str] = field(default_factory=list)


rooms: dict[str, Room] = defaultdict(Room)


async def connection(socket: ServerConnection) -> None:
    """Gather what one person sends."""
    room = rooms[socket.request.path if socket.request else ""]
    room.people.add(socket)
    with suppress(ConnectionClosed):
        async for message in socket:
            room.gathered.append(str(message))
    room.people.discard(socket)


async def main() -> None:
    """Serve until killed."""
    options = {"compression": None, "ping_interval": None, "max_size": 1 << 22, "backlog": 1024}
    async with serve(connection, "127.0.0.1", int(sys.argv[1]), **options):
        print("ready", flush=True)  # noqa: T201
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
            for room in rooms.values():
                if room.gathered:
                    message = '{"b":[' + ",".join(room.gathered) + "]}"
                    room.gathered = []
                    broadcast(room.people, message)


if __name__ == "__main__":
    uvloop.run(main())
