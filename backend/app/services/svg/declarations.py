"""CSS declarations, of `style` attributes and of rules, down to the properties that matter to a drawing of strokes."""

import re
from collections.abc import Iterable
from typing import Any

import tinycss2
from tinycss2.ast import Declaration as CssDeclaration

from app.core.errors import DrawingTooLarge

Declaration = tuple[str, str, bool]
"""A property in lower case, its value, and whether it is `!important`."""

INHERITED = frozenset({
    "fill", "stroke", "stroke-width", "fill-opacity", "stroke-opacity", "color", "visibility", "font-size",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "marker-start", "marker-mid", "marker-end",
})  # fmt: skip
OWN = frozenset({
    "opacity", "display", "transform", "transform-origin", "transform-box", "clip-path", "mask", "filter",
    "vector-effect", "stop-color", "stop-opacity",
})  # fmt: skip
GEOMETRY = frozenset({"x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "d"})
"""Properties in style sheets, but read as attributes where they are attributes."""
STYLED = INHERITED | OWN | GEOMETRY
MARKERS = ("marker-start", "marker-mid", "marker-end")

DEEPEST = 64
"""How deep brackets may nest in a style."""

_BRACKETS = re.compile(r"[(\[{)\]}]")
_PLAIN = re.compile(r"""[^"'\\/{}\[\]@!()]*+(?:\([^"'\\/{}\[\]@!();]*+\)[^"'\\/{}\[\]@!()]*+)*+""")
"""Without anything in which a semicolon or a colon could mean something else."""


def read_declarations(text: str) -> list[Declaration]:
    """The declarations of a `style` attribute, in their order; what cannot be read is left out."""
    if _PLAIN.fullmatch(text):
        pairs = [part.partition(":") for part in text.split(";")]
        return _known((name.strip().lower(), value.strip(), False) for name, _, value in pairs)
    check_nesting(text)
    return declarations_of(tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True))


def declarations_of(nodes: Iterable[Any]) -> list[Declaration]:
    """The same of what was parsed before."""
    found = [node for node in nodes if isinstance(node, CssDeclaration) and _is_known(node.lower_name)]
    return _known((node.lower_name, tinycss2.serialize(node.value).strip(), node.important) for node in found)


def check_nesting(css: str) -> None:
    """Raise DrawingTooLarge for styles made of brackets: tinycss2 goes into each by recursion."""
    depth = 0
    for bracket in _BRACKETS.findall(css):
        depth += 1 if bracket in "([{" else -1
        if depth > DEEPEST:
            raise DrawingTooLarge(f"The styles of the drawing have brackets nested more than {DEEPEST} deep.")
        depth = max(depth, 0)


def _is_known(name: str) -> bool:
    return name in STYLED or name == "marker"


def _known(found: Iterable[Declaration]) -> list[Declaration]:
    kept: list[Declaration] = []
    for name, value, important in found:
        if name == "marker":
            kept += [(each, value, important) for each in MARKERS]
        elif name in STYLED:
            kept.append((name, value, important))
    return kept
