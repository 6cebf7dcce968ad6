"""The server processes that the tests share, and a door to them."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from processes import healthy  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from wire import Client  # noqa: E402
from wire_door import Door, Room, http  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the default settings; tests keep apart by rooms of their own."""
    running = ServerProcess(tmp_path_factory.mktemp("server") / "data")
    with healthy(running):
        yield running


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two processes on one data directory; the first one runs the Redis."""
    data_dir = tmp_path_factory.mktemp("servers") / "data"
    first, second = ServerProcess(data_dir), ServerProcess(data_dir)
    with healthy(first, second):
        yield first, second


@pytest.fixture
async def door(server: ServerProcess) -> AsyncIterator[Door]:
    """Rooms on the shared server, and clients in them."""
    async with Door(server.url) as opened:
        yield opened


@pytest.fixture
async def room(door: Door) -> Room:
    """A new room on the shared server."""
    return await door.create()


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the shared server."""
    async with http(server.url) as opened:
        yield opened


@pytest.fixture
async def pair(door: Door) -> tuple[Client, Client]:
    """Two clients of a new room."""
    one, other = await door.several(await door.create(), ["Ada", "Bob"])
    return one, other
