"""The canonical spelling of numbers (V1)."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.utils.numbers import format_number

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "numbers.json").read_text("utf-8"))
SPELLING = re.compile(r"0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]{0,2}[1-9]")
LIMIT = 1_000_000


@pytest.mark.parametrize(("number", "text"), VECTORS["format"])
def test_v1_numbers_of_the_shared_vectors(number: float, text: str) -> None:
    assert format_number(number) == text


@example(-0.0)
@example(-0.0004)
@example(999_999.9999)
@given(st.floats(-LIMIT, LIMIT))
def test_v1_every_number_is_spelled_canonically(number: float) -> None:
    text = format_number(number)
    assert SPELLING.fullmatch(text)
    assert abs(Decimal(text) - Decimal(number)) <= Decimal("0.0005")
    assert abs(float(text)) <= LIMIT


@given(st.integers(-LIMIT * 1000, LIMIT * 1000))
def test_v1_thousandths_survive_the_round_trip(thousandths: int) -> None:
    text = format_number(thousandths / 1000)
    assert Decimal(text) * 1000 == thousandths
    assert format_number(float(text)) == text


@given(st.floats(-LIMIT, LIMIT), st.floats(-LIMIT, LIMIT))
def test_v1_one_spelling_is_one_number(one: float, other: float) -> None:
    assert (format_number(one) == format_number(other)) == (float(format_number(one)) == float(format_number(other)))
