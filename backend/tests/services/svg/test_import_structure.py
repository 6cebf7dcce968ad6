"""Groups, repetitions, viewports: what is drawn where, and in which order; and what is told of the rest."""

import pytest
from svg_help import ROOT, STROKED, document, draw, lines, read, reasons

from app.core.errors import InvalidSvg

DOT = '<path d="M0 0L1 1"/>'


@pytest.mark.parametrize("container", ["g", "a", "svg"])
def test_containers(container: str) -> None:
    assert lines(f"<{container}><{container}>{DOT}</{container}></{container}>") == ["M0 0L1 1"]


def test_the_order_is_that_of_the_document() -> None:
    body = '<path d="M1 1L2 2"/><g><path d="M3 3L4 4"/><use href="#a"/></g><path d="M5 5L6 6"/>'
    assert lines(f'<defs><path id="a" d="M7 7L8 8"/></defs>{body}') == ["M1 1L2 2", "M3 3L4 4", "M7 7L8 8", "M5 5L6 6"]


@pytest.mark.parametrize("href", ["href", "xlink:href"])
@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ('<use {}="#a"/>', "M0 0L1 1"),
        ('<use {}="#a" x="3" y="4"/>', "M3 4L4 5"),
        ('<use {}="#a" x="10%"/>', "M10 0L11 1"),
        ('<use {}="#a" x="3" transform="scale(2)"/>', "M6 0L8 2"),
        ('<use {}="#b" x="1"/>', "M1 0L2 1"),
        ('<use {}="#c" y="1"/>', "M2 1L3 2"),
    ],
)
def test_use(use: str, expected: str, href: str) -> None:
    defs = f'<defs><path id="a" d="M0 0L1 1"/><g id="b">{DOT}</g><use id="c" x="2" {href}="#a"/></defs>'
    assert lines(defs + use.format(href)) == [expected]


def test_what_is_repeated_inherits_from_where_it_is_repeated() -> None:
    defs = '<defs><path id="a" d="M0 0L1 1" stroke-width="3"/></defs>'
    imported = draw(f'{defs}<use href="#a" stroke="red" stroke-width="9"/><use href="#a" stroke="blue" opacity=".2"/>')
    assert [path[1:] for path in imported.paths] == [("#ff0000", 3.0), ("#0000ff33", 3.0)]


def test_selectors_see_what_is_repeated_where_it_stands() -> None:
    body = '<style>defs path{stroke:red} g path{stroke:blue}</style><defs><path id="a" d="M0 0L1 1"/></defs>'
    assert draw(f'{body}<g><use href="#a"/></g>').paths[0][1] == "#ff0000"


@pytest.mark.parametrize(
    "body",
    [
        '<use id="a" href="#a"/>',
        '<g id="a"><use href="#a"/></g>',
        '<defs><use id="a" href="#b"/><use id="b" href="#a"/></defs><use href="#a"/>',
        '<defs><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></defs><use href="#a"/>',
        '<symbol id="a"><use href="#a"/></symbol><use href="#a"/>',
    ],
)
def test_h6_cycles_are_cut_and_told(body: str) -> None:
    imported = read(document(f"{body}<g {STROKED}>{DOT}</g>"))
    assert [d for d, _, _ in imported.paths] == ["M0 0L1 1"]
    assert reasons(imported) == {("use", "dropped: cyclic reference"): 1}


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("#gone", "broken reference"),
        ("", "broken reference"),
        ("other.svg#a", "external reference"),
        ("https://example.org/a.svg#a", "external reference"),
        ("file:///etc/passwd", "external reference"),
    ],
)
def test_h6_references_that_lead_nowhere_are_told(href: str, reason: str) -> None:
    imported = draw(f'<use href="{href}"/><g {STROKED}>{DOT}</g>')
    assert reasons(imported) == {("use", f"dropped: {reason}"): 1}


