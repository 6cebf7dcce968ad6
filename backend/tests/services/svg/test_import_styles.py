"""Colours, paints, widths and the cascade."""

import pytest
from svg_help import STROKED, document, draw, read, reasons


def color(paint: str, more: str = "") -> str | None:
    found = draw(f'<path d="M0 0L1 1" fill="none" stroke="{paint}" {more}/><path stroke="#010101" d="M0 0L1 1"/>').paths
    return found[0][1] if len(found) > 1 else None


@pytest.mark.parametrize(
    ("paint", "expected"),
    [
        ("red", "#ff0000"),
        ("RED", "#ff0000"),
        ("#abc", "#aabbcc"),
        ("#ABCDEF", "#abcdef"),
        ("#abcd", "#aabbccdd"),
        ("#11223344", "#11223344"),
        ("#112233ff", "#112233"),
        ("#11223300", None),
        ("rgb(1,2,3)", "#010203"),
        ("rgb( 1 , 2 , 3 )", "#010203"),
        ("rgb(10%,20%,100%)", "#1a33ff"),
        ("rgb(300,-5,0)", "#ff0000"),
        ("rgba(1,2,3,0.5)", "#01020380"),
        ("rgb(1 2 3 / 50%)", "#01020380"),
        ("hsl(120,100%,50%)", "#00ff00"),
        ("hsla(240, 100%, 50%, 0.2)", "#0000ff33"),
        ("hsl(0.5turn 100% 25%)", "#008080"),
        ("transparent", None),
        ("none", None),
        ("rebeccapurple", "#663399"),
        ("currentColor", "#000000"),
        ("#112233 icc-color(acme, 0.1, 0.2)", "#112233"),
        ("url(#nothing) #112233", "#112233"),
        ("url(#nothing) none", None),
        ("url(#nothing)", None),
        ("oklch(1 0 0)", "#ffffff"),
    ],
)
def test_colours(paint: str, expected: str | None) -> None:
    assert color(paint) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('stroke-opacity="0.5"', "#ff000080"),
        ('stroke-opacity="50%"', "#ff000080"),
        ('opacity=".5" stroke-opacity=".5"', "#ff000040"),
        ('opacity="0.999"', "#ff0000"),
        ('opacity="0.997"', "#ff0000fe"),
        ('opacity="0.002"', "#ff000001"),
        ('opacity="0.001"', None),
        ('opacity="7"', "#ff0000"),
        ('opacity="-1"', None),
        ('opacity="x"', "#ff0000"),
    ],
)
def test_opacity_is_multiplied_in(more: str, expected: str | None) -> None:
    assert color("red", more) == expected


def test_opacity_of_groups_is_multiplied_in() -> None:
    [(_, found, _)] = draw('<g opacity=".5"><g opacity=".5"><path stroke="#ff0000cc" d="M0 0L1 1"/></g></g>').paths
    assert found == "#ff000033"


def test_transparent_shapes_are_told() -> None:
    imported = draw('<path stroke="red" opacity="0" fill="none" d="M0 0L1 1"/><path stroke="red" d="M0 0L1 1"/>')
    assert reasons(imported)["path", "dropped: transparent"] == 1


