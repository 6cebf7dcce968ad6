"""What holds of every drawing, however odd."""

import re
from contextlib import suppress
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from svg_help import ROOT, STROKED, draw, read
from wire_values import joined
from wire_values import paths as any_path

from app.core.errors import DrawingTooLarge, InvalidSvg
from app.services.svg.bounds import Bounds
from app.services.svg.document import TAIL, element, head
from app.services.svg.limits import Limits

NUMBERS = st.integers(-200_000, 200_000).map(lambda n: n / 1000)
ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}


@st.composite
def commands(draw_one: st.DrawFn) -> list[tuple[str, list[float]]]:
    """A path as its commands, of either case, each with numbers for itself alone."""
    found = [("M", [draw_one(NUMBERS), draw_one(NUMBERS)])]
    letters = draw_one(st.lists(st.sampled_from("MLHVCSQTZmlhvcsqtz"), min_size=1, max_size=12))
    return found + [(letter, [draw_one(NUMBERS) for _ in range(ARITY[letter.upper()])]) for letter in letters]


MATRICES = st.tuples(*[st.integers(-3000, 3000).map(lambda n: n / 1000)] * 4, NUMBERS, NUMBERS)


@given(commands(), MATRICES)
def test_any_path_under_any_transform_is_where_arithmetic_puts_it(
    path: list[tuple[str, list[float]]], matrix: tuple[float, ...]
) -> None:
    a, b, c, d, e, f = matrix
    expected = [a * x + c * y + e for x, y in ends(path)], [b * x + d * y + f for x, y in ends(path)]
    text = "".join(letter + " ".join(map(str, numbers)) for letter, numbers in path)
    visible = '<path stroke="red" d="M0 0L1 1"/>'
    transform = f'transform="matrix({" ".join(map(str, matrix))})"'
    found = draw(f'<path {STROKED} {transform} d="{text}"/>{visible}').paths[:-1]
    if abs(a * d - b * c) < 1e-12 or all(letter in "Mm" for letter, _ in path):
        assert found == []
        return
    [(spelled, _, _)] = found
    drawn = [tuple(map(float, part.split()[-2:])) for part in re.findall(r"[MLQC]([^MLQCZ]*)", spelled)]
    for (x, y), ex, ey in zip(drawn, *kept(path, *expected), strict=True):
        assert x == pytest.approx(ex, abs=6e-4)
        assert y == pytest.approx(ey, abs=6e-4)


def ends(path: list[tuple[str, list[float]]]) -> list[tuple[float, float]]:
    """Where each command ends, in complex numbers."""
    at = start = 0j
    found = []
    for letter, numbers in path:
        upper, base = letter.upper(), at if letter.islower() else 0j
        if upper == "H":
            at = complex(numbers[0] + base.real, at.imag)
        elif upper == "V":
            at = complex(at.real, numbers[0] + base.imag)
        elif upper == "Z":
            at = start
        else:
            at = base + complex(*numbers[-2:])
        if upper == "M":
            start = at
        found.append((at.real, at.imag))
    return found


def kept(path: list[tuple[str, list[float]]], xs: list[float], ys: list[float]) -> tuple[list[float], list[float]]:
    """Of these ends, those that V1 spells: not Z's, nor of an M that draws nothing; with an M after each Z."""
    letters = [letter.upper() for letter, _ in path]
    where = []
    for place, (letter, after) in enumerate(pairwise([*letters, "M"])):
        closed_before = letter not in "MZ" and letters[place - 1] == "Z"
        if closed_before:
            where.append(place - 1)
        if letter != "Z" and not (letter == "M" and after == "M"):
            where.append(place)
    return [xs[place] for place in where], [ys[place] for place in where]


@given(st.binary(max_size=300))
@example(b"\x1f\x8b")
@example(b"\xff\xfe<\0")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    refused_or_read(data)


def refused_or_read(data: bytes) -> None:
    with suppress(InvalidSvg, DrawingTooLarge):
        read(data, Limits(elements=500, paths=100, segments=1000, inflated=100_000))


