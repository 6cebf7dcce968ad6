"""Ways to the workers of one server: each leads to one of them, as long as that takes connections."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fault_processes import runs
from fault_relay import Relay
from processes import children
from server_process import ServerProcess

FIRST = "GET /api/rooms/00000000-0000-4000-8000-{:012x} HTTP/1.1\r\nHost: gate\r\n\r\n"
"""A request that belongs to a worker by its number, and is refused: its connection is kept, and used by whoever comes.

So do web servers in front that keep connections.
"""


class Gate(Relay):
    """A relay to the worker of a number."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__([port])
        self.number = number

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        opened = await super()._reach()
        if opened is not None:
            reader, writer = opened
            try:
                writer.write(FIRST.format(self.number).encode())
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(re.findall(rb"(?i)content-length: (\d+)", head)[0]))
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
                return None
        return opened


@asynccontextmanager
async def gates(server: ServerProcess, count: int = 2) -> AsyncIterator[list[Gate]]:
    """A gate to each worker of a server."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Gate(server.port, number)) for number in range(count)]


def workers(server: ServerProcess) -> dict[int, int]:
    """The processes of the workers that run, by their numbers (the first one is 0), as the system knows them.

    One that was just started need not serve yet.
    """
    found = {}
    for pid in map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()):
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().split()
            if runs(pid) and name[0] == "whiteboard":
                found[int(name[1]) - 1] = pid
    return found


def owner(server: ServerProcess) -> int:
    """The worker that runs the embedded Redis."""
    return next(number for number, pid in workers(server).items() if children(pid))


def kill(server: ServerProcess, number: int) -> None:
    """End a worker as a crash does."""
    os.kill(workers(server)[number], signal.SIGKILL)
