"""The hash of the check sum (S6), against the shared vectors and the published definition."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.utils.fnv import fnv1a

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "fnv.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "value"), VECTORS["hashes"])
def test_s6_hashes_of_the_shared_vectors(text: str, value: int) -> None:
    assert fnv1a(text) == value


@pytest.mark.parametrize("case", VECTORS["checks"], ids=lambda case: f"{len(case['paths'])} paths")
def test_s6_check_sums_of_the_shared_vectors(case: dict[str, object]) -> None:
    paths = case["paths"]
    assert {"count": len(paths), "sum": sum(fnv1a(f"{name}:{ts}") for name, ts in paths) % 2**32} == case["check"]


@given(st.text(st.characters(max_codepoint=127)), st.characters(max_codepoint=127))
def test_s6_one_more_character_is_one_more_round(text: str, char: str) -> None:
    assert fnv1a(text + char) == (fnv1a(text) ^ ord(char)) * 16_777_619 % 2**32


def test_s6_only_ascii_is_hashed() -> None:
    with pytest.raises(UnicodeEncodeError):
        fnv1a("ü")
