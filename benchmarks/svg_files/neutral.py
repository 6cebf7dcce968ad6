"""Two versions of a file that can be compared as pictures: its strokes alone, or the outlines of all its shapes."""

import re

from lxml import etree

NAMESPACE = "{http://www.w3.org/2000/svg}"
REMOVED = {
    "text",
    "image",
    "foreignObject",
    "script",
    "clipPath",
    "mask",
    "filter",
    "marker",
    "font",
    "metadata",
    "title",
    "desc",
}
BOTH = {
    "fill",
    "fill-opacity",
    "clip-path",
    "mask",
    "filter",
    "stroke-dasharray",
    "stroke-dashoffset",
    "marker",
    "marker-start",
    "marker-mid",
    "marker-end",
}
STROKES = {
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "vector-effect",
}
OUTLINE = {
    "fill": "none",
    "stroke": "#000000",
    "stroke-width": "1",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}
PROBE = "#010203"
"""The colour of a line from corner to corner of the viewBox, the last element: it tells where the import puts that."""


def strokes_of(svg: bytes) -> bytes:
    """The file's own strokes: no fills, text, images, clips, masks, filters, dashes and markers."""
    return _neutral(svg, BOTH, {"fill": "none"})


def outlines_of(svg: bytes) -> bytes:
    """The outline of every shape, filled or not, as a stroke of 1 unit with round caps and joins, as the board has."""
    return _neutral(svg, BOTH | STROKES, OUTLINE)


def _neutral(svg: bytes, removed: set[str], root_has: dict[str, str]) -> bytes:
    parser = etree.XMLParser(no_network=True, resolve_entities="internal", huge_tree=True, remove_comments=True)
    root = etree.fromstring(svg, parser)
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        if etree.QName(element).localname in REMOVED:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        _strip(element, removed)
    for name, value in root_has.items():
        root.set(name, value)
    _frame(root)
    return etree.tostring(root)


def _strip(element: etree._Element, removed: set[str]) -> None:
    for name in removed & set(element.attrib):
        del element.attrib[name]
    if style := element.get("style"):
        element.set("style", _without(style, removed))
    if etree.QName(element).localname == "style" and element.text:
        element.text = _without(element.text, removed)


def _without(css: str, removed: set[str]) -> str:
    """A style sheet, or a style attribute, without some properties."""
    names = "|".join(map(re.escape, removed))
    return re.sub(rf"(?<![\w-])(?:{names})\s*:[^;}}]*;?", "", css)


def _frame(root: etree._Element) -> None:
    """Give the root a viewBox of its own shape, and the probe."""
    box = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if part]
    if len(box) != 4:
        box = [0, 0, _pixels(root.get("width")), _pixels(root.get("height"))]
        root.set("viewBox", " ".join(map(str, box)))
    width, height = _pixels(root.get("width")), _pixels(root.get("height"))
    if not width or not height or abs(width / height * box[3] / box[2] - 1) > 0.002:
        root.attrib.pop("width", None)
        root.attrib.pop("height", None)
    root.attrib.pop("preserveAspectRatio", None)
    x, y, w, h = box
    probe = etree.SubElement(root, f"{NAMESPACE}path", d=f"M{x} {y}L{x + w} {y + h}", stroke=PROBE)
    probe.set("stroke-width", "1")


def _pixels(length: str | None) -> float:
    units = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}
    found = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*)\s*", length or "")
    return float(found[1]) * units.get(found[2], 0) if found else 0.0
