"""From the elements of a drawing to its paths: a walk in the order of drawing.

Pure: bytes and limits in, paths and a report out. What becomes of what is told in docs/svg.md.
"""

from dataclasses import dataclass, replace

from lxml import etree

from app.core.errors import DrawingTooLarge, InvalidSvg
from app.services.svg.cascade import INITIAL, Cascade, Style, inherited
from app.services.svg.elements import (
    CONTAINERS,
    DROPPED,
    NEVER_DRAWN,
    SHAPES,
    TOLD_ANYWHERE,
    References,
    href,
    local_name,
    named,
)
from app.services.svg.lengths import Scale, font_size, fraction, length
from app.services.svg.limits import Budget, Limits
from app.services.svg.matrices import IDENTITY, Matrix, around, is_finite, product, translation
from app.services.svg.outlines import Outliner
from app.services.svg.report import Imported, Notes
from app.services.svg.servers import Servers
from app.services.svg.source import read_source
from app.services.svg.stylesheets import Stylesheets, wrap
from app.services.svg.transforms import origin, transform
from app.services.svg.viewports import Box, fitted, root_port, view_box

IGNORED = ("clip-path", "mask", "filter")


def import_svg(data: bytes, limits: Limits) -> Imported:
    """Read an SVG file, `.svg` or `.svgz`. Raises InvalidSvg and DrawingTooLarge."""
    budget = Budget(limits)
    return Resolver(read_source(data, limits), budget).resolve()


@dataclass(frozen=True, slots=True)
class State:
    """What an element is drawn under."""

    matrix: Matrix
    style: Style
    opacity: float
    scale: Scale
    depth: int = 0
    uses: tuple[etree._Element, ...] = ()
    """What is being repeated by `use` just now."""