def one_of(lines: str) -> st.SearchStrategy[str]:
    """One of the words or phrases that stand between bars."""
    return st.sampled_from([each.strip() for each in lines.replace("\n", " ").split("|")])


ODD = one_of("""| 0 | -1 | 1e308 | 1e999 | NaN | none | inherit | 50% | 3em | auto | url(#a) | url(#b) red | #a | red
    | M0 0L9 9 | M0 0a1 1 0 01 | 0 0 9 9 | 0,0 5,5 | scale(1e200) | rotate(9 50% 1) | 1 0 0 1e308 | currentColor
    | fill:red;stroke:var(--a) | stroke:light-dark(red,blue)!important;d:path('M0 0L1 1') | transform:rotate(1turn)
    | center | xMaxYMin slice | hidden | butt | light-dark(red,blue) | (((( | { | 1 1 1 1 1 1 1""")
NAMES = one_of("""id | href | x | y | width | height | r | rx | cx | x1 | x2 | points | d | fill | stroke | style
    | stroke-width | opacity | transform | transform-origin | viewBox | preserveAspectRatio | class | color | display
    | visibility | font-size | stroke-opacity | stroke-dasharray | marker-end | systemLanguage""")
TAGS = one_of("""svg | g | a | switch | use | symbol | defs | path | rect | circle | ellipse | line | polyline | polygon
    | text | linearGradient | stop | pattern | clipPath | nonsense""")
SHEETS = one_of("""| .a{stroke:red} | * *{stroke:blue;stroke-width:2em} | g>path{ | @media x{*{}}
    | a~g,#a:not(.b){fill:none} | path:nth-child(2n+1){stroke:url(#a)} | :has(>path){stroke:red} | }}{{
    | g{d:path('M0 0L5 5')} | a{:b} | \\""")
ELEMENTS = st.recursive(
    st.builds(lambda tag, attributes: (tag, attributes, []), TAGS, st.dictionaries(NAMES, ODD, max_size=4)),
    lambda inner: st.tuples(TAGS, st.dictionaries(NAMES, ODD, max_size=4), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def spelled(node: tuple[str, dict[str, str], list]) -> str:  # type: ignore[type-arg]
    tag, attributes, inside = node
    said = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{said}>{''.join(map(spelled, inside))}</{tag}>"


@given(st.lists(ELEMENTS, max_size=5), SHEETS, st.dictionaries(NAMES, ODD, max_size=3))
def test_any_elements_with_any_attributes_are_read_or_refused(
    nodes: list[tuple[str, dict[str, str], list]],  # type: ignore[type-arg]
    sheet: str,
    root: dict[str, str],
) -> None:
    said = "".join(f" {name}={quoteattr(value)}" for name, value in root.items())
    refused_or_read(f"<svg {ROOT}{said}><style>{sheet}</style>{''.join(map(spelled, nodes))}</svg>".encode())


COLORS = st.builds(
    lambda rgb, alpha: f"#{rgb:06x}" + (f"{alpha:02x}" if alpha < 255 else ""),
    st.integers(0, 0xFFFFFF),
    st.integers(1, 255),
)
WIDTHS = st.integers(10, 1_000_000).map(lambda n: n / 1000)


@given(st.lists(st.tuples(any_path.map(joined), COLORS, WIDTHS), min_size=1, max_size=5))
def test_h7_export_import_export_gives_the_same(paths: list[tuple[str, str, float]]) -> None:
    bounds = Bounds()
    for d, _, width in paths:
        bounds.add(d, width)
    export = head(bounds.box()).encode() + "".join(element(*path) for path in paths).encode() + TAIL
    imported = read(export)
    assert imported.paths == paths
    assert imported.skipped == []


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["px", "", "em", "%", "mm", "Q"]))
def test_any_number_as_a_size(value: float, unit: str) -> None:
    size = f"{value}{unit}"
    refused_or_read(f'<svg {ROOT}><circle stroke="red" stroke-width="{size}" r="{size}" cx="{size}"/></svg>'.encode())
