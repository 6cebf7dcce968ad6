"""What a value on the wire may be (W5's range, W6's ids, V1); each check gives what is wrong, or None."""

import re
from functools import lru_cache
from math import isfinite

STAMP_LIMIT = 2**53
COORDINATE_LIMIT = 1_000_000
STROKE_NUMBERS = 20_000
ID_CHARS = 36
COLOR_CHARS = 9
KNOWN = 4096
"""Verdicts remembered of ids and of colors: each piece of a stroke bears both again."""

# One canonical number (V1), its longest spelling first: nothing that matched need be given back.
_N = r"(?:-?(?:1000000|[1-9][0-9]{0,5}(?:\.[0-9]{0,2}[1-9])?|0\.[0-9]{0,2}[1-9])|0)"
_POINT = f"{_N} {_N}"
_SEGMENT = f"(?:L{_POINT}|Q{_POINT} {_POINT}|C{_POINT} {_POINT} {_POINT})"
_SUBPATH = f"M{_POINT}(?:{_SEGMENT}++Z?|Z)"
_PATH = re.compile(f"(?:{_SUBPATH})++")
_COLOR = re.compile(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def id_fault(path_id: str) -> str | None:
    """W6: a UUID version 7 in canonical lower case."""
    return None if len(path_id) == ID_CHARS and _is_id(path_id) else "id must be a UUID version 7 in lower case"


@lru_cache(KNOWN)
def _is_id(text: str) -> bool:
    return _UUID7.fullmatch(text) is not None


def stamp_fault(ts: int) -> str | None:
    """A stamp lies between 0 and 2^53, both excluded."""
    return None if 0 < ts < STAMP_LIMIT else "ts must be above 0 and below 2^53"


def path_data_fault(d: str) -> str | None:
    """V1: the one canonical spelling of SVG path data."""
    return None if _PATH.fullmatch(d) else "d is not in canonical form (M, then L, Q, C or Z; at most 3 decimals)"


def color_fault(color: str) -> str | None:
    """V1: `#rrggbb` or `#rrggbbaa` in lower case, the alpha neither `00` nor `ff`."""
    if len(color) <= COLOR_CHARS and _is_color(color):
        return None
    return "color must be #rrggbb or #rrggbbaa in lower case, with an alpha of 01 to fe"


@lru_cache(KNOWN)
def _is_color(text: str) -> bool:
    return _COLOR.fullmatch(text) is not None and text[7:] not in {"00", "ff"}


def width_fault(width: float) -> str | None:
    """V1: 0.01 to 1000 with at most 3 decimals."""
    if 0.01 <= width <= 1000 and round(width, 3) == width:
        return None
    return "width must be 0.01 to 1000 with at most 3 decimals"


def coordinates_fault(values: list[float] | tuple[float, ...]) -> str | None:
    """V2, V3: finite numbers of at most a million either way."""
    if not values or (min(values) >= -COORDINATE_LIMIT and max(values) <= COORDINATE_LIMIT and isfinite(sum(values))):
        return None  # the sum finds what is no number
    return f"coordinates must be finite and within ±{COORDINATE_LIMIT}"
