"""The values beside `d`: colors and widths (V1), coordinates (V2, V3), ids (W6), the range of stamps, names (H1)."""

import json
import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from wire_values import ID, LIMIT, PUT, Json, raw, vectors

from app.schemas import values
from app.schemas.ops import BadValue, Put, read_op
from app.schemas.rooms import NewRoom, NewSession, clean_name

STYLES, NAMES = vectors("styles"), vectors("names")


@pytest.mark.parametrize("color", STYLES["colors"]["valid"])
def test_v1_good_colors(color: str) -> None:
    assert values.color_fault(color) is None
    assert read_op(raw(PUT | {"color": color}))


@pytest.mark.parametrize("case", STYLES["colors"]["invalid"], ids=lambda case: f"{case['why']}: {case['color']!a}")
def test_v1_bad_colors(case: Json) -> None:
    assert values.color_fault(case["color"])
    with pytest.raises(BadValue):
        read_op(raw(PUT | {"color": case["color"]}))


@given(st.integers(0, 2**24 - 1), st.integers(0, 255))
def test_v1_alpha_is_told_only_where_it_says_something(rgb: int, alpha: int) -> None:
    assert values.color_fault(f"#{rgb:06x}") is None
    assert (values.color_fault(f"#{rgb:06x}{alpha:02x}") is None) == (0 < alpha < 255)


@pytest.mark.parametrize("width", STYLES["widths"]["valid"])
def test_v1_good_widths(width: float) -> None:
    op = read_op(raw(PUT | {"width": width}))
    assert isinstance(op, Put)
    assert op.width == width


@pytest.mark.parametrize("case", STYLES["widths"]["invalid"], ids=lambda case: f"{case['why']}: {case['width']!a}")
def test_v1_bad_widths(case: Json) -> None:
    with pytest.raises(BadValue):
        read_op(raw(PUT | {"width": case["width"]}))


@given(st.integers(1, 1_100_000))
def test_v1_widths_are_thousandths(thousandths: int) -> None:
    assert (values.width_fault(thousandths / 1000) is None) == (10 <= thousandths <= 1_000_000)


@given(st.integers(10, 999_999), st.integers(1, 9))
def test_v1_a_fourth_decimal_of_a_width_is_refused(thousandths: int, digit: int) -> None:
    assert values.width_fault(float(f"{thousandths / 1000:.3f}{digit}"))


@pytest.mark.parametrize("width", [math.nan, math.inf, -math.inf, 0.0, -0.0])
def test_v1_widths_that_are_no_widths(width: float) -> None:
    assert values.width_fault(width)


@given(st.lists(st.floats(-LIMIT, LIMIT)))
def test_v3_coordinates_within_the_limits(coordinates: list[float]) -> None:
    assert values.coordinates_fault(coordinates) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, math.nextafter(LIMIT, math.inf), -1_000_001, 1e300])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_v3_one_bad_coordinate_is_enough(bad: float, place: int) -> None:
    coordinates = [0.0, 0.0, 0.0]
    coordinates[place] = bad
    assert values.coordinates_fault(coordinates)


@pytest.mark.parametrize(("ts", "good"), [(-1, False), (0, False), (1, True), (2**53 - 1, True), (2**53, False)])
def test_w5_stamps_lie_between_zero_and_2_to_the_53(ts: int, good: bool) -> None:
    assert (values.stamp_fault(ts) is None) == good


@given(st.integers(0, 2**128 - 1))
def test_w6_an_id_is_a_uuid_version_7(number: int) -> None:
    uuid = UUID(int=number)
    assert (values.id_fault(str(uuid)) is None) == (uuid.version == 7)


@given(st.integers(0, 2**128 - 1))
def test_w6_every_uuid_of_version_7_is_an_id(number: int) -> None:
    made = UUID(int=number & ~(0xF << 76) & ~(0xC << 60) | (7 << 76) | (8 << 60))
    assert values.id_fault(str(made)) is None


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ID.upper(),
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        ID + "\n",
        " " + ID,
        ID[:-1],
        ID + "0",
        ID[:14] + "4" + ID[15:],
        ID[:19] + "c" + ID[20:],
        ID[:19] + "7" + ID[20:],
        "\u0660" + ID[1:],
        ID[:-1] + "g",
        "nil",
    ],
)
def test_w6_bad_ids(bad: str) -> None:
    assert values.id_fault(bad)


@pytest.mark.parametrize("case", NAMES["valid"], ids=lambda case: f"{case['name']!a:.40}")
def test_h1_good_names(case: Json) -> None:
    assert clean_name(case["name"]) == case["trimmed"]
    assert NewRoom(name=case["name"]).name == case["trimmed"]
    assert NewSession.model_validate_json(json.dumps({"name": case["name"], "invite": "x"})).name == case["trimmed"]


@pytest.mark.parametrize("case", NAMES["invalid"], ids=lambda case: f"{case['why']}: {case['name']!a:.40}")
def test_h1_bad_names(case: Json) -> None:
    with pytest.raises(ValueError, match="a name has"):
        clean_name(case["name"])
    with pytest.raises(ValidationError):
        NewRoom.model_validate_json(json.dumps({"name": case["name"]}))


@pytest.mark.parametrize("char", ["\x1c", "\x1d", "\x1e", "\x1f"])
def test_h1_separators_are_control_characters_and_no_unicode_white_space(char: str) -> None:
    with pytest.raises(ValueError, match="control"):
        clean_name(char + "Ada")