class Resolver:
    """Draws one document."""

    def __init__(self, root: etree._Element, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        self._notes = Notes()
        self._cascade = Cascade(budget)
        self._sheets = Stylesheets(budget)
        for element in named(root, ("style",)):
            self._sheets.add(element)
        self._wrapped = wrap(root, budget) if self._sheets.needs_tree else {}
        self._references = References(root)
        self._view = view_box(root.get("viewBox"))
        self._port = root_port(root.get("width"), root.get("height"), self._view)
        self._outliner = Outliner(budget, self._notes, Servers(self._references, self._own), self._port)
        self._seen = False
        """Whether there was anything to draw."""

    def resolve(self) -> Imported:
        """The paths; raises InvalidSvg if there is much to draw, and nothing of it can be used."""
        for reason in self._sheets.ignored:
            self._notes.note("style", f"ignored: {reason}")
        for element in named(self._root, TOLD_ANYWHERE):
            self._notes.note(local_name(element) or "", "dropped")
        size = self._view or self._port
        scale = Scale(size.width, size.height)
        try:
            self._draw(self._root, State(IDENTITY, INITIAL, 1.0, scale))
        except RecursionError:
            raise self._too_deep() from None
        if self._seen and not self._outliner.paths:
            raise InvalidSvg(f"The drawing holds nothing that can be used{self._why()}.")
        return Imported(self._outliner.paths, self._notes.skipped())

    def _why(self) -> str:
        told = [f"{each.count} {each.element} {each.reason}" for each in self._notes.skipped()[:3]]
        return f" ({', '.join(told)})" if told else ""

    def _too_deep(self) -> DrawingTooLarge:
        return DrawingTooLarge(f"The elements of the drawing are nested more than {self._budget.limits.depth} deep.")

    def _own(self, element: etree._Element) -> dict[str, str]:
        if not self._sheets:
            return self._cascade.own(element, ())
        return self._cascade.own(element, self._sheets.matches(element, self._wrapped.get(element)))

    def _draw(self, element: etree._Element, state: State) -> None:
        """Draw one element with all that is in it."""
        name = local_name(element)
        if name is None or name in NEVER_DRAWN:
            return
        self._budget.element()
        if state.depth > self._budget.limits.depth:
            raise self._too_deep()
        own = self._own(element)
        if own.get("display") == "none":
            return
        if (inner := self._inner(element, name, own, state)) is None:
            return
        if name in SHAPES:
            self._seen = True
            self._outliner.shape(element, name, own, inner)
        elif name in CONTAINERS:
            for child in element:
                self._draw(child, inner)
        else:
            self._special(element, name, own, inner)

    def _special(self, element: etree._Element, name: str, own: dict[str, str], inner: State) -> None:
        if name == "svg":
            self._viewport(element, own, inner, (None, None))
        elif name == "use":
            self._use(element, own, inner)
        elif name == "switch":
            self._switch(element, inner)
        elif inner.style["visibility"] == "visible":
            self._seen = True
            self._notes.note(name if name in DROPPED else "other", "dropped")

    def _inner(self, element: etree._Element, name: str, own: dict[str, str], state: State) -> State | None:
        """What an element's own style makes of the state; None if it has no extent any more."""
        style, scale, matrix, opacity = state.style, state.scale, state.matrix, state.opacity
        if own:
            scale = self._sized(own, scale, is_root=element is self._root)
            style = inherited(style, own)
            if "opacity" in own:
                opacity *= fraction(own["opacity"]) or 0.0
            for each in IGNORED:
                if own.get(each, "none") != "none":
                    self._notes.note(name, f"ignored: {each}")
        if "transform" in own:
            matrix = product(matrix, self._transform(own, scale, name))
            if not is_finite(matrix):
                self._notes.note(name, "damaged: transform")
                return None
        elif element.get("transform"):
            self._notes.note(name, "damaged: transform")
        return State(matrix, style, opacity, scale, state.depth + 1, state.uses)

    def _sized(self, own: dict[str, str], scale: Scale, *, is_root: bool) -> Scale:
        """Take in a size of the font, and make what depends on it here not depend on it any more for children."""
        if (said := own.pop("font-size", None)) and said != "inherit":
            size = font_size(said, scale)
            if size is not None:
                scale = replace(scale, font=size, root_font=size if is_root else scale.root_font)
        if (width := own.get("stroke-width", "")) and width[-1] in "mxhMXH":
            own["stroke-width"] = repr(length(width, 0.0, scale) or 0.0)
        if own.get("color", "").lower() == "currentcolor":
            del own["color"]
        return scale

    def _transform(self, own: dict[str, str], scale: Scale, name: str) -> Matrix:
        matrix = transform(own["transform"], scale) or IDENTITY
        if own.get("transform-box", "view-box") != "view-box":
            self._notes.note(name, "ignored: transform-box")
        if "transform-origin" not in own:
            return matrix
        point = origin(own["transform-origin"], (0.0, 0.0, scale.width, scale.height), scale)
        return around(matrix, *point) if point else matrix

    def _viewport(
        self, element: etree._Element, own: dict[str, str], state: State, size: tuple[str | None, str | None]
    ) -> None:
        """An `svg` or `symbol`; `size` is what a `use` says."""
        is_root = element is self._root and not state.uses
        view = view_box(element.get("viewBox"))
        port = self._port if is_root else self._nested_port(element, own, state.scale, size)
        if port is None:
            return
        if view is not None:
            matrix = fitted(view, port, element.get("preserveAspectRatio"))
        else:
            matrix = translation(port.x, port.y) if port.x or port.y else IDENTITY
        matrix = product(state.matrix, matrix)
        if not is_finite(matrix):
            self._notes.note("svg", "damaged: number")
            return
        inside = view or port
        scale = replace(state.scale, width=inside.width, height=inside.height)
        inner = replace(state, matrix=matrix, scale=scale)
        for child in element:
            self._draw(child, inner)

    def _nested_port(
        self, element: etree._Element, own: dict[str, str], scale: Scale, size: tuple[str | None, str | None]
    ) -> Box | None:
        """Where a viewport is within another one; None if it has no room."""

        def place(name: str, whole: float, said: str | None, default: str) -> float:
            text = said or own.get(name) or element.get(name) or default
            value = length("100%" if text == "auto" else text, whole, scale)
            return (length(default, whole, scale) or 0.0) if value is None else value

        width = place("width", scale.width, size[0], "100%")
        height = place("height", scale.height, size[1], "100%")
        if width <= 0 or height <= 0:
            return None
        return Box(place("x", scale.width, None, "0"), place("y", scale.height, None, "0"), width, height)

    def _use(self, element: etree._Element, own: dict[str, str], state: State) -> None:
        target = self._references.target(element)
        if target is None:
            reason = "broken reference" if href(element).startswith("#") or not href(element) else "external reference"
            self._lost("use", f"dropped: {reason}")
            return
        if target in state.uses or target is element or target in element.iterancestors():
            self._lost("use", "dropped: cyclic reference")
            return
        if len(state.uses) >= self._budget.limits.use_depth:
            raise DrawingTooLarge(f"use refers to use more than {self._budget.limits.use_depth} times in a chain.")
        x = length(own.get("x") or element.get("x") or "0", state.scale.width, state.scale)
        y = length(own.get("y") or element.get("y") or "0", state.scale.height, state.scale)
        if x is None or y is None:
            self._lost("use", "damaged: number")
            return
        matrix = product(state.matrix, translation(x, y)) if x or y else state.matrix
        self._repeat(element, own, target, replace(state, matrix=matrix, uses=(*state.uses, target)))

    def _repeat(self, use: etree._Element, own: dict[str, str], target: etree._Element, state: State) -> None:
        name = local_name(target)
        if name not in ("symbol", "svg"):
            self._draw(target, state)
            return
        self._budget.element()
        mine = self._own(target)
        inner = self._inner(target, name, mine, state) if mine.get("display") != "none" else None
        if inner is not None:
            size = (own.get("width") or use.get("width"), own.get("height") or use.get("height"))
            self._viewport(target, mine, inner, size)

    def _switch(self, element: etree._Element, state: State) -> None:
        """Draw the first child that this program can draw as it asks for."""
        for child in element:
            name = local_name(child)
            if name is not None and name not in NEVER_DRAWN and name != "foreignObject" and _suits(child):
                self._draw(child, state)
                return
        if len(element):
            self._lost("switch", "dropped")

    def _lost(self, name: str, reason: str) -> None:
        self._seen = True
        self._notes.note(name, reason)


def _suits(element: etree._Element) -> bool:
    if element.get("requiredExtensions", "").strip():
        return False
    languages = element.get("systemLanguage")
    return languages is None or any(one.strip().lower().split("-")[0] == "en" for one in languages.split(","))
