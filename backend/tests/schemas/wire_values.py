"""What the tests of the schemas share: values as V1 and W6 have them, made and judged without the code under test."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st
from msgspec import Raw

Json: TypeAlias = Any  # whatever a JSON text holds
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
STAMP = 7_000_000_000_000_000
LIMIT = 1_000_000
NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
PUT = {"op": "put", "id": ID, "ts": STAMP, "d": "M0 0L1 1", "color": "#ff0000", "width": 2}
DELETE = {"op": "del", "id": ID, "ts": STAMP}
CLEAR = {"op": "clear", "ts": STAMP}
PIECE = {"id": ID, "ts": STAMP, "color": "#ff0000", "width": 2, "points": [0, 0, 1, 1]}

Segment = tuple[str, tuple[str, ...]]


def vectors(name: str) -> Json:
    """The content of a file of shared test vectors."""
    return json.loads((Path(__file__).parents[1] / "vectors" / f"{name}.json").read_text("utf-8"))


def raw(value: Json) -> Raw:
    """An element as a frame holds it."""
    return Raw(json.dumps(value).encode())


def spelled(thousandths: int) -> str:
    """V1's one spelling of a number of thousandths, by whole numbers alone."""
    whole, rest = divmod(abs(thousandths), 1000)
    decimals = f".{rest:03}".rstrip("0").rstrip(".")
    return ("-" if thousandths < 0 else "") + str(whole) + decimals


def is_spelled(text: str) -> bool:
    """Is it the one spelling of a number that V1 allows?"""
    if not re.fullmatch(r"-?[0-9]{1,7}(\.[0-9]{1,3})?", text):
        return False
    whole, _, decimals = text.lstrip("-").partition(".")
    thousandths = (int(whole) * 1000 + int(decimals.ljust(3, "0"))) * (-1 if text.startswith("-") else 1)
    return abs(thousandths) <= LIMIT * 1000 and spelled(thousandths) == text


def is_path(d: str) -> bool:
    """V1 word for word: cut before each letter, then look at one segment after the other."""
    segments = re.findall(r"[A-Za-z][^A-Za-z]*", d)
    if "".join(segments) != d or not segments or segments[-1][0] == "M":
        return False
    letters = "".join(segment[0] for segment in segments)
    if set(letters) - set(NUMBERS) or letters[0] != "M" or "MM" in letters or re.search("Z[^M]", letters):
        return False
    return all(_is_segment(segment[0], segment[1:]) for segment in segments)


def _is_segment(letter: str, numbers: str) -> bool:
    if letter == "Z":
        return numbers == ""
    parts = numbers.split(" ")
    return len(parts) == NUMBERS[letter] and all(map(is_spelled, parts))


def joined(segments: list[Segment]) -> str:
    return "".join(letter + " ".join(numbers) for letter, numbers in segments)


_edges = st.sampled_from([0, 1, -1, 500, -500, 50, 1000, LIMIT * 1000, -LIMIT * 1000, 999_999_999, 100_000_000])
number_texts = st.builds(spelled, _edges | st.integers(-3000, 3000) | st.integers(-LIMIT * 1000, LIMIT * 1000))


def _segment(letter: str) -> st.SearchStrategy[Segment]:
    return st.tuples(st.just(letter), st.tuples(*[number_texts] * NUMBERS[letter]))


_drawn = st.lists(st.sampled_from("LQC").flatmap(_segment), min_size=1, max_size=4)
_closed = st.builds(lambda drawn, close: drawn + [("Z", ())] * close, _drawn, st.booleans()) | st.just([("Z", ())])
_subpaths = st.builds(lambda move, rest: [move, *rest], _segment("M"), _closed)
paths: st.SearchStrategy[list[Segment]] = st.lists(_subpaths, min_size=1, max_size=3).map(
    lambda parts: list(chain(*parts))
)
