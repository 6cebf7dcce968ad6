"""`--long`: thousands of images instead of hundreds. What strace is needed for is skipped where it may not trace."""

from collections.abc import Callable

import pytest
from power_strace import trouble


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, unless another folder has."""
    try:
        parser.addoption("--long", action="store_true", help="take minutes instead of seconds, and look at far more")
    except ValueError:
        return


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Has the long run been asked for?"""
    return bool(request.config.getoption("long", default=False))


@pytest.fixture(scope="session", autouse=True)
def strace() -> None:
    """Skip, with the reason, where nothing can be traced."""
    if reason := trouble():
        pytest.skip(reason)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line of figures."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def write(line: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"powerloss: {line}")

    return write
