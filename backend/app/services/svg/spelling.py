"""Segments under a map as V1 spells them."""

from app.schemas.values import COORDINATE_LIMIT
from app.services.svg.matrices import IDENTITY, Matrix
from app.services.svg.path_data import Segment
from app.utils.numbers import format_number


def spell(segments: list[Segment], matrix: Matrix) -> tuple[str, int, bool]:
    """`d`, how many segments it has, and whether it had to be kept within ±1000000; `""` if nothing is drawn."""
    parts: list[str] = []
    a, b, c, d, e, f = matrix
    moved = matrix != IDENTITY
    inside = True
    for place, (letter, points) in enumerate(segments):
        if letter == "M" and (place + 1 == len(segments) or segments[place + 1][0] == "M"):
            continue  # it draws nothing
        numbers: list[str] = []
        for at in range(0, len(points), 2):
            x, y = points[at], points[at + 1]
            if moved:
                x, y = a * x + c * y + e, b * x + d * y + f
            if not (-COORDINATE_LIMIT <= x <= COORDINATE_LIMIT and -COORDINATE_LIMIT <= y <= COORDINATE_LIMIT):
                x, y, inside = _clamped(x), _clamped(y), False
            numbers.append(format_number(x))
            numbers.append(format_number(y))
        parts.append(letter + " ".join(numbers))
    return "".join(parts), len(parts), inside


def _clamped(value: float) -> float:
    return max(-COORDINATE_LIMIT, min(COORDINATE_LIMIT, value))  # which makes a number of NaN, too
