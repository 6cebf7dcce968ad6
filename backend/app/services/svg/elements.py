"""Which elements SVG has, as far as they matter here, and how they are found by a reference."""

from collections.abc import Iterable

from lxml import etree

from app.services.svg.source import SVG, XLINK_HREF

SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
CONTAINERS = frozenset({"g", "a"})
NEVER_DRAWN = frozenset({
    "defs", "symbol", "clipPath", "mask", "marker", "pattern", "linearGradient", "radialGradient", "meshgradient",
    "hatch", "solidcolor", "filter", "metadata", "title", "desc", "style", "script", "view", "cursor", "font",
    "font-face", "glyph", "missing-glyph", "color-profile", "stop", "animate", "animateTransform", "animateMotion",
    "animateColor", "set", "mpath", "discard",
})  # fmt: skip
TOLD_ANYWHERE = ("script", "animate", "animateTransform", "animateMotion", "animateColor", "set")
"""Dropped and told of wherever they stand."""
DROPPED = frozenset({"text", "image", "foreignObject", "video", "audio", "iframe", "canvas", "object", "embed"})


def local_name(element: etree._Element) -> str | None:
    """The name of an SVG element; None if it is no SVG, but something of another language."""
    tag = str(element.tag)
    if tag.startswith(SVG):
        return tag[len(SVG) :]
    return tag if tag[0] != "{" else None


def named(root: etree._Element, names: Iterable[str]) -> Iterable[etree._Element]:
    """All elements with these names, in the order of the document."""
    names = list(names)
    found: Iterable[etree._Element] = root.iter(*(SVG + name for name in names), *names)
    return found


def href(element: etree._Element) -> str:
    """What an element refers to."""
    return (element.get("href") or element.get(XLINK_HREF) or "").strip()


class References:
    """Elements by their ids; of two with one id the first counts."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._by_id: dict[str, etree._Element] | None = None

    def find(self, name: str) -> etree._Element | None:
        """The element with an id, if there is one."""
        if self._by_id is None:
            self._by_id = {}
            for element in self._root.iter("*"):
                if (found := element.get("id")) is not None:
                    self._by_id.setdefault(found, element)
        return self._by_id.get(name)

    def target(self, element: etree._Element) -> etree._Element | None:
        """What an element refers to within the document."""
        link = href(element)
        return self.find(link[1:]) if link.startswith("#") else None