@pytest.mark.parametrize(
    ("symbol", "use", "expected"),
    [
        ("", "", "M0 0L1 1"),
        ('viewBox="0 0 10 10"', 'width="20" height="20"', "M0 0L2 2"),
        ('viewBox="0 0 10 10"', 'width="20" height="40"', "M0 10L2 12"),
        ('viewBox="0 0 10 10" preserveAspectRatio="none"', 'width="20" height="40"', "M0 0L2 4"),
        ('viewBox="5 5 10 10"', 'x="1" width="10" height="10"', "M-4 -5L-3 -4"),
        ('viewBox="0 0 10 10" width="20" height="20"', "", "M0 0L2 2"),
        ('viewBox="0 0 10 10"', "", "M0 0L10 10"),
    ],
)
def test_symbols(symbol: str, use: str, expected: str) -> None:
    assert lines(f'<symbol id="s" {symbol}>{DOT}</symbol><use href="#s" {use}/>') == [expected]
    assert lines(f'<defs><svg id="s" {symbol}>{DOT}</svg></defs><use href="#s" {use}/>') == [expected]


@pytest.mark.parametrize(
    ("aspect", "expected"),
    [
        ("", "M0 50L10 60"),
        ("xMidYMid meet", "M0 50L10 60"),
        ("xMinYMin", "M0 0L10 10"),
        ("xMaxYMax", "M0 100L10 110"),
        ("none", "M0 0L10 20"),
        ("xMinYMin slice", "M0 0L20 20"),
        ("xMidYMid slice", "M-50 0L-30 20"),
        ("xMaxYMin slice", "M-100 0L-80 20"),
        ("defer xMinYMin", "M0 0L10 10"),
        ("nonsense", "M0 50L10 60"),
    ],
)
def test_preserve_aspect_ratio(aspect: str, expected: str) -> None:
    inner = f'<svg width="100" height="200" viewBox="0 0 10 10" preserveAspectRatio="{aspect}">{DOT}</svg>'
    assert lines(inner) == [expected]


def test_nested_viewports() -> None:
    assert lines(f'<svg x="5" y="6">{DOT}</svg>') == ["M5 6L6 7"]
    assert lines('<svg width="50" height="20"><line x2="10%" y2="10%"/></svg>') == ["M0 0L5 2"]
    assert lines('<svg x="50%" width="10" height="10" viewBox="0 0 2 2"><line x2="50%"/></svg>') == ["M50 0L55 0"]
    assert lines(f'<svg width="0" height="9">{DOT}</svg><path d="M5 5L6 6"/>') == ["M5 5L6 6"]


# The root (H7).


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("", "M10 10L20 30"),
        ('viewBox="0 0 100 100"', "M10 10L20 30"),
        ('viewBox="0 0 100 100" width="200"', "M20 20L40 60"),
        ('viewBox="0 0 100 100" height="50"', "M5 5L10 15"),
        ('viewBox="0 0 100 100" width="200" height="200"', "M20 20L40 60"),
        ('viewBox="0 0 100 100" width="1in" height="1in"', "M9.6 9.6L19.2 28.8"),
        ('viewBox="0 0 100 100" width="100%" height="100%"', "M10 10L20 30"),
        ('viewBox="0 0 100 100" width="300" height="100"', "M110 10L120 30"),
        ('viewBox="0 0 100 100" width="300" height="100" preserveAspectRatio="none"', "M30 10L60 30"),
        ('viewBox="-50 7 100 100" width="100" height="100"', "M10 10L20 30"),
        ('viewBox="-50 7 100 100" width="200" height="200"', "M70 13L90 53"),
        ('viewBox="0 0 0 0" width="200" height="200"', "M10 10L20 30"),
        ('viewBox="nonsense" width="200" height="200"', "M10 10L20 30"),
        ('width="10mm" height="10mm"', "M10 10L20 30"),
        ('x="5" y="5" width="10" height="10"', "M10 10L20 30"),
        ('viewBox="0 0 100 100" transform="scale(2)"', "M20 20L40 60"),
    ],
)
def test_h7_the_root_is_mapped_without_moving_its_origin(root: str, expected: str) -> None:
    assert lines('<path d="M10 10L20 30"/>', root) == [expected]


@pytest.mark.parametrize("box", ["-0.5 -0.25 101.125 0.333", "17.001 -999999 3 2000000", "-3.5 1.7 1e-3 7.1"])
def test_h7_an_export_comes_back_the_same(box: str) -> None:
    _, _, w, h = box.split()
    paths = [
        ("M0.001 -0.001L333333.333 0.1C1 2 3 4 5 6Q0.003 0.007 1000000 -1000000Z", "#123456", 0.01),
        ("M5 5Z", "#00000001", 1000.0),
        ("M5 5L5 5", "#fffffffe", 3.333),
        ("M1 1L2 2ZM3 3L4 4", "#abcdef80", 4.0),
    ]
    body = "".join(
        f'<path d="{d}" stroke="{color[:7]}" stroke-width="{width:g}"'
        + (f' stroke-opacity="{int(color[7:], 16) / 255:.3f}"' if color[7:] else "")
        + "/>"
        for d, color, width in paths
    )
    root = f'viewBox="{box}" width="{w}" height="{h}" fill="none" stroke-linecap="round" stroke-linejoin="round"'
    imported = draw(body, root)
    assert imported.paths == paths
    assert imported.skipped == []


