"""`transform` and `transform-origin`, as attributes and as CSS properties write them."""

import re
from collections.abc import Callable

from app.services.svg.lengths import NUMBER, Scale, length
from app.services.svg.matrices import (
    IDENTITY,
    Matrix,
    around,
    is_finite,
    product,
    rotation,
    scaling,
    skewing,
    translation,
)

_FUNCTION = re.compile(r"[\s,]*([a-zA-Z]+[XY]?)\s*\(([^()]*)\)[\s,]*")
_VALUE = re.compile(rf"({NUMBER})\s*(%|[a-zA-Z]*)")
_BETWEEN = re.compile(r"\s*,?\s*")
_TURNS = {"": 1.0, "deg": 1.0, "grad": 0.9, "rad": 57.29577951308232, "turn": 360.0}
_ORIGINS = {"left": (0.0, None), "right": (1.0, None), "top": (None, 0.0), "bottom": (None, 1.0), "center": (0.5, 0.5)}

Values = list[tuple[str, str]]


def transform(text: str, scale: Scale) -> Matrix | None:
    """The map that a list of functions makes; None if it is none, or overflows."""
    if text.strip() in ("", "none"):
        return IDENTITY
    result, end = IDENTITY, 0
    while end < len(text):
        found = _FUNCTION.match(text, end)
        one = found and _one(found[1], found[2], scale)
        if not found or one is None:
            return None
        result, end = product(result, one), found.end()
    return result if is_finite(result) else None


def _one(name: str, arguments: str, scale: Scale) -> Matrix | None:
    make = _FUNCTIONS.get(name.lower())
    values = _values(arguments)
    if make is None or values is None:
        return None
    try:
        return make(values, scale)
    except (ValueError, IndexError):
        return None


def _values(text: str) -> Values | None:
    values: Values = []
    end = len(text) - len(text.lstrip())
    while end < len(text):
        found = _VALUE.match(text, end)
        if not found:
            return None
        values.append((found[1], found[2].lower()))
        between = _BETWEEN.match(text, found.end())
        end = between.end() if between else found.end()
    return values


def _numbers(values: Values, *counts: int) -> list[float]:
    if len(values) not in counts or any(unit for _, unit in values):
        raise ValueError
    return [float(value) for value, _ in values]


def _angles(values: Values, *counts: int) -> list[float]:
    if len(values) not in counts or any(unit not in _TURNS for _, unit in values):
        raise ValueError
    return [float(value) * _TURNS[unit] for value, unit in values]


def _lengths(values: Values, wholes: list[float], scale: Scale) -> list[float]:
    if not 1 <= len(values) <= len(wholes):
        raise ValueError
    found = [length(value + unit, whole, scale) for (value, unit), whole in zip(values, wholes, strict=False)]
    if None in found:
        raise ValueError
    return [value for value in found if value is not None]


def _factors(values: Values, *counts: int) -> list[float]:
    if len(values) not in counts or any(unit not in ("", "%") for _, unit in values):
        raise ValueError
    return [float(value) / (100 if unit else 1) for value, unit in values]


def _matrix(values: Values, _: Scale) -> Matrix:
    a, b, c, d, e, f = _numbers([*values[:4], *[(value, unit.replace("px", "")) for value, unit in values[4:]]], 6)
    return (a, b, c, d, e, f)


def _translate(values: Values, scale: Scale) -> Matrix:
    x, y = [*_lengths(values, [scale.width, scale.height], scale), 0.0][:2]
    return translation(x, y)


def _scale(values: Values, _: Scale) -> Matrix:
    factors = _factors(values, 1, 2)
    return scaling(factors[0], factors[-1])


def _rotate(values: Values, scale: Scale) -> Matrix:
    turn = rotation(_angles(values[:1], 1)[0])
    if len(values) == 1:
        return turn
    if len(values) != 3:
        raise ValueError
    return around(turn, *_lengths(values[1:], [scale.width, scale.height], scale))


def _skew(values: Values, _: Scale) -> Matrix:
    x, y = [*_angles(values, 1, 2), 0.0][:2]
    return skewing(x, y)


_FUNCTIONS: dict[str, Callable[[Values, Scale], Matrix]] = {
    "matrix": _matrix,
    "translate": _translate,
    "translatex": lambda values, scale: translation(_lengths(values, [scale.width], scale)[0], 0.0),
    "translatey": lambda values, scale: translation(0.0, _lengths(values, [scale.height], scale)[0]),
    "scale": _scale,
    "scalex": lambda values, _: scaling(_factors(values, 1)[0], 1.0),
    "scaley": lambda values, _: scaling(1.0, _factors(values, 1)[0]),
    "rotate": _rotate,
    "rotatez": lambda values, _: rotation(_angles(values, 1)[0]),
    "skew": _skew,
    "skewx": lambda values, _: skewing(_angles(values, 1)[0], 0.0),
    "skewy": lambda values, _: skewing(0.0, _angles(values, 1)[0]),
}


def origin(text: str, box: tuple[float, float, float, float], scale: Scale) -> tuple[float, float] | None:
    """`transform-origin` in a box (x, y, width, height); None if it is none."""
    words = text.replace(",", " ").lower().split()[:2]
    if not words:
        return None
    if len(words) == 1:
        words.append("center")
    if words[0] in ("top", "bottom") or words[1] in ("left", "right"):
        words.reverse()
    x, y = _place(words[0], 0, box[2], scale), _place(words[1], 1, box[3], scale)
    return None if x is None or y is None else (box[0] + x, box[1] + y)


def _place(word: str, axis: int, whole: float, scale: Scale) -> float | None:
    if word in _ORIGINS:
        share = _ORIGINS[word][axis]
        return None if share is None else share * whole
    return length(word, whole, scale)
