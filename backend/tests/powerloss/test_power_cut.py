"""Power cuts: whatever a disk may have kept of what was not synced, every acknowledged edit is found again."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from power_disk import Image
from power_images import Cuts, Found, Life, Tally, judge, record
from power_workload import Job

SEED = 20260
LIVES: tuple[dict[str, object], ...] = (
    {"streams": ["a"], "pragmas": {}},  # the real settings: a checkpoint every 1000 pages
    {"streams": ["a"], "pragmas": {"wal_autocheckpoint": 24}},
    {"streams": ["a", "b"], "pragmas": {"wal_autocheckpoint": 60}},
)


def life(directory: Path, number: int, image: Image, base: Found, **values: object) -> Life:
    """Record a life."""
    job = {"url": "", "told": "", "seed": number + 1, "commits": 100, **LIVES[number % len(LIVES)], **values}
    return record(directory / f"life{number}", Job(**job), image, base)  # type: ignore[arg-type]


def cut(lived: Life, count: int, random: Random, directory: Path, tally: Tally, **how: bool) -> tuple[Image, Found]:
    """Look at a number of images of a life; gives one that is good, for the next life to begin with."""
    directory.mkdir(exist_ok=True)
    cuts = Cuts(lived, **how)
    places = sorted(random.choices(range(len(cuts)), k=count))
    chosen: tuple[Image, Found] = {}, {}
    for place in cuts.at(places):
        image = cuts.disk.cut(random)
        found = judge(image, cuts.ledgers, directory, tally)
        if found is not None and random.random() < 0.1 + (place < places[-1] // 2):
            chosen = image, found
    return chosen


@pytest.mark.timeout(1800)
def test_a_power_cut_loses_nothing_acknowledged(tmp_path: Path, long: bool, figure: Callable[[str], None]) -> None:
    random = Random(SEED)
    lives, images = (12, 200) if long else (3, 100)
    tally = Tally()
    image: Image = {}
    base: Found = {}
    for number in range(lives):
        lived = life(tmp_path, number, image, base)
        image, base = cut(lived, images, random, tmp_path / "image", tally)
    figure(f"{tally}")
    assert tally.good, tally.trouble[:5]
