"""The cascade of one element: which of the values that claim a property is the strongest valid one.

A value that is not valid here (such as `light-dark(…)` as a paint) does not count, and the one below it does.
"""

from collections.abc import Callable, Iterable, Mapping

from lxml import etree

from app.core.errors import DrawingTooLarge
from app.services.svg.declarations import INHERITED, OWN, STYLED, Declaration, read_declarations
from app.services.svg.lengths import Scale, fraction, length
from app.services.svg.limits import Budget
from app.services.svg.paints import NONE, color, paint
from app.services.svg.transforms import origin, transform

INITIAL: Mapping[str, str] = {
    "fill": "black",
    "stroke": NONE,
    "stroke-width": "1",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "color": "black",
    "visibility": "visible",
    "font-size": "medium",
    "stroke-dasharray": NONE,
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "marker-start": NONE,
    "marker-mid": NONE,
    "marker-end": NONE,
}
"""Of what is inherited."""

Style = Mapping[str, str]
"""What is inherited, by property: the words that were said."""

_AS_ATTRIBUTES = INHERITED | OWN
_INHERIT = ("inherit", "unset", "revert", "revert-layer")
_ANY = Scale(100.0, 100.0)
_CACHED = 4096


class Cascade:
    """Reads the styles of elements, `style` attributes only once each."""

    def __init__(self, budget: Budget) -> None:
        self._most = budget.limits.style
        self._read: dict[str, list[Declaration]] = {}

    def own(self, element: etree._Element, rules: Iterable[list[Declaration]]) -> dict[str, str]:
        """The valid values that an element was given itself, by property; `inherit` where it says so."""
        own: dict[str, str] = {}
        style = None
        for name, value in element.items():
            if name in _AS_ATTRIBUTES:
                self._take(own, name, value)
            elif name == "style":
                style = value
        important: list[Declaration] = []
        for declarations in rules:
            important += self._all(own, declarations)
        if style:
            mine = self._all(own, self._declared(style))
            important += mine
        for name, value, _ in important:
            self._take(own, name, value)
        return own

    def _all(self, own: dict[str, str], declarations: list[Declaration]) -> list[Declaration]:
        """Take what is not important, and give back what is."""
        important = []
        for declaration in declarations:
            if declaration[2]:
                important.append(declaration)
            else:
                self._take(own, declaration[0], declaration[1])
        return important

    def _take(self, own: dict[str, str], name: str, value: str) -> None:
        valid = VALID.get(name)
        word = value.strip()
        lower = word.lower()
        if lower in _INHERIT:
            if name in INHERITED:
                own[name] = "inherit"
            else:
                own.pop(name, None)
        elif lower == "initial":
            if name in INHERITED:
                own[name] = INITIAL[name]
            else:
                own.pop(name, None)
        elif valid is None or valid(word):
            own[name] = word

    def _declared(self, style: str) -> list[Declaration]:
        if (known := self._read.get(style)) is not None:
            return known
        if len(style.encode()) > self._most:
            raise DrawingTooLarge(f"A style attribute of the drawing has more than {self._most} bytes.")
        found = read_declarations(style)
        if len(self._read) < _CACHED and len(style) < _CACHED:
            self._read[style] = found
        return found


def inherited(parent: Style, own: dict[str, str]) -> Style:
    """What the children inherit, and the element itself is drawn with."""
    given = {name: value for name, value in own.items() if name in INHERITED and value != "inherit"}
    return {**parent, **given} if given else parent


def _size(text: str) -> bool:
    value = length(text, 1.0, _ANY)
    return value is not None and value >= 0


def _any_length(text: str) -> bool:
    return length(text, 1.0, _ANY) is not None


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda text: text.lower() in words


_paint_valid = lambda text: paint(text) is not None  # noqa: E731
_fraction_valid = lambda text: fraction(text) is not None  # noqa: E731
_color_valid = lambda text: color(text) is not None  # noqa: E731

VALID: Mapping[str, Callable[[str], bool]] = {
    "fill": _paint_valid,
    "stroke": _paint_valid,
    "color": _color_valid,
    "stop-color": _color_valid,
    "fill-opacity": _fraction_valid,
    "stroke-opacity": _fraction_valid,
    "opacity": _fraction_valid,
    "stop-opacity": _fraction_valid,
    "stroke-width": _size,
    "visibility": _one_of("visible", "hidden", "collapse"),
    "stroke-linecap": _one_of("butt", "round", "square"),
    "stroke-linejoin": _one_of("miter", "round", "bevel", "arcs", "miter-clip"),
    "transform": lambda text: transform(text, _ANY) is not None,
    "transform-origin": lambda text: origin(text, (0.0, 0.0, 1.0, 1.0), _ANY) is not None,
    **dict.fromkeys(("x", "y", "cx", "cy"), _any_length),
    **{name: lambda text: text.lower() == "auto" or _size(text) for name in ("width", "height", "rx", "ry")},
    "r": _size,
}
"""Of the properties of which values are judged before they count; of the others any value does."""

if not VALID.keys() <= STYLED:  # pragma: no cover - a slip of the programmer's
    raise AssertionError
