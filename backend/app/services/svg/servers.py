"""Gradients and patterns: the one colour that stands for them."""

from collections.abc import Callable

from lxml import etree

from app.services.svg.elements import SHAPES, References, local_name
from app.services.svg.lengths import fraction
from app.services.svg.paints import BLACK, NONE, Color, color, paint

Own = Callable[[etree._Element], dict[str, str]]

CHAIN = 10
"""How many gradients may refer on to one another."""


class Servers:
    """Stands in for gradients by their middle stop, for patterns by what they draw first."""

    def __init__(self, references: References, own: Own) -> None:
        self._references = references
        self._own = own
        self._known: dict[str, tuple[Color | None, str]] = {}

    def color_of(self, name: str) -> tuple[Color | None, str] | None:
        """The colour (None: nothing is painted), and what it stands for; None if there is no such thing."""
        if name in self._known:
            return self._known[name]
        element = self._references.find(name)
        kind = local_name(element) if element is not None else None
        if element is None or kind not in ("linearGradient", "radialGradient", "pattern"):
            return None
        found = (self._tile(element), "pattern") if kind == "pattern" else (self._middle(element), "gradient")
        self._known[name] = found
        return found

    def _middle(self, gradient: etree._Element) -> Color | None:
        stops = self._stops(gradient)
        if not stops:
            return None
        middle = stops[len(stops) // 2]
        return middle if middle.alpha > 0 else max(stops, key=lambda stop: stop.alpha)

    def _stops(self, gradient: etree._Element) -> list[Color]:
        element: etree._Element | None = gradient
        for _ in range(CHAIN):
            if element is None:
                break
            if stops := [self._stop(child) for child in element if local_name(child) == "stop"]:
                return stops
            element = self._references.target(element)
        return []

    def _stop(self, stop: etree._Element) -> Color:
        own = self._own(stop)
        found = color(own.get("stop-color", "black"))
        if not isinstance(found, Color):
            said = color(own.get("color", "black"))
            found = said if isinstance(said, Color) else BLACK
        opacity = fraction(own.get("stop-opacity", "1"))
        return Color(found.red, found.green, found.blue, found.alpha * (1.0 if opacity is None else opacity))

    def _tile(self, pattern: etree._Element) -> Color | None:
        element: etree._Element | None = pattern
        for _ in range(CHAIN):
            if element is None:
                break
            for child in element.iter("*"):
                if local_name(child) in SHAPES:
                    return self._painted(child)
            element = self._references.target(element)
        return None

    def _painted(self, shape: etree._Element) -> Color | None:
        own = self._own(shape)
        for name in ("fill", "stroke"):
            found = paint(own.get(name, NONE))
            if isinstance(found, Color):
                return found
        return BLACK if "fill" not in own else None
