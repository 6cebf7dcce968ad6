"""One shape becomes one path: its segments, its colour and its width."""

import re
from typing import Protocol

from lxml import etree

from app.services.svg.cascade import Style
from app.services.svg.lengths import Scale, fraction, length
from app.services.svg.limits import Budget
from app.services.svg.matrices import Matrix, growth, is_uneven
from app.services.svg.paints import BLACK, CURRENT, NONE, Color, Paint, Server, color, paint, spelled
from app.services.svg.path_data import Segment, read_path
from app.services.svg.report import ImportedPath, Notes
from app.services.svg.servers import Servers
from app.services.svg.shapes import DamagedNumber, circle, ellipse, line, polyline, rectangle
from app.services.svg.spelling import spell
from app.services.svg.viewports import Box

WIDEST, THINNEST = 1000.0, 0.01
LENGTHS = {"rect": rectangle, "circle": circle, "ellipse": ellipse, "line": line}
MARKED = ("path", "line", "polyline", "polygon")

_PATH_PROPERTY = re.compile(r"""path\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


class Drawn(Protocol):
    """What a shape is drawn under."""

    @property
    def matrix(self) -> Matrix: ...
    @property
    def style(self) -> Style: ...
    @property
    def opacity(self) -> float: ...
    @property
    def scale(self) -> Scale: ...


class Outliner:
    """Gathers the paths of a drawing, and notes what is lost on the way."""

    def __init__(self, budget: Budget, notes: Notes, servers: Servers, port: Box) -> None:
        self.paths: list[ImportedPath] = []
        self._budget = budget
        self._notes = notes
        self._servers = servers
        self._port = port
        size = max(port.width, port.height)
        self._outline = min(max(1.0, size / 1000), size / 24)
        """The width of what was only filled: a pixel, but in proportion to drawings that are very large or small."""

    def shape(self, element: etree._Element, name: str, own: dict[str, str], state: Drawn) -> None:
        """Draw a shape, if it can be seen."""
        if state.style["visibility"] != "visible":
            return
        if not growth(state.matrix):
            return  # flat: nothing is drawn (CSS Transforms 1, 4)
        segments = self._segments(element, name, own, state.scale)
        if len(segments) < 2:
            return
        width = length(state.style["stroke-width"], state.scale.diagonal, state.scale) or 0.0
        stroke = self._color(name, "stroke", state) if width else None
        if stroke:
            self._stroke(name, own, state, segments, stroke, width)
        elif name != "line" and len(segments) + (segments[1][0] != "L") > 2:
            self._fill(name, state, segments)

    def _segments(self, element: etree._Element, name: str, own: dict[str, str], scale: Scale) -> list[Segment]:
        if name == "path":
            segments, sound = read_path(_path_data(element, own))
        elif name in ("polyline", "polygon"):
            segments, sound = polyline(element.get("points", ""), closed=name == "polygon")
        else:
            try:
                return LENGTHS[name](lambda key: own.get(key) or element.get(key), scale)
            except DamagedNumber:
                self._notes.note(name, "damaged: number")
                return []
        if not sound:
            self._notes.note(name, "damaged: path data" if name == "path" else "damaged: points")
        return segments

    def _stroke(
        self, name: str, own: dict[str, str], state: Drawn, segments: list[Segment], stroke: str, width: float
    ) -> None:
        style = state.style
        if own.get("vector-effect") != "non-scaling-stroke":
            width *= growth(state.matrix)
            if is_uneven(state.matrix):
                self._notes.note(name, "approximated: uneven scaling")
        round_caps = style["stroke-linecap"] == "round"
        if not round_caps and _is_point(segments):
            return  # only round caps make a dot of it
        if not (round_caps and style["stroke-linejoin"] == "round") and name not in ("circle", "ellipse"):
            self._notes.note(name, "approximated: caps and joins")
        if _is_dashed(style["stroke-dasharray"]):
            self._notes.note(name, "approximated: dashes")
        if name in MARKED and any(style[f"marker-{place}"] != NONE for place in ("start", "mid", "end")):
            self._notes.note("marker", "dropped")
        if paint(style["fill"]) != NONE and name != "line":
            self._notes.note(name, "ignored: fill")
        self._add(name, segments, state.matrix, stroke, width)

    def _fill(self, name: str, state: Drawn, segments: list[Segment]) -> None:
        fill = self._color(name, "fill", state)
        if not fill:
            return
        if not self.paths and _covers(segments, state.matrix, self._port):
            self._notes.note(name, "dropped: background")
            return
        self._notes.note(name, "approximated: fill outlined")
        self._add(name, segments, state.matrix, fill, self._outline)

    def _add(self, name: str, segments: list[Segment], matrix: Matrix, stroke: str, width: float) -> None:
        d, count, inside = spell(segments, matrix)
        if not d:
            return
        self._budget.path(count)
        kept = min(WIDEST, max(THINNEST, round(width, 3)))
        if not inside or width > WIDEST or width < THINNEST / 2:
            self._notes.note(name, "approximated: out of range")
        self.paths.append((d, stroke, kept))

    def _color(self, name: str, which: str, state: Drawn) -> str | None:
        """V1's spelling of a stroke or fill; None if it paints nothing."""
        style = state.style
        found = self._flat(paint(style[which]), style, name)
        if found is None:
            return None
        opacity = fraction(style[f"{which}-opacity"])
        result = spelled(found, state.opacity * (1.0 if opacity is None else opacity))
        if result is None:
            self._notes.note(name, "dropped: transparent")
        return result

    def _flat(self, said: Paint | None, style: Style, name: str) -> Color | None:
        if isinstance(said, Server):
            known = self._servers.color_of(said.id)
            if known is None:
                return self._flat(said.fallback, style, name)
            self._notes.note(name, f"approximated: {known[1]}")
            return known[0]
        if said == CURRENT:
            current = color(style["color"])
            return current if isinstance(current, Color) else BLACK
        return said if isinstance(said, Color) else None


def _path_data(element: etree._Element, own: dict[str, str]) -> str:
    if said := own.get("d"):
        found = _PATH_PROPERTY.fullmatch(said)
        return (found[1] or found[2] or "") if found else ""
    return str(element.get("d", ""))


def _is_dashed(text: str) -> bool:
    return text != NONE and any(digit in text for digit in "123456789")


def _is_point(segments: list[Segment]) -> bool:
    """Whether all of it is at one place."""
    first = segments[0][1]
    return all(points[at : at + 2] == first for _, points in segments for at in range(0, len(points), 2))


def _covers(segments: list[Segment], matrix: Matrix, port: Box) -> bool:
    """Whether it is one upright rectangle over the whole viewport (and may be more)."""
    if not 4 <= len(segments) <= 7 or any(letter not in "MLZ" for letter, _ in segments):
        return False
    if any(letter == "M" for letter, _ in segments[1:]):
        return False
    a, b, c, d, e, f = matrix
    corners = [(a * p[0] + c * p[1] + e, b * p[0] + d * p[1] + f) for _, p in segments if p]
    slack = max(port.width, port.height) / 200
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    if left > port.x + slack or top > port.y + slack:
        return False
    if right < port.x + port.width - slack or bottom < port.y + port.height - slack:
        return False
    small = slack / 100
    sides = {(abs(x - left) < small, abs(y - top) < small) for x, y in corners}
    return len(sides) == 4 and all(
        min(x - left, right - x) < small and min(y - top, bottom - y) < small for x, y in corners
    )
