"""What all tests share: migrated databases of both kinds, and Hypothesis profiles that do not depend on the machine."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path[:0] = [str(Path(__file__).parent)]

import outside  # noqa: E402
from postgres_server import DATABASES, MISSING, PostgresServer, programs  # noqa: E402

from app.core.database import Database, migrate  # noqa: E402

settings.register_profile("short", deadline=None, max_examples=40)
settings.register_profile("long", deadline=None, max_examples=400)
settings.load_profile("short")


LONGEST = ("powerloss", "test_backup_drill.py", "test_one_board.py", "test_description.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest of the option that the campaigns against faults share."""
    parser.addoption("--long", action="store_true", help="faults and power loss: at length, with the real time limits")
    parser.addoption("--database", choices=DATABASES, default="sqlite", help="what servers have (and a Redis outside)")


def pytest_configure(config: pytest.Config) -> None:
    """Have the servers of all tests use PostgreSQL, if asked to."""
    settings.load_profile("long" if config.getoption("--long") else "short")
    if config.getoption("--database") == "postgresql":
        outside.begin()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the dearest tests to the campaigns: a newcomer's run is to stay short. Long files begin first, for its end
    not to wait for one of them."""
    late = {item.path: 2 for item in items}
    for item in items:
        late[item.path] = min(late[item.path], lateness(item))
    items.sort(key=lambda item: late[item.path])
    if config.getoption("--long") or config.getoption("--database") == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long: make test-faults, test-postgres, test-hosts"))


def lateness(item: pytest.Item) -> int:
    """Where in a run a test is: the longest files, then others with processes, then all that compute by themselves."""
    if any(name in item.path.parts for name in LONGEST):
        return 0
    return 1 if item.get_closest_marker("process") or item.get_closest_marker("browser") else 2


def pytest_unconfigure() -> None:
    """End what was started for that."""
    outside.end()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that the tests of a process share."""
    if programs() is None:
        pytest.skip(MISSING)
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of a migrated database, to be copied."""
    url = postgres.create()
    migrate(url)
    return url.rpartition("/")[2]


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, migrated database: of SQLite, or, with the mark `on_both`, of each kind."""
    if getattr(request, "param", request.config.getoption("--database")) == "sqlite":
        url = f"sqlite:///{tmp_path / 'whiteboard.db'}"
        migrate(url)
        yield url
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create(request.getfixturevalue("migrated"))
        yield url
        server.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database, open."""
    opened = Database(database_url)
    yield opened
    await opened.close()
