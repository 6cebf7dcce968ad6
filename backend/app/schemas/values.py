"""What a value on the wire may be (W5's range, W6's ids, V1); each check gives what is wrong, or None."""

import re

STAMP_LIMIT = 2**53
COORDINATE_LIMIT = 1_000_000
STROKE_NUMBERS = 20_000

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
    return None if _UUID7.fullmatch(path_id) else "id must be a UUID version 7 in lower case"


def stamp_fault(ts: int) -> str | None:
    """A stamp lies between 0 and 2^53, both excluded."""
    return None if 0 < ts < STAMP_LIMIT else "ts must be above 0 and below 2^53"


def path_data_fault(d: str) -> str | None:
    """V1: the one canonical spelling of SVG path data."""
    return None if _PATH.fullmatch(d) else "d is not in canonical form (M, then L, Q, C or Z; at most 3 decimals)"


def color_fault(color: str) -> str | None:
    """V1: `#rrggbb` or `#rrggbbaa` in lower case, the alpha neither `00` nor `ff`."""
    if _COLOR.fullmatch(color) and color[7:] not in {"00", "ff"}:
        return None
    return "color must be #rrggbb or #rrggbbaa in lower case, with an alpha of 01 to fe"


def width_fault(width: float) -> str | None:
    """V1: 0.01 to 1000 with at most 3 decimals."""
    if 0.01 <= width <= 1000 and round(width, 3) == width:
        return None
    return "width must be 0.01 to 1000 with at most 3 decimals"


def coordinates_fault(values: list[float] | tuple[float, ...]) -> str | None:
    """V2, V3: finite numbers of at most a million either way."""
    if all(-COORDINATE_LIMIT <= value <= COORDINATE_LIMIT for value in values):
        return None
    return f"coordinates must be finite and within ±{COORDINATE_LIMIT}"
