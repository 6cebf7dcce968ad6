"""`viewBox` and `preserveAspectRatio`: how the inside of an `svg` or `symbol` is laid out (SVG 2, 8.2 and 8.6)."""

import re
from dataclasses import dataclass

from app.services.svg.lengths import NUMBER, Scale, length
from app.services.svg.matrices import Matrix, is_finite

_FOUR = re.compile(r"\s*,?\s*".join([rf"\s*({NUMBER})", f"({NUMBER})", f"({NUMBER})", rf"({NUMBER})\s*"]))
_ALIGN = re.compile(r"x(Min|Mid|Max)Y(Min|Mid|Max)")
_SHARES = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
DEFAULT_SIZE = (300.0, 150.0)
"""Of a drawing that tells no size at all (CSS 2.1, 10.3.2)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place and a size."""

    x: float
    y: float
    width: float
    height: float


def view_box(text: str | None) -> Box | None:
    """The four numbers of a `viewBox`; None if they are none, not finite, or leave no room."""
    found = _FOUR.fullmatch(text) if text else None
    if not found:
        return None
    x, y, width, height = (float(part) for part in found.groups())
    return Box(x, y, width, height) if 0 < width < 1e30 and 0 < height < 1e30 and abs(x) + abs(y) < 1e30 else None


def fitted(view: Box, port: Box, aspect: str | None) -> Matrix:
    """The map of a view box into a viewport."""
    x_scale, y_scale = port.width / view.width, port.height / view.height
    x_share, y_share = 0.0, 0.0
    words = (aspect or "").split()
    if words[:1] == ["defer"]:
        words = words[1:]
    if words[:1] != ["none"]:
        found = _ALIGN.fullmatch(words[0]) if words else None
        x_share, y_share = (_SHARES[found[1]], _SHARES[found[2]]) if found else (0.5, 0.5)
        x_scale = y_scale = (max if words[1:] == ["slice"] else min)(x_scale, y_scale)
    x = port.x - view.x * x_scale + (port.width - view.width * x_scale) * x_share
    y = port.y - view.y * y_scale + (port.height - view.height * y_scale) * y_share
    return (x_scale, 0.0, 0.0, y_scale, x, y)


def root_port(width: str | None, height: str | None, view: Box | None) -> Box:
    """The viewport of the whole drawing on the board: its size in CSS pixels, its origin where the view box has its
    own (H7). A size that is missing, a percentage or none follows from the view box."""
    w, h = _root_size(width), _root_size(height)
    if view is None:
        return Box(0.0, 0.0, w or DEFAULT_SIZE[0], h or DEFAULT_SIZE[1])
    if w is None and h is None:
        w, h = view.width, view.height
    elif w is None:
        w = (h or 0.0) * view.width / view.height
    elif h is None:
        h = w * view.height / view.width
    return Box(view.x, view.y, w or 0.0, h or 0.0)


def _root_size(text: str | None) -> float | None:
    if text is None or "%" in text:
        return None
    size = length(text, 0.0, Scale(*DEFAULT_SIZE))
    return size if size is not None and size > 0 else None


def usable(matrix: Matrix) -> bool:
    """Whether a layout comes out as numbers."""
    return is_finite(matrix)
