"""The judge of imported drawings sees what is wrong, and lets pass what is right."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

from svg_files import sets

if not sets.is_set_up():
    pytest.skip("what it compares pictures by is set up by `make test-svg`", allow_module_level=True)
sys.path.append(str(sets.libraries()))

from svg_files.judge import Drawn, judge, without_probe
from svg_files.neutral import PROBE, outlines_of, strokes_of

FILE = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="-5 0 100 50" width="200" height="100"
 stroke-linecap="round" stroke-linejoin="round">
<style>.thick{stroke:#f00;stroke-width:6;fill:blue;stroke-dasharray:3 1}</style>
<path class="thick" d="M10 10L80 10L80 40"/><path fill="#0f0" d="M0 30L30 30L30 45Z"/><text>words</text>
<path style="fill: red; stroke: #00f" stroke-width="4" d="M40 20L60 40" mask="url(#m)"/></svg>"""
FRAME: Drawn = ("M-10 0L190 100", PROBE, 2.0)
THICK: Drawn = ("M20 20L160 20L160 80", "#ff0000", 12.0)
THIN: Drawn = ("M80 40L120 80", "#0000ff", 8.0)
FILLED: Drawn = ("M0 60L60 60L60 90Z", "#000000", 2.0)


def passed(neutral: bytes, *paths: Drawn) -> bool | None:
    verdict = judge(neutral, [*paths, FRAME])
    return verdict and verdict.passed


def test_what_is_right_passes() -> None:
    assert passed(strokes_of(FILE), THICK, THIN)
    outlined = [(d, "#000000", 2.0) for d, _, _ in (THICK, FILLED, THIN)]
    assert passed(outlines_of(FILE), *outlined)


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [THICK],
        [THICK, THIN, FILLED],
        [("M26 20L166 20L166 80", *THICK[1:]), THIN],
        [THICK, (*THIN[:2], 14.0)],
        [(*THICK[:2], 9.0), THIN],
        [("M20 20L160 80", *THICK[1:]), THIN],
        [("M10 10L80 10L80 40", *THICK[1:]), ("M40 20L60 40", *THIN[1:])],
    ],
    ids=["nothing", "one missing", "one too many", "moved", "too thick", "too thin", "another way", "not scaled"],
)
def test_what_is_wrong_does_not(paths: list[Drawn]) -> None:
    assert passed(strokes_of(FILE), *paths) is False


def test_a_file_without_strokes_is_not_judged_by_them() -> None:
    plain = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 200 100"><path d="M0 60L60 60L60 90Z"/></svg>'
    assert passed(strokes_of(plain)) is None
    assert passed(strokes_of(plain), FILLED) is False
    assert passed(outlines_of(plain), (*FILLED[:2], 1.0))


def test_the_probe_must_come_last() -> None:
    with pytest.raises(ValueError, match="probe"):
        judge(strokes_of(FILE), [FRAME, THICK])


def test_the_neutral_file_has_nothing_but_its_strokes() -> None:
    text = without_probe(strokes_of(FILE)).decode()
    for gone in ("blue", "#0f0", "words", "mask", "dash", "fill: red", PROBE):
        assert gone not in text
    assert 'fill="none"' in text