PATH = 'd="M0 0L1 1L2 3"'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'<path stroke="red" {PATH}/>', "#ff0000"),
        (f'<path stroke="red" style="stroke:lime" {PATH}/>', "#00ff00"),
        (f'<style>path{{stroke:blue}}</style><path stroke="red" {PATH}/>', "#0000ff"),
        (f'<style>path{{stroke:blue}}</style><path style="stroke:lime" {PATH}/>', "#00ff00"),
        (f'<style>path{{stroke:blue!important}}</style><path style="stroke:lime" {PATH}/>', "#0000ff"),
        (f'<style>path{{stroke:blue!important}}</style><path style="stroke:lime ! important" {PATH}/>', "#00ff00"),
        (f'<style>.a{{stroke:blue}}path{{stroke:red}}</style><path class="b a" {PATH}/>', "#0000ff"),
        (f'<style>#x{{stroke:blue}}.a{{stroke:red}}</style><path id="x" class="a" {PATH}/>', "#0000ff"),
        (f'<style>.a{{stroke:red}}.b{{stroke:blue}}</style><path class="b a" {PATH}/>', "#0000ff"),
        (f'<style>g path{{stroke:blue}}path{{stroke:red}}</style><g><path {PATH}/></g>', "#0000ff"),
        (f'<style>svg>path{{stroke:red}}g>path{{stroke:blue}}</style><g><path {PATH}/></g>', "#0000ff"),
        (f'<style>g+path{{stroke:blue}}</style><g/><path {PATH}/>', "#0000ff"),
        (f'<style>g~path{{stroke:blue}}</style><g/><g/><path {PATH}/>', "#0000ff"),
        (f'<style>path.a.b{{stroke:blue}}path.a{{stroke:red}}</style><path class="a b" {PATH}/>', "#0000ff"),
        (f'<style>*{{stroke:blue}}</style><path {PATH}/>', "#0000ff"),
        (f'<style>path[data-x="1"]{{stroke:blue}}</style><path data-x="1" {PATH}/>', "#0000ff"),
        (f'<style>path:first-child{{stroke:red}}path:nth-child(2){{stroke:blue}}</style><path {PATH}/>', "#0000ff"),
        (f'<style>a,path, .q{{stroke:blue}}</style><path {PATH}/>', "#0000ff"),
        (f'<style>:not(g){{stroke:blue}}</style><path {PATH}/>', "#0000ff"),
        (f'<style><![CDATA[ path {{ stroke : blue }} ]]></style><path {PATH}/>', "#0000ff"),
        (f'<style>/* x */ path/**/{{ stroke:/**/blue; }}</style><path {PATH}/>', "#0000ff"),
        (f'<style>PATH{{stroke:red}}path{{stroke:blue}}</style><path {PATH}/>', "#0000ff"),
        (f'<style>path{{stroke:blue}} broken {{ </style><path {PATH}/>', "#0000ff"),
        (f'<style>path{{stroke:red}} path{{STROKE:BLUE}}</style><path {PATH}/>', "#0000ff"),
        (f'<style>path{{stroke:blue}} path{{stroke:light-dark(red, lime)}}</style><path {PATH}/>', "#0000ff"),
        (f'<defs><style>path{{stroke:blue}}</style></defs><path {PATH}/>', "#0000ff"),
        (f'<g stroke="blue"><path {PATH}/></g>', "#0000ff"),
        (f'<g stroke="blue"><path stroke="inherit" style="fill:none" {PATH}/></g>', "#0000ff"),
        (f'<g stroke="blue" style="fill:red"><path style="stroke:nonsense" {PATH}/></g>', "#0000ff"),
        (f'<path stroke="blue" style="stroke:light-dark(#000, #fff)" {PATH}/>', "#0000ff"),
        (f'<path stroke="blue" style="stroke: light-dark(rgb(0, 0, 0), rgb(255, 255, 255));" {PATH}/>', "#0000ff"),
        (f'<path stroke="blue" style="stroke:var(--nowhere)" {PATH}/>', "#0000ff"),
        (f'<g color="blue"><path stroke="currentColor" {PATH}/></g>', "#0000ff"),
        (f'<g stroke="currentColor" color="red"><path color="blue" {PATH}/></g>', "#0000ff"),
        (f'<g color="blue"><path color="currentColor" stroke="currentColor" {PATH}/></g>', "#0000ff"),
        (f'<path style="background:url(data:a;b);stroke:blue" {PATH}/>', "#0000ff"),
        (f"<path style='font-family:\"a;b\";stroke:blue' {PATH}/>", "#0000ff"),
        (f'<path style=";;stroke :  blue ;x" {PATH}/>', "#0000ff"),
        (f'<path stroke="red" style="stroke:initial;fill:blue" {PATH}/>', "#0000ff"),
        (f'<g stroke="blue"><path stroke="red" style="stroke:unset" {PATH}/></g>', "#0000ff"),
    ],
)  # fmt: skip
def test_the_cascade(body: str, expected: str) -> None:
    assert draw(body).paths[-1][1] == expected


