"""What a drawing's strokes cover: the boxes of their curves, half the width included (H7)."""

import re
from collections.abc import Iterator
from math import ceil, floor, inf, sqrt

import msgspec

BETWEEN = bytes.maketrans(b"MLQC ", b",,,,,")
numbers_of = msgspec.json.Decoder(list[float]).decode
"""The numbers of V1 are spelled as those of JSON, and nothing reads these faster."""
SEGMENT = re.compile(r"[MLQC][^MLQCZ]+")

Box = tuple[int, int, int, int]
"""x, y, width and height in thousandths of a board unit."""


class Bounds:
    """The smallest box around the paths that were added, rounded outwards to thousandths: nothing is cut."""

    def __init__(self) -> None:
        self._left = self._top = inf
        self._right = self._bottom = -inf

    def add(self, d: str, width: float) -> None:
        """Take a path in; `d` is in the spelling of V1. Joins and caps are round: half a width reaches no further."""
        numbers = numbers_of(b"[%b]" % d.encode().translate(BETWEEN, b"Z")[1:])
        half = width / 2
        xs, ys = numbers[::2], numbers[1::2]
        if self._holds(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half):
            return  # a curve stays within its control points: most paths end here
        if "Q" in d or "C" in d:
            xs, ys = _extremes(d)
        self._left, self._top = min(self._left, min(xs) - half), min(self._top, min(ys) - half)
        self._right, self._bottom = max(self._right, max(xs) + half), max(self._bottom, max(ys) + half)

    def box(self) -> Box:
        """The box; `0 0 100 100` if nothing was added (H7)."""
        if self._left > self._right:
            return 0, 0, 100_000, 100_000
        left, top = floor(_thousandths(self._left)), floor(_thousandths(self._top))
        return left, top, ceil(_thousandths(self._right)) - left, ceil(_thousandths(self._bottom)) - top

    def _holds(self, left: float, top: float, right: float, bottom: float) -> bool:
        return self._left <= left and self._top <= top and right <= self._right and bottom <= self._bottom


def _thousandths(value: float) -> float:
    return round(value * 1000, 5)  # what lies beyond the fifth place is the floats' own


def _extremes(d: str) -> tuple[list[float], list[float]]:
    """The x and the y of every point where a path begins, ends or turns round."""
    xs: list[float] = []
    ys: list[float] = []
    x = y = 0.0
    for segment in SEGMENT.findall(d):
        numbers = list(map(float, segment[1:].split()))
        if len(numbers) > 2:
            xs += _turns(x, *numbers[::2])
            ys += _turns(y, *numbers[1::2])
        x, y = numbers[-2:]
        xs.append(x)
        ys.append(y)
    return xs, ys


def _turns(start: float, *rest: float) -> list[float]:
    """Where one coordinate of a quadratic or cubic curve turns round, if it leaves the range of its ends."""
    *controls, end = rest
    if min(start, end) <= min(controls) and max(controls) <= max(start, end):
        return []
    if len(controls) == 1:
        return [start - (start - controls[0]) ** 2 / (start - 2 * controls[0] + end)]
    p1, p2 = controls
    return [_cubic(t, start, p1, p2, end) for t in _roots(start, p1, p2, end) if 0 < t < 1]


def _cubic(t: float, p0: float, p1: float, p2: float, p3: float) -> float:
    u = 1 - t
    return u * u * u * p0 + 3 * u * u * t * p1 + 3 * u * t * t * p2 + t * t * t * p3


def _roots(p0: float, p1: float, p2: float, p3: float) -> Iterator[float]:
    """Where the derivative of a cubic curve is 0: `a t² + 2 b t + c`, solved without losing digits."""
    a, b, c = p3 - 3 * p2 + 3 * p1 - p0, p2 - 2 * p1 + p0, p1 - p0
    under = b * b - a * c
    if under < 0:
        return
    q = -b - sqrt(under) if b > 0 else -b + sqrt(under)
    if a:
        yield q / a
    if q:
        yield c / q
