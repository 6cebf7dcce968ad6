"""Transforms, their origin, and what they make of widths."""

import math

import pytest
from svg_help import STROKED, draw, lines, reasons


def moved(transform: str, more: str = "") -> str:
    return lines(f'<path transform="{transform}" {more} d="M0 0L10 0L0 10"/>')[0]


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("", "M0 0L10 0L0 10"),
        ("none", "M0 0L10 0L0 10"),
        ("translate(1)", "M1 0L11 0L1 10"),
        ("translate(1 2)", "M1 2L11 2L1 12"),
        ("translate(1,2)translate(3,4)", "M4 6L14 6L4 16"),
        (" translate( 1 , 2 ) , scale( 2 ) ", "M1 2L21 2L1 22"),
        ("scale(2)", "M0 0L20 0L0 20"),
        ("scale(2 3)", "M0 0L20 0L0 30"),
        ("scale(2)translate(1 1)", "M2 2L22 2L2 22"),
        ("rotate(90)", "M0 0L0 10L-10 0"),
        ("rotate(180)", "M0 0L-10 0L0 -10"),
        ("rotate(-90)", "M0 0L0 -10L10 0"),
        ("rotate(90 10 10)", "M20 0L20 10L10 0"),
        ("rotate(45)", "M0 0L7.071 7.071L-7.071 7.071"),
        ("skewX(45)", "M0 0L10 0L10 10"),
        ("skewY(45)", "M0 0L10 10L0 10"),
        ("matrix(1 2 3 4 5 6)", "M5 6L15 26L35 46"),
        ("matrix(1-2.5.5 4,5,6)", "M5 6L15 -19L10 46"),
    ],
)
def test_functions(transform: str, expected: str) -> None:
    assert moved(transform) == expected


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("translate(1px, 2px)", "M1 2L11 2L1 12"),
        ("translate(10%, 20%)", "M10 20L20 20L10 30"),
        ("translateX(1px) translateY(2px)", "M1 2L11 2L1 12"),
        ("scale(2, 3)", "M0 0L20 0L0 30"),
        ("scaleX(2) scaleY(3)", "M0 0L20 0L0 30"),
        ("rotate(90deg)", "M0 0L0 10L-10 0"),
        ("rotate(0.25turn)", "M0 0L0 10L-10 0"),
        ("rotate(100grad)", "M0 0L0 10L-10 0"),
        ("rotate(1.5707963267948966rad)", "M0 0L0 10L-10 0"),
        ("none", "M0 0L10 0L0 10"),
    ],
)
def test_the_property_goes_before_the_attribute(css: str, expected: str) -> None:
    assert moved("translate(50)", f'style="transform: {css}"') == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("10 10", "M20 0L20 10L10 0"),
        ("10px 10px", "M20 0L20 10L10 0"),
        ("10% 10%", "M20 0L20 10L10 0"),
        ("center", "M100 0L100 10L90 0"),
        ("50%", "M100 0L100 10L90 0"),
        ("top left", "M0 0L0 10L-10 0"),
        ("right 0", "M100 -100L100 -90L90 -100"),
        ("left bottom", "M100 100L100 110L90 100"),
    ],
)
@pytest.mark.parametrize("how", ['transform-origin="{}"', 'style="transform-origin:{}"'])
def test_the_origin(origin: str, expected: str, how: str) -> None:
    assert moved("rotate(90)", how.format(origin)) == expected


@pytest.mark.parametrize(
    "bad", ["rotate(", "turn(90)", "rotate(a)", "matrix(1 2 3)", "scale(NaN)", "scale(1e999)", "translate(1 2) foo"]
)
def test_a_damaged_transform_does_nothing_and_is_told(bad: str) -> None:
    imported = draw(f'<path stroke="red" fill="none" transform="{bad}" d="M0 0L1 1"/>')
    assert imported.paths[0][0] == "M0 0L1 1"
    assert reasons(imported)["path", "damaged: transform"] == 1


def test_transforms_of_groups_multiply_from_the_outside() -> None:
    assert lines('<g transform="translate(10 0)"><g transform="scale(2)"><path d="M1 1L2 2"/></g></g>') == [
        "M12 2L14 4"
    ]


def test_what_overflows_is_left_out() -> None:
    up = "scale(1e200)"
    imported = draw(
        f'<path stroke="red" d="M0 0L1 1"/><g transform="{up}" stroke="red"><path transform="{up}" d="M0 0L1 1"/></g>'
    )
    assert len(imported.paths) == 1
    assert reasons(imported)["path", "damaged: transform"] == 1


@pytest.mark.parametrize(
    ("transform", "width"),
    [
        ("scale(3)", 6),
        ("scale(-3 3)", 6),
        ("scale(2 8)", 8),
        ("rotate(33)", 2),
        ("skewX(40)", 2),
        ("matrix(3 4 -4 3 9 9)", 10),
        ("scale(0.0001)", 0.01),
        ("scale(100000)", 1000),
    ],
)
def test_the_width_grows_by_the_root_of_the_determinant(transform: str, width: float) -> None:
    imported = draw(f'<path stroke="red" stroke-width="2" transform="{transform}" d="M0 0L1 1"/>')
    assert imported.paths[0][2] == pytest.approx(width)


def test_uneven_scaling_and_extreme_widths_are_told() -> None:
    def told(transform: str) -> set[str]:
        found = draw(f'<path {STROKED} transform="{transform}" d="M0 0L1 1"/>')
        return {reason for _, reason in reasons(found)}

    assert told("scale(2 3)") == {"approximated: uneven scaling"}
    assert told("skewX(10)") == {"approximated: uneven scaling"}
    assert told("rotate(20)scale(3)") == set()
    assert told("scale(2 -2)") == set()
    assert told("scale(2000)") == {"approximated: out of range"}
    assert told("scale(0.001)") == {"approximated: out of range"}


def test_a_stroke_that_does_not_scale_keeps_its_width() -> None:
    imported = draw(
        '<path vector-effect="non-scaling-stroke" stroke="red" stroke-width="2" transform="scale(9)" d="M0 0L1 1"/>'
    )
    assert imported.paths[0][2] == 2


@pytest.mark.parametrize("flat", ["scale(0)", "scale(0 1)", "matrix(1 1 1 1 0 0)"])
def test_what_is_flat_is_not_drawn(flat: str) -> None:
    assert lines(f'<path transform="{flat}" d="M0 0L9 9"/><path d="M0 0L1 1"/>') == ["M0 0L1 1"]


def test_coordinates_beyond_the_board_are_kept_at_its_edge_and_told() -> None:
    imported = draw('<path stroke="red" d="M0 0L3000000 5"/>')
    assert imported.paths[0][0] == "M0 0L1000000 5"
    assert reasons(imported)["path", "approximated: out of range"] == 1


def test_an_arc_that_is_turned_and_stretched_stays_where_it_is() -> None:
    d = lines('<circle r="10" transform="translate(50 50) rotate(30) scale(2 1)"/>')[0]
    first = [float(part) for part in d[1 : d.index("C")].split()]
    assert first == pytest.approx([50 + 20 * math.cos(math.pi / 6), 50 + 20 * math.sin(math.pi / 6)], abs=1e-3)