# What is left out.


def test_switch_takes_the_first_that_suits() -> None:
    first = (
        f'<foreignObject/><g requiredExtensions="http://example.org/x">{DOT}</g><g systemLanguage="de, fr">{DOT}</g>'
    )
    body = f'<switch>{first}<g systemLanguage="en-GB"><path d="M5 5L6 6"/></g>{DOT}</switch>'
    assert lines(body) == ["M5 5L6 6"]
    assert lines(f"<switch><text>x</text>{DOT}</switch>{DOT}") == ["M0 0L1 1"]


@pytest.mark.parametrize("where", ["defs", "symbol", "clipPath", "mask", "marker", "pattern", "title", "metadata"])
def test_what_is_only_defined_is_not_drawn(where: str) -> None:
    assert lines(f'<{where}>{DOT}</{where}><path d="M5 5L6 6"/>') == ["M5 5L6 6"]


def test_foreign_elements_are_passed_by() -> None:
    other = '<x:thing xmlns:x="urn:x"><svg:path xmlns:svg="http://www.w3.org/2000/svg" d="M0 0L1 1"/></x:thing>'
    imported = draw(f"{other}<g {STROKED}>{DOT}</g>")
    assert len(imported.paths) == 1
    assert imported.skipped == []


def test_h6_what_cannot_be_used_is_told() -> None:
    body = (
        f'<text>a</text><text>b</text><image href="x.png"/><script>alert(1)</script><foreignObject/><bogus/>'
        f'<g {STROKED}><path d="M0 0L1 1"><animate/></path>'
        f'<path d="M0 0L1 1" clip-path="url(#c)" mask="url(#m)" filter="url(#f)" stroke-dasharray="1 2"/>'
        f'<path d="M0 0L1 1" style="marker:url(#m)"/><line x2="5" stroke-linecap="butt"/></g>'
    )
    assert reasons(draw(body)) == {
        ("text", "dropped"): 2,
        ("image", "dropped"): 1,
        ("script", "dropped"): 1,
        ("foreignObject", "dropped"): 1,
        ("other", "dropped"): 1,
        ("animate", "dropped"): 1,
        ("path", "ignored: clip-path"): 1,
        ("path", "ignored: mask"): 1,
        ("path", "ignored: filter"): 1,
        ("path", "approximated: dashes"): 1,
        ("marker", "dropped"): 1,
        ("line", "approximated: caps and joins"): 1,
    }


@pytest.mark.parametrize(
    "body", ["", "<g/>", "<defs><path d='M0 0L9 9'/></defs>", "<title>t</title>", f'<g display="none">{DOT}</g>']
)
def test_h6_nothing_to_draw_is_an_empty_board(body: str) -> None:
    assert draw(body).paths == []


@pytest.mark.parametrize(
    "body",
    [
        "<text>only words</text>",
        '<image href="x.png"/>',
        '<path stroke="red" d="broken"/>',
        '<path fill="none" d="M0 0h9v9z"/>',
        '<circle r="NaN" stroke="red"/>',
        '<use href="#gone"/>',
        '<path stroke="red" opacity="0" d="M0 0L9 9"/>',
        '<rect width="100%" height="100%"/>',
    ],
)
def test_h6_nothing_usable_is_an_error(body: str) -> None:
    with pytest.raises(InvalidSvg, match="nothing that can be used"):
        draw(body)


def test_a_drawing_without_the_name_space_is_read_all_the_same() -> None:
    assert read('<svg><path stroke="red" d="M0 0L1 1"/></svg>').paths == [("M0 0L1 1", "#ff0000", 1.0)]
    prefixed = f'<s:svg xmlns:s="http://www.w3.org/2000/svg" {ROOT}><s:path stroke="red" d="M0 0L1 1"/></s:svg>'
    assert len(read(prefixed).paths) == 1
