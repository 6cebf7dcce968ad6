"""A server process for each module of tests, with the settings that the module names, and a door to it."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from server_process import ServerProcess  # noqa: E402
from wire_door import Door  # noqa: E402


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The module's server; whatever it did not expect fails the last test."""
    settings = getattr(request.module, "SETTINGS", {})
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", settings) as running:
        yield running
        assert running.terminate() == 0
    assert "Traceback" not in running.stderr, running.stderr


@pytest.fixture
async def door(server: ServerProcess) -> AsyncIterator[Door]:
    """Rooms on the module's server, and clients in them."""
    async with Door(server.url) as opened:
        yield opened
