"""V1: `d` has exactly one spelling."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_values import NUMBERS, PUT, Segment, is_path, joined, paths, raw, spelled, vectors

from app.schemas.ops import BadValue, Put, read_op
from app.schemas.values import path_data_fault

CASES = vectors("paths")
BAD_NUMBERS = [
    "",
    "-",
    "+1",
    "--1",
    "-0",
    "-0.0",
    "0.0",
    "1.0",
    "1.50",
    "0.500",
    "01",
    "00",
    "-01",
    "00.5",
    ".5",
    "-.5",
    "1.",
    "1e3",
    "1E-3",
    "1e400",
    "0.0001",
    "1.2345",
    "1000000.001",
    "-1000000.5",
    "1000001",
    "10000000",
    "9" * 400,
    "NaN",
    "Infinity",
    "0x1",
    "1,5",
    "1_0",
    "\u0661",
    "\u00b2",
    "\uff11",
    "1\u0661",
    "\u22121",
    "1\u200b",
]


def accepted(d: str) -> bool:
    """By the check alone and as part of an op, which must agree."""
    by_check = path_data_fault(d) is None
    try:
        op = read_op(raw(PUT | {"d": d}))
    except BadValue:
        assert not by_check
        return False
    assert by_check
    assert isinstance(op, Put)
    assert op.d == d
    return True


@pytest.mark.parametrize("d", CASES["valid"])
def test_v1_good_path_data_of_the_shared_vectors(d: str) -> None:
    assert accepted(d)


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: f"{case['why']}: {case['d']!a}")
def test_v1_bad_path_data_of_the_shared_vectors(case: dict[str, str]) -> None:
    assert not accepted(case["d"])


@pytest.mark.parametrize("d", CASES["valid"] + [case["d"] for case in CASES["invalid"]])
def test_v1_the_reference_of_these_tests_judges_the_vectors_alike(d: str) -> None:
    assert is_path(d) == (d in CASES["valid"])


@pytest.mark.parametrize("letter", "LQC")
@pytest.mark.parametrize("thousandths", [0, 1, 10, 100, 500, 1000, 10_000, 100_000_000, 999_999_999, 1_000_000_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_v1_a_number_is_read_wherever_it_stands(letter: str, thousandths: int, sign: int) -> None:
    number = spelled(sign * thousandths)
    for place in range(NUMBERS[letter]):
        numbers = ["7"] * NUMBERS[letter]
        numbers[place] = number
        for tail in ("", "Z", "L1 1", "M1 1Z"):
            assert accepted(f"M{number} {number}{letter}{' '.join(numbers)}{tail}")


@given(paths)
def test_v1_every_canonical_path_is_accepted(path: list[Segment]) -> None:
    assert accepted(joined(path))


@given(paths, st.data())
def test_v1_a_bad_number_anywhere_is_refused(path: list[Segment], data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, (_, numbers) in enumerate(path) if numbers]))
    letter, numbers = path[place]
    bad = list(numbers)
    bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.sampled_from(BAD_NUMBERS))
    path[place] = (letter, tuple(bad))
    assert not accepted(joined(path))


@given(paths, st.data())
def test_v1_an_extra_blank_anywhere_is_refused(path: list[Segment], data: st.DataObject) -> None:
    d = joined(path)
    place = data.draw(st.integers(0, len(d)))
    assert not accepted(d[:place] + data.draw(st.sampled_from([" ", "\t", "\n", "\u00a0"])) + d[place:])


def without_letter(path: list[Segment], place: int) -> str:
    return joined(path[:place]) + joined(path[place:])[1:]


def with_close_before(path: list[Segment], place: int) -> str:
    return joined(path[:place]) + "Z" + joined(path[place:])


def in_lower_case(path: list[Segment], place: int) -> str:
    return joined(path[:place]) + joined(path[place:])[0].lower() + joined(path[place:])[1:]


def without_number(path: list[Segment], place: int) -> str:
    letter, numbers = path[place]
    return joined([*path[:place], (letter, numbers[:-1]), *path[place + 1 :]])


def with_number(path: list[Segment], place: int) -> str:
    letter, numbers = path[place]
    return joined([*path[:place], (letter, (*numbers, "1")), *path[place + 1 :]])


def with_lone_move(path: list[Segment], place: int) -> str:
    before = joined(path[:place])
    after = joined(path[place:])
    return f"{before}M1 1{after}" if after.startswith("M") else f"{before}{after}M1 1"


MUTATIONS = [without_letter, with_close_before, in_lower_case, without_number, with_number, with_lone_move]


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
@given(paths, st.data())
def test_v1_a_damaged_structure_is_refused(
    mutate: Callable[[list[Segment], int], str], path: list[Segment], data: st.DataObject
) -> None:
    """Places where the damage would leave a good path are not taken: a `Z` may go, and may stand before an `M`."""
    drawn = [i for i, (letter, _) in enumerate(path) if letter != "Z"]
    inner = [i for i, (letter, _) in enumerate(path) if letter != "M"]
    place = data.draw(st.sampled_from(inner if mutate is with_close_before else drawn))
    if mutate is with_close_before and path[place - 1][0] == "M" and path[place][0] == "Z":
        path = [*path[:place], ("L", ("1", "1")), *path[place:]]
    assert not accepted(mutate(path, place))


@given(paths, st.data())
def test_v1_any_changed_character_is_judged_as_the_rule_says(path: list[Segment], data: st.DataObject) -> None:
    d = joined(path)
    place = data.draw(st.integers(0, len(d) - 1))
    char = data.draw(st.sampled_from("MLQCZ0159.- ") | st.characters(codec="utf-8"))
    for changed in (d[:place] + char + d[place:], d[:place] + char + d[place + 1 :], d[:place] + d[place + 1 :]):
        assert accepted(changed) == is_path(changed)


@pytest.mark.parametrize("tail", ["\n", "\r", "\0", " ", "\u2028", "L", "M", "-", "."])
def test_v1_nothing_may_trail(tail: str) -> None:
    assert not accepted("M0 0L1 1" + tail)


LONG = {
    "lines": ("M0 0", "L1.25 -0.125", ""),
    "curves": ("M0 0", "C1 2 3 4 5 1000000", "Z"),
    "subpaths": ("", "M0 0.5Z", ""),
}


@pytest.mark.parametrize(("head", "part", "tail"), LONG.values(), ids=LONG)
@pytest.mark.parametrize("length", [2_000_000, 4_000_000])
def test_v1_long_path_data_is_judged_at_any_length(head: str, part: str, tail: str, length: int) -> None:
    """Going back and forth would not end within the time that a test has."""
    body = head + part * (length // len(part))
    assert path_data_fault(body + tail) is None
    for spoiled in (
        body + tail + "x",
        body + "L1",
        body + "M1 1",
        "x" + body,
        body + "L" + "1" * 100 + " 1",
        body + "\n",
    ):
        assert path_data_fault(spoiled)


@pytest.mark.parametrize("char", ["0", " ", "Z", "M0 0", "0.0", "0 "])
@pytest.mark.parametrize("length", [2_000_000, 4_000_000])
def test_v1_long_rubbish_is_judged_at_any_length(char: str, length: int) -> None:
    assert path_data_fault("M0 0L" + char * (length // len(char)))
