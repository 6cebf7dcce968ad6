"""Power cuts: whatever a disk may have kept of what was not synced, every acknowledged edit is found again.

The store runs in processes of its own, under strace; from what they asked of the kernel, images of the disk are made
as a power cut may leave them, and each is opened by the code that the server starts with.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from power_disk import SYNCS, Disk, Image
from power_images import Life, Replay, record
from power_reference import Found
from power_verdict import Tally, examine, judge
from power_workload import Job

SEED = 20261
LIVES: tuple[dict[str, Any], ...] = (
    {"streams": ["a"], "pragmas": {}},  # as the server has it: a checkpoint every 1000 pages
    {"streams": ["a"], "pragmas": {"wal_autocheckpoint": 24}},
    {"streams": ["a", "b"], "pragmas": {"wal_autocheckpoint": 60}},  # two processes on one database
)

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("strace")]


def live(directory: Path, number: int, image: Image, base: Found, **values: object) -> Life:
    """Record a life that begins with what an earlier one left."""
    job = {"url": "", "told": "", "seed": number + 1, "commits": 60, **LIVES[number % len(LIVES)], **values}
    return record(directory / f"life{number}", Job(**job), image, base)


def cut(replay: Replay, count: int, random: Random, directory: Path, tally: Tally) -> tuple[Image, Found]:
    """Cut the power at a number of places; gives what one of them left, for the next life to begin with."""
    places = sorted(random.choices(range(len(replay.steps) + 1), k=count))
    chosen = random.choice(places[count // 2 :])
    left: tuple[Image, Found] = {}, {}
    for place in replay.stops(places):
        image = replay.disk.cut(random)
        found = judge(image, replay.ledgers, directory, tally)
        if found is not None and place == chosen:
            left = image, found
    return left


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, strace: None) -> Life:  # noqa: ARG001 - it may skip
    """A short life, as the server has it."""
    return live(tmp_path_factory.mktemp("powerloss"), 0, {}, {})


@pytest.mark.timeout(1800)
def test_a_power_cut_loses_nothing_acknowledged(
    lived: Life, tmp_path: Path, scratch: Path, long: bool, figure: Callable[[str], None]
) -> None:
    random = Random(SEED)
    lives, images = (12, 200) if long else (3, 40)
    tally, counts = Tally(), Counter[str]()
    left: tuple[Image, Found] = {}, {}
    for number in range(lives):
        commits = (500, 150, 150)[number % 3] if long else 60  # with 500 the real setting makes checkpoints, too
        replay = Replay(live(tmp_path, number, *left, commits=commits) if number or long else lived)
        left = cut(replay, images, random, scratch, tally)
        counts += replay.disk.counts
    figure(f"{tally} lives={lives} " + " ".join(f"{name}={count}" for name, count in counts.items()))
    assert tally.good, tally.trouble[:5]
    assert counts["log_restarts"] > 3 * lives


@pytest.mark.timeout(600)
def test_what_was_shown_after_a_crash_survives_a_power_cut_too(
    lived: Life, tmp_path: Path, scratch: Path, long: bool, figure: Callable[[str], None]
) -> None:
    """A process dies before a commit is synced; the next one finds and shows that commit, and then the power goes.

    In every second start the migrations are left out: if anybody else has the file open, then closing the connection
    that did them syncs nothing.
    """
    crashes = 16 if long else 2
    tally = Tally()
    for crash in range(crashes):
        directory = tmp_path / f"after{crash}"
        cut_after_crash(lived, directory, scratch, Random(SEED + crash), tally, migrates=crash % 2 == 0)
    figure(f"crashes={crashes}, then {tally}")
    assert tally.good, tally.trouble[:5]


def test_a_start_that_does_not_sync_the_log_is_found_out(
    lived: Life, tmp_path: Path, scratch: Path, figure: Callable[[str], None]
) -> None:
    tally = Tally()
    cut_after_crash(lived, tmp_path / "after", scratch, Random(SEED), tally, migrates=False, syncs_log=False)
    figure(f"planted: a start that does not sync the log: {tally}")
    assert tally.lost > 0


def cut_after_crash(lived: Life, directory: Path, scratch: Path, random: Random, tally: Tally, **start: bool) -> None:
    """End a life where a sync of the log was about to begin, start anew, and cut the power once boards were shown."""
    replay = Replay(lived)
    syncs = list(syncs_of_commits(replay))
    list(replay.stops([random.choice(syncs[len(syncs) // 3 :])]))
    image = replay.disk.restart(directory.resolve() / "data")
    base, _ = examine(image, scratch)
    after = record(directory, Job("", "", ["a"], 99, 2, {}, **start), image, base)
    again = Replay(after, replay.disk)
    for place in again.stops(range(len(again.steps))):
        if again.shown and place % 3 == 0:
            judge(again.disk.cut(random), again.ledgers, scratch, tally)


def syncs_of_commits(replay: Replay) -> Iterator[int]:
    """The steps where a sync of the log is about to begin that makes a commit safe, not the log's new beginning."""
    offset = 0
    for at, (_, ended, call) in enumerate(replay.steps):
        if ended or not call.path.endswith("-wal"):
            continue
        if call.name in SYNCS and offset:
            yield at
        offset = call.numbers[-1] if call.name == "pwrite64" else 0


PLANTED: dict[str, dict[str, Any]] = {
    "synchronous=OFF": {"pragmas": {"synchronous": "OFF"}},
    "acknowledged before the commit": {"ack_early": True},
    "a disk that lies about syncs": {},
}


@pytest.mark.parametrize("fault", PLANTED)
def test_the_check_finds_what_is_lost(
    lived: Life, tmp_path: Path, scratch: Path, fault: str, figure: Callable[[str], None]
) -> None:
    tally = Tally()
    faulty = live(tmp_path, 0, {}, {}, **PLANTED[fault]) if PLANTED[fault] else lived
    cut(Replay(faulty, Disk(faulty.directory, syncs=bool(PLANTED[fault]))), 20, Random(SEED), scratch, tally)
    figure(f"planted: {fault}: {tally}")
    assert tally.lost > 0
    assert tally.exact < tally.images
