"""Path data: every command, packed numbers, and what damage leaves."""

import itertools
import math

import pytest
from svg_help import draw, lines, reasons

from app.services.svg.path_data import read_path


def path(d: str) -> str:
    found = lines(f'<path d="{d}"/>')
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("d", "expected"),
    [
        ("M1 2L3 4", "M1 2L3 4"),
        ("m1,2l3,4", "M1 2L4 6"),
        ("M1 2 3 4 5 6", "M1 2L3 4L5 6"),
        ("m1 2 3 4 5 6", "M1 2L4 6L9 12"),
        ("M1 2H5V7h-1v-2", "M1 2L5 2L5 7L4 7L4 5"),
        ("M0 0H1 2 3", "M0 0L1 0L2 0L3 0"),
        ("M0 0C1 2 3 4 5 6c1 2 3 4 5 6", "M0 0C1 2 3 4 5 6C6 8 8 10 10 12"),
        ("M0 0C0 0 1 2 3 4S7 8 9 9", "M0 0C0 0 1 2 3 4C5 6 7 8 9 9"),
        ("M0 0C0 0 1 2 3 4s4 4 6 5", "M0 0C0 0 1 2 3 4C5 6 7 8 9 9"),
        ("M1 1S7 8 9 9", "M1 1C1 1 7 8 9 9"),
        ("M1 1Q2 2 3 0S7 8 9 9", "M1 1Q2 2 3 0C3 0 7 8 9 9"),
        ("M0 0Q1 2 3 4T9 9t1 1", "M0 0Q1 2 3 4Q5 6 9 9Q13 12 10 10"),
        ("M1 1T3 3", "M1 1Q1 1 3 3"),
        ("M0 0L5 0L5 5Z", "M0 0L5 0L5 5Z"),
        ("M0 0L5 0zL9 9", "M0 0L5 0ZM0 0L9 9"),
        ("M1 1L5 0zm2 2L9 9", "M1 1L5 0ZM3 3L9 9"),
        ("M0 0L5 0ZZ", "M0 0L5 0Z"),
        ("M5 5Z", "M5 5Z"),
        ("M1 1M2 2L3 3M4 4", "M2 2L3 3"),
        ("M.5.5.5-.5", "M0.5 0.5L0.5 -0.5"),
        ("M1e1-1E-1L+2 3.0000001", "M10 -0.1L2 3"),
        ("M1.2.3L4.5.6-7-8", "M1.2 0.3L4.5 0.6L-7 -8"),
        ("  M\n1\t2\r\nL 3 , 4  ", "M1 2L3 4"),
        ("M0 0A5 5 0 0 1 0 0L1 1", "M0 0L1 1"),
        ("M0 0A0 5 0 0 1 7 8", "M0 0L7 8"),
        ("M-0.0004 0L-0.0005 1", "M0 0L-0.001 1"),
        ("M1.0005 2.9996L1 1", "M1 3L1 1"),
    ],
)
def test_every_command(d: str, expected: str) -> None:
    assert path(d) == expected


@pytest.mark.parametrize(
    ("d", "expected"),
    [
        ("M0 0L1 1L2", "M0 0L1 1"),
        ("M0 0L1 1X2 2", "M0 0L1 1"),
        ("M0 0L1 1 foo L3 3", "M0 0L1 1"),
        ("M0 0L1 1C1 2 3 4 5L9 9", "M0 0L1 1"),
        ("M0 0L1 1 2 2 3L9 9", "M0 0L1 1L2 2"),
        ("M0 0L1 1A1 1 0 2 0 5 5L9 9", "M0 0L1 1"),
        ("M0 0L1 1A1 1 0 1 0 5", "M0 0L1 1"),
        ("M0 0L1 1LNaN 3L4 4", "M0 0L1 1"),
        ("M0 0L1 1L1e999 3L4 4", "M0 0L1 1"),
        ("M0 0L1 1L--3 3", "M0 0L1 1"),
        ("M0 0L1 1Z 5L9 9", "M0 0L1 1Z"),
        ("M0 0L1 1,,2 2", "M0 0L1 1"),
        ("M0 0L1 1H", "M0 0L1 1"),
        ("M0 0L1 1#", "M0 0L1 1"),
    ],
)
def test_a_damaged_path_keeps_what_came_before(d: str, expected: str) -> None:
    imported = draw(f'<path stroke="red" fill="none" stroke-linecap="round" stroke-linejoin="round" d="{d}"/>')
    assert [found for found, _, _ in imported.paths] == [expected]
    assert reasons(imported) == {("path", "damaged: path data"): 1}


