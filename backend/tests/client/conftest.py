"""A fake server for the tests of the Python client."""

from collections.abc import AsyncIterator

import pytest
from client_fakes import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer.run() as server:
        yield server
