"""How many seeds the fuzz plays: `pytest backend/tests/checker --seeds 2000`, or `--seed 17` for one of them."""

import pytest

SEEDS = 18


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest of the options; they are known when this folder is named on the command line."""
    group = parser.getgroup("checker")
    group.addoption("--seeds", type=int, default=SEEDS, help=f"how many seeds the fuzz plays ({SEEDS})")
    group.addoption("--first", type=int, default=0, help="the first of them (0)")
    group.addoption("--seed", type=int, action="append", default=[], help="play this seed only (may be repeated)")


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line("markers", "fuzz: plays seeds on real server processes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each seed: those that failed once first."""
    if "seed" in metafunc.fixturenames:
        config = metafunc.config
        chosen = config.getoption("--seed", default=[])
        first = config.getoption("--first", default=0)
        more = range(first, first + config.getoption("--seeds", default=SEEDS))
        seeds = chosen or dict.fromkeys([*metafunc.module.REGRESSIONS, *more])
        metafunc.parametrize("seed", list(seeds))
