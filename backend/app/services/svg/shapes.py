"""The basic shapes as segments (SVG 2, chapter 10)."""

import re
from collections.abc import Callable

from app.services.svg.lengths import NUMBER, Scale, length
from app.services.svg.path_data import Segment

Attributes = Callable[[str], str | None]
"""What an attribute, or the property of its name, says."""

_KAPPA = 0.5522847498307936
"""4/3 (√2 - 1): how far the handles of a quarter circle of radius 1 reach."""
_ONE_POINT = re.compile(rf"\s*({NUMBER})\s*,?\s*({NUMBER})\s*,?")


class DamagedNumber(ValueError):  # noqa: N818 - a fact about the drawing, not about this program
    """A size or a place is no number, or not a finite one."""


def line(get: Attributes, scale: Scale) -> list[Segment]:
    """`<line>`."""
    x1, x2 = (_size(get(name), scale.width, scale) for name in ("x1", "x2"))
    y1, y2 = (_size(get(name), scale.height, scale) for name in ("y1", "y2"))
    return [("M", (x1, y1)), ("L", (x2, y2))]


def polyline(text: str, *, closed: bool) -> tuple[list[Segment], bool]:
    """`<polyline>` or `<polygon>` by its `points`, and whether they were sound."""
    points: list[tuple[float, float]] = []
    end = 0
    while found := _ONE_POINT.match(text, end):
        point = (float(found[1]), float(found[2]))
        if point[0] - point[0] or point[1] - point[1]:  # infinite
            break
        points.append(point)
        end = found.end()
    if not points:
        return [], not text.strip()
    segments: list[Segment] = [("M", points[0]), *(("L", point) for point in points[1:])]
    if closed:
        segments.append(("Z", ()))
    return segments, not text[end:].strip()


def circle(get: Attributes, scale: Scale) -> list[Segment]:
    """`<circle>`; nothing without a radius."""
    r = _size(get("r"), scale.diagonal, scale)
    return _oval(get, scale, r, r)


def ellipse(get: Attributes, scale: Scale) -> list[Segment]:
    """`<ellipse>`; a radius that is `auto` is as the other."""
    rx, ry = _radii(get, scale)
    return _oval(get, scale, rx, ry)


def _oval(get: Attributes, scale: Scale, rx: float, ry: float) -> list[Segment]:
    if rx <= 0 or ry <= 0:
        return []
    x, y = _size(get("cx"), scale.width, scale), _size(get("cy"), scale.height, scale)
    h, v = rx * _KAPPA, ry * _KAPPA
    return [
        ("M", (x + rx, y)),
        ("C", (x + rx, y + v, x + h, y + ry, x, y + ry)),
        ("C", (x - h, y + ry, x - rx, y + v, x - rx, y)),
        ("C", (x - rx, y - v, x - h, y - ry, x, y - ry)),
        ("C", (x + h, y - ry, x + rx, y - v, x + rx, y)),
        ("Z", ()),
    ]


def rectangle(get: Attributes, scale: Scale) -> list[Segment]:
    """`<rect>`, with round corners where it has them; nothing without a width and a height."""
    x, y = _size(get("x"), scale.width, scale), _size(get("y"), scale.height, scale)
    w, h = _size(get("width"), scale.width, scale), _size(get("height"), scale.height, scale)
    if w <= 0 or h <= 0:
        return []
    rx, ry = _radii(get, scale)
    rx, ry = min(rx, w / 2), min(ry, h / 2)
    if rx <= 0 or ry <= 0:
        return [("M", (x, y)), ("L", (x + w, y)), ("L", (x + w, y + h)), ("L", (x, y + h)), ("Z", ())]
    return _rounded(x, y, x + w, y + h, (rx, ry))


def _rounded(x0: float, y0: float, x1: float, y1: float, radii: tuple[float, float]) -> list[Segment]:
    rx, ry = radii
    h, v = rx * (1 - _KAPPA), ry * (1 - _KAPPA)
    sides: list[Segment] = [
        ("M", (x0 + rx, y0)),
        ("L", (x1 - rx, y0)),
        ("C", (x1 - h, y0, x1, y0 + v, x1, y0 + ry)),
        ("L", (x1, y1 - ry)),
        ("C", (x1, y1 - v, x1 - h, y1, x1 - rx, y1)),
        ("L", (x0 + rx, y1)),
        ("C", (x0 + h, y1, x0, y1 - v, x0, y1 - ry)),
        ("L", (x0, y0 + ry)),
        ("C", (x0, y0 + v, x0 + h, y0, x0 + rx, y0)),
        ("Z", ()),
    ]
    return [
        each for place, each in enumerate(sides) if each[0] != "L" or each[1] != sides[place - 1][1][-2:]
    ]  # a side may be all corner


def _radii(get: Attributes, scale: Scale) -> tuple[float, float]:
    rx, ry = _auto(get("rx"), scale.width, scale), _auto(get("ry"), scale.height, scale)
    if rx is None:
        rx = ry
    if ry is None:
        ry = rx
    return rx or 0.0, ry or 0.0


def _auto(text: str | None, whole: float, scale: Scale) -> float | None:
    """A radius; None if it is `auto`, which a negative one is as well (SVG 2, 7.3)."""
    if text is None or text.strip().lower() == "auto":
        return None
    size = _size(text, whole, scale)
    return size if size >= 0 else None


def _size(text: str | None, whole: float, scale: Scale) -> float:
    if text is None or text.strip().lower() == "auto":
        return 0.0
    value = length(text, whole, scale)
    if value is None:
        raise DamagedNumber
    return value
