"""Paints and colours: what `fill`, `stroke`, `color` and `stop-color` may say, and V1's spelling of a colour."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from tinycss2.color4 import Color as CssColor
from tinycss2.color4 import parse_color

LONGEST = 256
"""No colour needs more characters; longer ones are not even looked at."""

_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)\s*(.*)""", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Color:
    """An sRGB colour, each part from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Server:
    """A gradient or pattern by its id, and what to paint with if there is none (None: nothing)."""

    id: str
    fallback: "Paint | None"


NONE = "none"
CURRENT = "currentcolor"
Paint = Color | Server | str
"""A colour, a server, or one of the words `none` and `currentcolor`."""

BLACK = Color(0.0, 0.0, 0.0)


def paint(text: str) -> Paint | None:
    """Read a paint; None if it is not valid, so that the cascade goes on below it."""
    if len(text) <= LONGEST:
        return _paint(text)
    return None


@lru_cache(4096)
def _paint(text: str) -> Paint | None:
    word = text.strip()
    lower = word.lower()
    if lower in (NONE, "context-fill", "context-stroke"):
        return NONE
    if not lower.startswith("url("):
        return color(word)
    found = _URL.fullmatch(word)
    if not found:
        return None
    link = (found[1] or found[2] or found[3] or "").strip()
    fallback = paint(found[4]) if found[4].strip() else None
    return Server(link[1:] if link.startswith("#") else "", fallback)


@lru_cache(4096)
def color(text: str) -> Color | str | None:
    """Read a colour, or the word `currentcolor`; None if it is none. An ICC colour behind it does not count."""
    try:
        parsed = parse_color(text.partition("icc-color(")[0].strip())
        return parsed if parsed is None or isinstance(parsed, str) else _srgb(parsed)
    except (NotImplementedError, ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
        return None  # of a colour space that is not known here, or beyond any number


def _srgb(parsed: CssColor) -> Color | None:
    if parsed.space in ("oklab", "oklch"):
        red, green, blue = (_gamma(part) for part in _linear(*parsed.to("xyz-d65").coordinates))
    else:
        red, green, blue = parsed.to("srgb").coordinates
    if not math.isfinite(red + green + blue + parsed.alpha):
        return None
    return Color(*(min(1.0, max(0.0, part)) for part in (red, green, blue, parsed.alpha)))


def _linear(x: float, y: float, z: float) -> tuple[float, float, float]:
    """From XYZ (D65) to linear light; the matrix is that of CSS Color 4, 10.4."""
    return (
        3.2409699 * x - 1.5373832 * y - 0.4986108 * z,
        -0.9692436 * x + 1.8759675 * y + 0.0415551 * z,
        0.0556301 * x - 0.2039770 * y + 1.0569715 * z,
    )


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def spelled(one: Color, opacity: float) -> str | None:
    """V1: `#rrggbb`, or `#rrggbbaa` with an alpha of 01 to fe; None if nothing of it can be seen."""
    alpha = _byte(one.alpha * opacity)
    if not alpha:
        return None
    rgb = f"#{_byte(one.red):02x}{_byte(one.green):02x}{_byte(one.blue):02x}"
    return rgb if alpha == 255 else f"{rgb}{alpha:02x}"


def _byte(part: float) -> int:
    return int(part * 255 + 0.500001)  # a half that was lost in computing is one
