"""The one spelling of numbers, paths, colours and widths (V1)."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from whiteboard_client.errors import BadValueError

COORDINATE_LIMIT = 1_000_000

# The longer alternatives first: a possessive repetition below does not come back for them.
_NUMBER = r"(?:-?(?:1000000|[1-9][0-9]{0,5}(?:\.[0-9]{0,2}[1-9])?|0\.[0-9]{0,2}[1-9])|0)"
_POINT = f"{_NUMBER} {_NUMBER}"
_SEGMENT = f"(?:L{_POINT}|Q{_POINT} {_POINT}|C{_POINT} {_POINT} {_POINT})"
# Possessive: a path has one reading, and remembering the way back through megabytes of it would cost more than they do.
_D = re.compile(f"(?:M{_POINT}(?:{_SEGMENT}++Z?|Z))++")
_COLOR = re.compile(r"#[0-9a-f]{6}(?!00|ff)(?:[0-9a-f]{2})?")


def format_number(value: float) -> str:
    """A coordinate with at most 3 decimals: `2.50` is `2.5`, `-0.0001` is `0`. Raises BadValueError."""
    if not abs(value) < COORDINATE_LIMIT + 0.0005:  # also refuses NaN
        raise BadValueError(f"a coordinate must be a number from -{COORDINATE_LIMIT} to {COORDINATE_LIMIT}")
    text = f"{value:.3f}".rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text


def path_data(points: Sequence[Sequence[float]]) -> str:
    """`d` of the line through `[x, y]` points, in the canonical spelling. Raises BadValueError.

    Points that fall together once rounded become one; a single point gives the dot `M x yL x y`.
    """
    if not points:
        raise BadValueError("a path needs a point")
    spelled = [f"{format_number(point[0])} {format_number(point[1])}" for point in points]
    rest = [there for here, there in pairwise(spelled) if there != here] or spelled[:1]
    return "M" + "L".join([spelled[0], *rest])


def is_path_data(d: str) -> bool:
    """Whether `d` is spelled as V1 demands."""
    return _D.fullmatch(d) is not None


def is_color(color: str) -> bool:
    """Whether this is `#rrggbb`, or `#rrggbbaa` with an alpha from 01 to fe."""
    return _COLOR.fullmatch(color) is not None


def is_width(width: float) -> bool:
    """Whether this is a width from 0.01 to 1000 with at most 3 decimals."""
    return 0.01 <= width <= 1000 and round(width, 3) == width


def check_style(color: str, width: float) -> None:
    """Raises BadValueError unless colour and width are as V1."""
    if not is_color(color):
        raise BadValueError("a colour must be #rrggbb, or #rrggbbaa with an alpha from 01 to fe, in lower case")
    if not is_width(width):
        raise BadValueError("a width must be 0.01 to 1000, with at most 3 decimals")


def check_path(d: str, color: str, width: float) -> None:
    """Raises BadValueError unless all three are as V1."""
    if not is_path_data(d):
        raise BadValueError("d must be path data in the canonical spelling, such as M0 0L10 10.5")
    check_style(color, width)


def check_points(points: Sequence[float]) -> None:
    """Raises BadValueError unless these are finite `x, y, x, y, …` within the limits."""
    if len(points) % 2:
        raise BadValueError("points must come in pairs")
    if not all(math.isfinite(value) and abs(value) <= COORDINATE_LIMIT for value in points):
        raise BadValueError(f"points must be numbers from -{COORDINATE_LIMIT} to {COORDINATE_LIMIT}")
