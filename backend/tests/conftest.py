"""What all tests share: a migrated database, and Hypothesis profiles that do not depend on the machine's speed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.core.database import Database, migrate

settings.register_profile("whiteboard", deadline=None)
settings.load_profile("whiteboard")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest of the option that the campaigns against faults share."""
    parser.addoption("--long", action="store_true", help="faults and power loss: at length, with the real time limits")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of a new, migrated database."""
    url = f"sqlite:///{tmp_path / 'whiteboard.db'}"
    migrate(url)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database, open."""
    opened = Database(database_url)
    yield opened
    await opened.close()
