"""Numbers and lengths: what a value of an attribute or a property comes to in pixels."""

import math
import re
from dataclasses import dataclass

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

_LENGTH = re.compile(rf"\s*({NUMBER})\s*([a-zA-Z]*|%)\s*")
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "q": 96 / 101.6,
}
_FONT_UNITS = {"em": 1.0, "ex": 0.5, "ch": 0.5}
_FONT_SIZES = {
    "xx-small": 9.6,
    "x-small": 12.0,
    "small": 13.333,
    "medium": 16.0,
    "large": 19.2,
    "x-large": 24.0,
    "xx-large": 32.0,
}
_RELATIVE_SIZES = {"smaller": 1 / 1.2, "larger": 1.2}


@dataclass(frozen=True, slots=True)
class Scale:
    """What relative lengths refer to, in pixels: the viewport's size, and the font's size here and at the root."""

    width: float
    height: float
    font: float = 16.0
    root_font: float = 16.0

    @property
    def diagonal(self) -> float:
        """What percentages refer to that are neither across nor down (SVG 2, 8.9)."""
        return math.sqrt((self.width * self.width + self.height * self.height) / 2)


def length(text: str, whole: float, scale: Scale) -> float | None:
    """A length in pixels, `whole` being 100 %; None if it is none, or not finite."""
    try:
        return _finite(float(text))  # most have no unit
    except ValueError:
        pass
    found = _LENGTH.fullmatch(text)
    if not found:
        return None
    unit = found[2].lower()
    if unit in _PIXELS:
        factor = _PIXELS[unit]
    elif unit == "%":
        factor = whole / 100
    elif unit in _FONT_UNITS:
        factor = _FONT_UNITS[unit] * scale.font
    elif unit == "rem":
        factor = scale.root_font
    else:
        return None
    return _finite(float(found[1]) * factor)


def font_size(text: str, scale: Scale) -> float | None:
    """A `font-size` in pixels, or None."""
    word = text.strip().lower()
    if word in _FONT_SIZES:
        return _FONT_SIZES[word]
    if word in _RELATIVE_SIZES:
        return scale.font * _RELATIVE_SIZES[word]
    size = length(text, scale.font, scale)
    return size if size is not None and size >= 0 else None


def fraction(text: str) -> float | None:
    """A number or a percentage as a number from 0 to 1, such as an opacity; None if it is none."""
    value = length(text, 1.0, Scale(1.0, 1.0))
    if value is None or text.strip()[-1:].isalpha():
        return None
    return min(1.0, max(0.0, value))


def number(text: str) -> float | None:
    """A plain finite number, or None."""
    try:
        return _finite(float(text))
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
