"""V1, H1 and S6 against the shared vectors."""

import math
import unicodedata

import pytest
from client_fakes import Json, vectors
from hypothesis import given
from hypothesis import strategies as st

from whiteboard_client.checksum import fnv1a
from whiteboard_client.errors import BadValueError
from whiteboard_client.values import (
    check_path,
    check_points,
    format_number,
    is_color,
    is_path_data,
    is_width,
    path_data,
)

PATHS, STYLES, NAMES = vectors("paths"), vectors("styles"), vectors("names")
coordinates = st.floats(-1_000_000, 1_000_000)


@pytest.mark.parametrize("d", PATHS["valid"])
def test_v1_good_path_data(d: str) -> None:
    assert is_path_data(d)


@pytest.mark.parametrize("case", PATHS["invalid"], ids=lambda case: f"{case['why']}: {case['d']!a}")
def test_v1_bad_path_data(case: Json) -> None:
    assert not is_path_data(case["d"])


@pytest.mark.parametrize(("number", "text"), vectors("numbers")["format"])
def test_v1_canonical_numbers(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1_000_000.5, -1_000_001, 1e300])
def test_v1_numbers_outside_the_limits_are_not_spelled(number: float) -> None:
    with pytest.raises(BadValueError):
        format_number(number)


@given(coordinates, coordinates)
def test_v1_every_number_is_spelled_canonically(x: float, y: float) -> None:
    d = path_data([(x, y), (0, 0)])
    assert is_path_data(d)
    assert abs(float(format_number(x)) - x) <= 0.000501


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=20))
def test_v1_points_give_path_data(points: list[tuple[float, float]]) -> None:
    assert is_path_data(path_data(points))


def test_v1_points_that_fall_together_become_one() -> None:
    assert path_data([(0, 0), (0.0001, 0), (10, 10.50), (10, 10.5), (0, 0)]) == "M0 0L10 10.5L0 0"
    assert path_data([(3, 4)]) == path_data([(3, 4), (3, 4)]) == "M3 4L3 4"


def test_v1_a_path_needs_a_point() -> None:
    with pytest.raises(BadValueError):
        path_data([])


def test_v1_long_path_data_is_read() -> None:
    assert is_path_data("M0 0" + "L1 1" * 500_000)
    assert not is_path_data("M0 0" + "L1 1" * 500_000 + "L1")


@pytest.mark.parametrize("color", STYLES["colors"]["valid"])
def test_v1_good_colors(color: str) -> None:
    assert is_color(color)


@pytest.mark.parametrize("case", STYLES["colors"]["invalid"], ids=lambda case: f"{case['why']}: {case['color']!a}")
def test_v1_bad_colors(case: Json) -> None:
    assert not is_color(case["color"])


@pytest.mark.parametrize("width", STYLES["widths"]["valid"])
def test_v1_good_widths(width: float) -> None:
    assert is_width(width)


@pytest.mark.parametrize("case", STYLES["widths"]["invalid"], ids=lambda case: f"{case['why']}: {case['width']!a}")
def test_v1_bad_widths(case: Json) -> None:
    width = case["width"]
    is_number = isinstance(width, int | float) and not isinstance(width, bool)  # the rest is the decoder's to refuse
    assert not is_number or not is_width(width)


@pytest.mark.parametrize(
    ("d", "color", "width"), [("M0 0", "#000000", 2), ("M0 0Z", "red", 2), ("M0 0Z", "#000000", 0)]
)
def test_v1_bad_paths_are_told(d: str, color: str, width: float) -> None:
    check_path("M0 0Z", "#000000", 2)
    with pytest.raises(BadValueError):
        check_path(d, color, width)


@pytest.mark.parametrize("points", [(1,), (1, math.nan), (math.inf, 1), (1, 1_000_001)])
def test_v3_bad_points_are_told(points: tuple[float, ...]) -> None:
    check_points((1, -1_000_000))
    with pytest.raises(BadValueError):
        check_points(points)


@pytest.mark.parametrize(("text", "value"), vectors("fnv")["hashes"])
def test_s6_fnv1a(text: str, value: int) -> None:
    assert fnv1a(text) == value


def is_name(name: str) -> bool:
    """H1 word for word; the client leaves names to the server, so this checks the vectors alone."""
    trimmed = name.strip()
    return 1 <= len(trimmed) <= 64 and not any(unicodedata.category(char) in {"Cc", "Cs"} for char in trimmed)


def test_h1_the_vectors_of_names_follow_the_rule() -> None:
    assert all(is_name(case["name"]) and case["name"].strip() == case["trimmed"] for case in NAMES["valid"])
    assert not any(is_name(case["name"]) for case in NAMES["invalid"])
