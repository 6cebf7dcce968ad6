"""`--long`: thousands of images instead of hundreds. What strace is needed for is skipped where it may not trace."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "protocol")]

from power_strace import trouble  # noqa: E402


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Has the long run been asked for?"""
    return bool(request.config.getoption("long", default=False))


@pytest.fixture(scope="session")
def strace() -> None:
    """Skip, with the reason, where nothing can be traced."""
    if reason := trouble():
        pytest.skip(reason)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A directory for images, in memory if there is such: they are synced thousands of times, and none is kept."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system, not a name to guess
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as directory:
        yield Path(directory)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line of figures."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")

    def write(line: str) -> None:
        if reporter is not None and capture is not None:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(f"powerloss: {line}")

    return write