@pytest.mark.parametrize("d", ["L1 1", "1 1L2 2", "garbage", "M", "M1", "M0 0", ""])
def test_what_never_begins_draws_nothing(d: str) -> None:
    imported = draw(f'<path stroke="red" d="{d}"/><path stroke="red" d="M0 0L1 1"/>')
    assert len(imported.paths) == 1


@pytest.mark.parametrize("packed", ["a25 25 -30 0150-25", "a25,25-30 01,50,-25", "a25 25-30 0 1 50-25"])
def test_the_flags_of_an_arc_may_be_packed(packed: str) -> None:
    assert path(f"M0 0{packed}") == path("M0 0a25 25 -30 0 1 50 -25")
    assert path(f"M0 0{packed}") != ""


def test_several_packed_arcs_in_a_row() -> None:
    assert path("M5 5a1 1 0 011 1 1 1 0 01.5.5") == path("M5 5A1 1 0 0 1 6 6A1 1 0 0 1 6.5 6.5")


def points_of(d: str, per_curve: int = 20) -> list[tuple[float, float]]:
    """Points on the curves of a path, by Bernstein's polynomials."""
    found: list[tuple[float, float]] = []
    at = (0.0, 0.0)
    for letter, p in read_path(d)[0]:
        if letter == "C":
            for step in range(per_curve + 1):
                t = step / per_curve
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                xs, ys = (at[0], p[0], p[2], p[4]), (at[1], p[1], p[3], p[5])
                found.append(tuple(sum(w * v for w, v in zip(weights, axis, strict=True)) for axis in (xs, ys)))  # type: ignore[arg-type]
        at = p[-2:] if p else at  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("turn", [0, 30, -75, 200])
@pytest.mark.parametrize(("large", "sweep"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_an_arc_lies_on_its_ellipse(turn: float, large: int, sweep: int) -> None:
    rx, ry, x, y = 40.0, 25.0, 30.0, 12.0
    found = points_of(f"M0 0A{rx} {ry} {turn} {large} {sweep} {x} {y}")
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    turns = {}
    for center in centers(rx, ry, turn, (x, y)):
        unit = [
            ((c * (px - center[0]) + s * (py - center[1])) / rx, (c * (py - center[1]) - s * (px - center[0])) / ry)
            for px, py in found
        ]
        angles = [math.atan2(v, u) for u, v in unit]
        turned = sum(math.remainder(b - a, math.tau) for a, b in itertools.pairwise(angles))
        turns[max(abs(math.hypot(u, v) - 1) for u, v in unit)] = turned
    assert min(turns) < 3e-4
    turned = turns[min(turns)]
    assert (turned > 0) == bool(sweep)
    assert (abs(turned) > math.pi) == bool(large)
    assert found[-1] == pytest.approx((x, y), abs=1e-9)


def centers(rx: float, ry: float, turn: float, end: tuple[float, float]) -> list[tuple[float, float]]:
    """The two ellipses through (0, 0) and `end`: their centres, on the unit circle's chord's bisector."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    u, v = (c * end[0] + s * end[1]) / rx, (c * end[1] - s * end[0]) / ry
    half = math.hypot(u, v) / 2
    away = math.sqrt(1 - half * half) / (2 * half)
    on_circle = [(u / 2 + side * away * v, v / 2 - side * away * u) for side in (1, -1)]
    return [(c * cu * rx - s * cv * ry, s * cu * rx + c * cv * ry) for cu, cv in on_circle]


def test_radii_that_are_too_small_grow() -> None:
    assert path("M0 0A1 1 0 0 1 20 0") == path("M0 0A10 10 0 0 1 20 0")


def test_a_megabyte_of_path_data_takes_no_more_than_its_length() -> None:
    text = "M0 0" + "L1.25 1.25" * 100_000
    segments, sound = read_path(text)
    assert sound
    assert len(segments) == 100_001
    assert read_path("M0 0" + "1" * 300_000)[1] is False
    assert read_path("M0 0L" + " " * 300_000 + "x")[1] is False
    assert read_path("M0 0A" + "1 " * 300_000)[1] is False
