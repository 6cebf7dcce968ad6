"""The basic shapes, lengths and units."""

import math

import pytest
from svg_help import draw, lines, reasons

K = 0.5522847498


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ('<rect x="1" y="2" width="3" height="4"/>', ["M1 2L4 2L4 6L1 6Z"]),
        ('<rect width="3" height="4"/>', ["M0 0L3 0L3 4L0 4Z"]),
        ('<rect width="0" height="4"/>', []),
        ('<rect width="3"/>', []),
        ('<rect width="-3" height="4"/>', []),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', ["M1 2L3 4"]),
        ('<line x2="3"/>', ["M0 0L3 0"]),
        ('<polyline points="1,2 3,4 5,6"/>', ["M1 2L3 4L5 6"]),
        ('<polyline points="1 2-3-4.5.5"/>', ["M1 2L-3 -4.5"]),
        ('<polygon points="1,2,3,4,5,6"/>', ["M1 2L3 4L5 6Z"]),
        ('<polygon points="1,2 3,4 5"/>', ["M1 2L3 4Z"]),
        ('<polygon points=""/>', []),
        ('<circle cx="5" cy="6" r="0"/>', []),
        ('<circle/>', []),
        ('<ellipse rx="5"/>', [("M5 0C5 2.761 2.761 5 0 5C-2.761 5 -5 2.761 -5 0C-5 -2.761 -2.761 -5 0 -5"
                               "C2.761 -5 5 -2.761 5 0Z")]),
    ],
)  # fmt: skip
def test_shapes(shape: str, expected: list[str]) -> None:
    assert lines(f'{shape}<path d="M0 0L9 9"/>')[:-1] == expected


def test_a_circle_is_an_ellipse_is_four_curves() -> None:
    circle = lines('<circle cx="50" cy="50" r="10"/>')[0]
    assert circle == lines('<ellipse cx="50" cy="50" rx="10" ry="10"/>')[0]
    assert circle.count("C") == 4
    assert circle.startswith("M60 50C60 55.523 55.523 60 50 60")


@pytest.mark.parametrize(
    ("radii", "rx", "ry"),
    [
        ('rx="2" ry="3"', 2, 3),
        ('rx="2"', 2, 2),
        ('ry="3"', 3, 3),
        ('rx="auto" ry="3"', 3, 3),
        ('rx="2" ry="auto"', 2, 2),
        ('rx="99" ry="3"', 5, 3),
        ('rx="99"', 5, 4),
        ('style="rx:2px"', 2, 2),
        ('rx="10%"', 10 / 2, 8 / 2),
        ('rx="-1" ry="2"', 2, 2),
    ],
)
def test_round_corners(radii: str, rx: float, ry: float) -> None:
    d = lines(f'<rect width="10" height="8" {radii}/>')[0]
    assert d.startswith(f"M{rx:g} 0")
    assert d.endswith(f" {rx:g} 0Z")
    assert d.count("C") == 4
    assert f"10 {ry:g}" in d


@pytest.mark.parametrize("radii", ['rx="0"', 'rx="0" ry="3"', 'rx="auto"', "", 'rx="2" ry="0"'])
def test_a_corner_without_one_radius_is_sharp(radii: str) -> None:
    assert lines(f'<rect width="10" height="8" {radii}/>') == ["M0 0L10 0L10 8L0 8Z"]


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("10", 10),
        ("10px", 10),
        ("3pt", 4),
        ("2pc", 32),
        ("25.4mm", 96),
        ("2.54cm", 96),
        ("1in", 96),
        ("101.6Q", 96),
        ("2em", 40),
        ("2ex", 20),
        ("2ch", 20),
        ("2rem", 24),
        ("10%", 20),
        ("1e1", 10),
        (" 10 ", 10),
        ("1IN", 96),
    ],
)
def test_units(text: str, pixels: float) -> None:
    root = 'viewBox="0 0 200 100" font-size="12"'
    assert lines(f'<line font-size="20px" x2="{text}"/>', root) == [f"M0 0L{pixels:g} 0"]
    assert lines(f'<line font-size="20px" style="stroke-width:1" x2="{text}"/>', root) == [f"M0 0L{pixels:g} 0"]


def test_percentages_refer_to_what_they_measure() -> None:
    root = 'viewBox="0 0 300 400"'
    assert lines('<line x2="10%" y2="10%"/>', root) == ["M0 0L30 40"]
    radius = math.sqrt((300**2 + 400**2) / 2) / 10
    assert lines('<circle r="10%"/>', root)[0].startswith(f"M{radius:.3f} 0")
    [(_, _, width)] = draw('<line x2="1" stroke="red" stroke-width="1%"/>', root).paths
    assert width == round(radius / 10, 3)


@pytest.mark.parametrize("bad", ["NaN", "inf", "1e999", "abc", "5foo", "1 2", "--5", ""])
@pytest.mark.parametrize(
    "shape", ['<line x2="{}" y2="3"/>', '<circle cx="{}" r="3"/>', '<rect width="{}" height="1"/>']
)
def test_h6_damaged_numbers_leave_the_shape_out(shape: str, bad: str) -> None:
    if not bad:
        return
    imported = draw(
        f'<path stroke="red" stroke-linecap="round" d="M0 0L1 1" fill="none"/><g stroke="red">{shape.format(bad)}</g>'
    )
    assert len(imported.paths) == 1
    assert ("damaged: number") in {reason for _, reason in reasons(imported)}


def test_points_keep_what_came_before_the_damage() -> None:
    imported = draw('<polyline fill="none" stroke="red" points="0,0 1,1 2,x 3,3"/>')
    assert imported.paths[0][0] == "M0 0L1 1"
    assert reasons(imported)["polyline", "damaged: points"] == 1