@pytest.mark.parametrize(
    ("width", "expected"),
    [("3", 3), ("3px", 3), ("1.23456", 1.235), ("0.5em", 8), ("-1", 1), ("abc", 1), ("1e3", 1000), ("0.0149", 0.015)],
)
def test_widths(width: str, expected: float) -> None:
    assert draw(f'<path stroke="red" stroke-width="{width}" {PATH}/>').paths[0][2] == expected
    assert draw(f'<path stroke="red" style="stroke-width:{width}" {PATH}/>').paths[0][2] == expected


def test_a_width_in_em_is_inherited_as_what_it_came_to() -> None:
    [(_, _, width)] = draw(f'<g font-size="10" stroke-width="1em"><path font-size="50" stroke="red" {PATH}/></g>').paths
    assert width == 10


@pytest.mark.parametrize(
    "hidden", ['display="none"', 'style="display:none"', 'visibility="hidden"', 'visibility="collapse"']
)
def test_what_is_hidden_is_not_drawn(hidden: str) -> None:
    imported = draw(f'<g {hidden}><path stroke="red" {PATH}/></g><path stroke="blue" {PATH}/>')
    assert [found for _, found, _ in imported.paths] == ["#0000ff"]


def test_a_child_may_be_visible_within_what_is_hidden() -> None:
    assert len(draw(f'<g visibility="hidden"><path visibility="visible" stroke="red" {PATH}/></g>').paths) == 1


# What is filled.


def test_a_fill_without_a_stroke_becomes_an_outline_in_its_colour() -> None:
    imported = draw('<path fill="#123456" fill-opacity=".5" d="M1 1L9 1L9 9Z"/>')
    assert imported.paths == [("M1 1L9 1L9 9Z", "#12345680", 1.0)]
    assert reasons(imported) == {("path", "approximated: fill outlined"): 1}


def test_black_is_what_a_shape_is_filled_with_if_nothing_is_said() -> None:
    assert draw('<path d="M1 1L9 1L9 9Z"/>').paths[0][1] == "#000000"


@pytest.mark.parametrize(
    "stroke",
    ['stroke="none"', 'stroke="red" stroke-width="0"', 'stroke="transparent"', 'stroke="red" stroke-opacity="0"'],
)
def test_a_stroke_that_cannot_be_seen_does_not_count(stroke: str) -> None:
    assert draw(f'<path fill="blue" {stroke} d="M1 1L9 1L9 9Z"/>').paths == [("M1 1L9 1L9 9Z", "#0000ff", 1.0)]


def test_with_both_the_stroke_is_kept() -> None:
    imported = draw('<path fill="blue" stroke="red" stroke-width="3" d="M1 1L9 1L9 9Z"/>')
    assert imported.paths == [("M1 1L9 1L9 9Z", "#ff0000", 3.0)]
    assert reasons(imported)["path", "ignored: fill"] == 1


@pytest.mark.parametrize(
    "shape", ['<line x2="5" y2="5"/>', '<path d="M0 0L5 5"/>', '<path fill="none" d="M0 0h5v5z"/>']
)
def test_what_neither_fills_nor_strokes_is_not_drawn(shape: str) -> None:
    assert len(draw(f'{shape}<path stroke="red" {PATH}/>').paths) == 1


@pytest.mark.parametrize(
    ("root", "width"),
    [
        ('viewBox="0 0 24 24"', 1.0),
        ('viewBox="0 0 512 512"', 1.0),
        ('viewBox="0 0 512 512" width="24" height="24"', 1.0),
        ('viewBox="0 0 12 12"', 0.5),
        ('viewBox="0 0 1 1"', 0.042),
        ('viewBox="0 0 5000 400"', 5.0),
    ],
)
def test_the_width_of_an_outline_suits_the_drawing(root: str, width: float) -> None:
    body = '<g transform="scale(.1)"><path d="M0 0h.1v.1z"/></g>'
    assert draw(body, root).paths[0][2] == width


@pytest.mark.parametrize(
    "background",
    [
        '<rect width="100%" height="100%" fill="white"/>',
        '<rect width="100" height="100" fill="#123"/>',
        '<rect x="-10" y="-10" width="200" height="200"/>',
        '<g transform="scale(2)"><rect width="50" height="50"/></g>',
        '<path d="M0 0h100v100H0z" fill="#fff"/>',
        '<path d="M0 100L100 100L100 0L0 0z" style="fill:#ffffff"/>',
        '<polygon points="0,0 100,0 100,100 0,100"/>',
    ],
)
def test_a_background_is_dropped(background: str) -> None:
    imported = draw(f'{background}<path stroke="red" {PATH}/>')
    assert len(imported.paths) == 1
    assert "dropped: background" in {reason for _, reason in reasons(imported)}


