"""What the fault tests share: `--long` for the thorough run, and the lines with their figures."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "protocol"), str(Path(__file__).parents[1])]

from fault_figures import line  # noqa: E402

LONGEST_SECONDS = {False: 90, True: 600}

Figures = Callable[..., None]


def is_long(config: pytest.Config) -> bool:
    """Was the long run asked for?"""
    return bool(config.getoption("--long", default=False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All of them start processes, and each has an end; those in `LONG_ONLY` are left out of the short run."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents and isinstance(item, pytest.Function)]
    for item in ours:
        item.add_marker(pytest.mark.process)
        item.add_marker(pytest.mark.timeout(LONGEST_SECONDS[is_long(config)]))
    if not is_long(config):
        left_out = [item for item in ours if item.originalname in getattr(item.module, "LONG_ONLY", ())]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test's variants: those of `VARIANTS[its name]`, and in the long run those of `LONG_VARIANTS` too."""
    if "variant" in metafunc.fixturenames:
        name = metafunc.function.__name__
        chosen = list(metafunc.module.VARIANTS[name])
        if is_long(metafunc.config):
            chosen += [each for each in metafunc.module.LONG_VARIANTS.get(name, ()) if each not in chosen]
        metafunc.parametrize("variant", chosen, ids=["-".join(map(str, each)) for each in chosen])


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Is this the long run?"""
    return is_long(request.config)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Writes one line of figures past pytest's capture."""
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")

    def write(fault: str, **values: object) -> None:
        if terminal is None:  # a worker among several, who has none
            print(line(fault, values))  # noqa: T201
            return
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(line(fault, values))

    return write


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory with a short path, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        yield Path(directory) / "data"
