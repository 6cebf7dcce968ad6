"""Several hosts for the tests of this folder: all of them take long, and share one site."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("hosts", "docker", "faults", "protocol", ".")]

from fault_figures import line  # noqa: E402
from sites import Site, begun  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them start processes, and none is part of a newcomer's run."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.process)
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Three hosts, nginx, PostgreSQL and Redis, for all tests of a file; each has a room of its own."""
    running = begun()
    try:
        yield running
    finally:
        running.close()
    for host in running.hosts:
        assert "Traceback" not in host.stderr, host.stderr


@pytest.fixture
def figures() -> Callable[..., None]:
    """Writes one line of figures (to be seen with `-s`)."""
    return lambda fault, **values: print(line(fault, values))  # noqa: T201