@pytest.mark.parametrize(
    "other",
    [
        '<rect width="100%" height="100%" fill="white" stroke="red"/>',
        '<rect width="100%" height="50%"/>',
        '<rect x="2" width="100" height="100"/>',
        '<circle cx="50" cy="50" r="90"/>',
        '<rect width="100" height="100" rx="5"/>',
        '<rect width="100" height="100" transform="rotate(45 50 50)"/>',
        '<path d="M0 0h100v100z"/>',
        '<path d="M0 0h100v100H0zM10 10h10v10z"/>',
    ],
)
def test_what_is_not_only_a_background_is_kept(other: str) -> None:
    assert len(draw(f'{other}<path stroke="red" {PATH}/>').paths) == 2


def test_a_rectangle_over_what_was_drawn_is_no_background() -> None:
    assert len(draw(f'<path stroke="red" {PATH}/><rect width="100" height="100"/>').paths) == 2


# Gradients and patterns.

GRADIENT = (
    '<linearGradient id="g"><stop stop-color="red"/><stop offset=".5" style="stop-color:blue;stop-opacity:.5"/>'
    '<stop offset="1" stop-color="lime"/></linearGradient>'
)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (GRADIENT, "#0000ff80"),
        (GRADIENT.replace("linear", "radial"), "#0000ff80"),
        (GRADIENT.replace('"g"', '"h"') + '<linearGradient id="g" xlink:href="#h"/>', "#0000ff80"),
        (GRADIENT.replace('"g"', '"h"') + '<radialGradient id="g" href="#h"/>', "#0000ff80"),
        ('<linearGradient id="g"><stop stop-color="red"/></linearGradient>', "#ff0000"),
        ('<linearGradient id="g"><stop stop-color="red"/><stop stop-opacity="0"/></linearGradient>', "#ff0000"),
        ('<style>.s{stop-color:red}</style><linearGradient id="g"><stop class="s"/></linearGradient>', "#ff0000"),
        ('<pattern id="g"><rect width="3" height="3" fill="red"/></pattern>', "#ff0000"),
        ('<linearGradient id="g"/>', None),
        ('<linearGradient id="g" href="#g"/>', None),
        ('<linearGradient id="g" href="#h"/><linearGradient id="h" href="#g"/>', None),
        ('<path id="g" d="M0 0"/>', None),
    ],
)
@pytest.mark.parametrize("url", ["url(#g)", "url('#g')", "url( &quot;#g&quot; )"])
def test_a_gradient_is_its_middle_stop(definition: str, expected: str | None, url: str) -> None:
    body = f'<defs>{definition}</defs><path stroke="{url}" fill="none" {PATH}/><path stroke="#010101" {PATH}/>'
    found = [color for _, color, _ in draw(body).paths][:-1]
    assert found == ([expected] if expected else [])


def test_gradients_and_patterns_are_told() -> None:
    imported = draw(f'<defs>{GRADIENT}</defs><rect fill="url(#g)" width="9" height="9"/>')
    assert reasons(imported) == {("rect", "approximated: gradient"): 1, ("rect", "approximated: fill outlined"): 1}


# Style sheets that are ignored.


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        ("<style>@media (prefers-color-scheme:dark){path{stroke:red}}</style>", "ignored: media query"),
        ('<style media="print">path{stroke:red}</style>', "ignored: media query"),
        ('<style>@import url("x.css");</style>', "ignored: style rule"),
        ("<style>path:frobnicate{stroke:red}</style>", "ignored: style rule"),
        ("<style>@font-face{font-family:x;src:url(x)}</style>", None),
        ('<style type="text/less">path{stroke:red}</style>', None),
        ("<style></style>", None),
    ],
)
def test_style_sheets_that_do_not_count(sheet: str, reason: str | None) -> None:
    imported = read(document(f"{sheet}<g {STROKED}><path {PATH}/></g>"))
    assert imported.paths[0][1] == "#010203"
    assert reasons(imported) == ({("style", reason): 1} if reason else {})
