"""H7: the box of a drawing, against curves that are walked along."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_values import Segment, joined, paths

from app.services.svg.bounds import Bounds

STEPS = 400
Point = tuple[float, ...]


def bounded(*drawn: tuple[str, float]) -> tuple[int, int, int, int]:
    bounds = Bounds()
    for d, width in drawn:
        bounds.add(d, width)
    return bounds.box()


def walked(path: list[Segment]) -> Iterator[Point]:
    """Points of a path, curves by repeated halving as De Casteljau has it."""
    at: Point = (0.0, 0.0)
    for _, texts in path:
        numbers = [float(text) for text in texts]
        points = [at, *zip(numbers[::2], numbers[1::2], strict=True)]
        if len(points) <= 2:
            yield from points[1:]
        else:
            yield from (along(points, step / STEPS) for step in range(STEPS + 1))
        at = points[-1]


def along(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        points = [tuple(a + (b - a) * t for a, b in zip(p, q, strict=True)) for p, q in pairwise(points)]
    return points[0]


@given(st.lists(st.tuples(paths, st.integers(10, 1_000_000)), min_size=1, max_size=4))
def test_h7_the_box_holds_every_stroke_and_is_no_larger(drawn: list[tuple[list[Segment], int]]) -> None:
    x, y, width, height = bounded(*((joined(path), thousandths / 1000) for path, thousandths in drawn))
    points = [(point, half / 2) for path, half in drawn for point in walked(path)]
    edges = (
        min(p[0] * 1000 - half for p, half in points),
        min(p[1] * 1000 - half for p, half in points),
        max(p[0] * 1000 + half for p, half in points),
        max(p[1] * 1000 + half for p, half in points),
    )
    reach = max(abs(value) for point, _ in points for value in point) * 1000
    slack = 2 + 30 * reach / STEPS**2  # how far a curve bulges between two steps
    for found, edge, outwards in zip((x, y, x + width, y + height), edges, (-1, -1, 1, 1), strict=True):
        assert -0.01 <= (found - edge) * outwards <= slack


@given(st.lists(st.tuples(paths, st.integers(10, 1_000_000)), min_size=1, max_size=5), st.randoms())
def test_h7_the_order_of_paths_does_not_matter_to_the_box(
    drawn: list[tuple[list[Segment], int]], chance: Random
) -> None:
    listed = [(joined(path), thousandths / 1000) for path, thousandths in drawn]
    mixed = chance.sample(listed, len(listed))
    assert bounded(*listed) == bounded(*mixed)


@pytest.mark.parametrize(
    ("d", "width", "box"),
    [
        ("M0 0L10 10", 2, (-1000, -1000, 12_000, 12_000)),
        ("M5 5Z", 3, (3500, 3500, 3000, 3000)),
        ("M5 5L5 5", 0.01, (4995, 4995, 10, 10)),
        ("M0 0L10 0", 0.015, (-8, -8, 10_016, 16)),
        ("M0 0Q5 10 10 0", 2, (-1000, -1000, 12_000, 7000)),
        ("M0 0Q10 0 10 10", 2, (-1000, -1000, 12_000, 12_000)),
        ("M0 0C0 10 10 10 10 0", 2, (-1000, -1000, 12_000, 9500)),
        ("M0 0C-10 0 20 0 10 0", 2, (-3072, -1000, 16_144, 2000)),
        ("M0 0C0 0 0 0 0 0", 1, (-500, -500, 1000, 1000)),
        ("M0.1 0.2L0.3 0.3", 0.1, (50, 150, 300, 200)),
        ("M-1000000 -1000000L1000000 1000000", 1000, (-1_000_500_000, -1_000_500_000, 2_001_000_000, 2_001_000_000)),
        ("M0 0L1 1M20 20L30 30Z", 2, (-1000, -1000, 32_000, 32_000)),
    ],
)
def test_h7_boxes_that_can_be_reckoned_by_hand(d: str, width: float, box: tuple[int, int, int, int]) -> None:
    assert bounded((d, width)) == box


def test_h7_an_empty_board() -> None:
    assert bounded() == (0, 0, 100_000, 100_000)
