"""Whatever people do, and whatever happens to the servers, the history keeps every promise that the checker knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.checker import check
from checker.fuzz_people import Play
from checker.fuzz_servers import Servers

pytestmark = [pytest.mark.process, pytest.mark.fuzz]

REGRESSIONS: tuple[int, ...] = (7, 19, 32, 45, 46, 47, 52, 62, 69, 75, 93, 106)
"""Seeds that failed once; they are always played."""
DUMPS = Path(__file__).parents[3] / "test-output"
TROUBLE = {7: "redis", 17: "crash"}


def trouble_of(seed: int) -> str:
    """What happens to the servers: one seed in 25 kills Redis, and one a server."""
    return TROUBLE.get(seed % 25, "")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A pair for all seeds that leave it alone."""
    with Servers(tmp_path_factory.mktemp("fuzz") / "data") as pair:
        yield pair
    assert "Traceback" not in pair.log, pair.log


@pytest.fixture
def pair(seed: int, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Servers]:
    """The servers of a seed: a pair of its own if it kills."""
    if not trouble_of(seed):
        yield request.getfixturevalue("servers")
        return
    with Servers(tmp_path / "data") as own:
        yield own
    assert "Traceback" not in own.log, own.log


@pytest.mark.timeout(300)
async def test_w4_s1_s2_s3_s4_s5_s6_s9_p4_every_promise_is_kept(seed: int, pair: Servers) -> None:
    play = Play(seed, pair, trouble_of(seed))
    try:
        await play.run()
        violations = check(play.history.events)
    except BaseException:
        _dump(play, seed)
        raise
    if violations:
        told = "\n".join(str(violation)[:600] for violation in violations[:20])
        pytest.fail(f"{len(violations)} violations; {_dump(play, seed)}\n{told}", pytrace=False)


def _dump(play: Play, seed: int) -> str:
    path = DUMPS / f"fuzz-{seed}.jsonl"
    play.history.dump(path)
    return f"again: pytest backend/tests/checker --seed {seed}; the history is in {path}"
