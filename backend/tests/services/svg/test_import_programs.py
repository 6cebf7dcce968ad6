"""Drawings as well-known programs write them: what comes in of each, and what is told of the rest.

The files are made up, but with everything that makes those of the programs odd.
"""

from pathlib import Path

import pytest
from svg_help import read, reasons

from app.services.svg.report import ImportedPath

DRAWINGS = Path(__file__).parent / "drawings"

PATHS: dict[str, list[ImportedPath]] = {
    "drawio": [
        (
            (
                "M6 0L74 0C77.314 0 80 2.686 80 6L80 34C80 37.314 77.314 40 74 40L6 40"
                "C2.686 40 0 37.314 0 34L0 6C0 2.686 2.686 0 6 0Z"
            ),
            "#6c8ebf",
            1.0,
        ),
        ("M80 20L113.63 20", "#000000", 1.0),
        ("M118.88 20L111.88 23.5L113.63 20L111.88 16.5Z", "#000000", 1.0),
        ("M180 40L140 120", "#b85450", 3.0),
    ],
    "excalidraw": [
        ("M20 20C20 20 20 20 220 120", "#ffc9c9", 1.0),
        ("M20.2 20.4C81 17.6 140.6 21.4 219.6 20.8M220.4 20.2C221.8 60 218.2 100 220 120", "#1e1e1e", 4.0),
        ("M260 40C250 50 250 50 240 60", "#e03131", 3.0),
        ("M301 121Q310 122 320 140Q330 158 340 160L338 162Q318 142 300 122Z", "#1971c2", 1.0),
    ],
    "figma": [
        ("M4 16C4 9.373 9.373 4 16 4", "#1e1e1e", 2.0),
        ("M40 8L48 8L48 16L40 16L40 8Z", "#00ff00", 1.0),
        ("M50 8L58 16", "#00000080", 1.0),
    ],
    "illustrator": [
        ("M10 10L20 20.5L30 10", "#009fe3", 2.0),
        ("M40 10C45.5 10 50 14.5 50 20", "#e30613", 3.0),
        (
            (
                "M78 20C78 24.418 74.418 28 70 28C65.582 28 62 24.418 62 20C62 15.582 65.582 12 70 12"
                "C74.418 12 78 15.582 78 20Z"
            ),
            "#ffed00",
            1.0,
        ),
    ],
    "inkscape": [
        ("M0 0C3.78 7.559 11.339 15.118 18.898 22.677", "#ff0000", 1.0),
        ("M7.559 11.339L45.354 11.339L45.354 30.236L7.559 30.236Z", "#00aa0040", 1.0),
        (
            "M45.354 18.898C45.354 23.072 41.97 26.457 37.795 26.457C33.621 26.457 30.236 23.072 30.236 18.898",
            "#00aa0080",
            7.559,
        ),
        ("M18.898 18.898C11.339 22.677 3.78 30.236 -3.78 37.795", "#ff0000", 1.0),
    ],
    "matplotlib": [
        ("M100 400L100 404.8", "#000000", 1.0),
        ("M97.571 411.146Q96.556 411.146 96.044 412.146Z", "#000000", 1.0),
        ("M106.054 411.146Q105.039 411.146 104.527 412.146Z", "#000000", 1.0),
        ("M100 400L560 50", "#1f77b4", 2.0),
    ],
    "tldraw": [
        (
            (
                "M33.5 32.5Q36 34 38 38Q40 42 42 42Q44 42 52 47L51 48Q51 48 41 43Q31 38 32.5 33.5"
                "C32.678 33.041 33.041 32.678 33.5 32.5Z"
            ),
            "#1d1d1d",
            1.0,
        ),
        ("M132 32L132 82L82 82L82 32Z", "#f1ac4b80", 1.0),
        ("M132 32L132 82L82 82L82 32Z", "#e0313180", 3.5),
    ],
}
REASONS: dict[str, dict[tuple[str, str], int]] = {
    "drawio": {
        ("path", "approximated: caps and joins"): 3,
        ("rect", "dropped: background"): 1,
        ("rect", "approximated: caps and joins"): 1,
        ("rect", "ignored: fill"): 1,
        ("text", "dropped"): 1,
        ("path", "ignored: fill"): 1,
        ("path", "approximated: dashes"): 1,
    },
    "excalidraw": {
        ("path", "approximated: fill outlined"): 2,
        ("path", "approximated: caps and joins"): 2,
        ("rect", "dropped: background"): 1,
        ("g", "ignored: mask"): 1,
        ("path", "approximated: dashes"): 1,
        ("text", "dropped"): 1,
    },
    "figma": {
        ("g", "ignored: clip-path"): 1,
        ("rect", "dropped: background"): 1,
        ("g", "ignored: filter"): 1,
        ("path", "approximated: gradient"): 1,
        ("path", "approximated: fill outlined"): 1,
        ("g", "ignored: mask"): 1,
        ("path", "approximated: caps and joins"): 1,
    },
    "illustrator": {
        ("polyline", "approximated: caps and joins"): 1,
        ("path", "approximated: caps and joins"): 1,
        ("circle", "ignored: clip-path"): 1,
        ("circle", "approximated: fill outlined"): 1,
    },
    "inkscape": {
        ("path", "approximated: caps and joins"): 2,
        ("rect", "approximated: gradient"): 1,
        ("rect", "approximated: fill outlined"): 1,
        ("path", "approximated: gradient"): 1,
        ("text", "dropped"): 1,
    },
    "matplotlib": {
        ("path", "approximated: caps and joins"): 2,
        ("path", "approximated: fill outlined"): 2,
        ("path", "dropped: background"): 1,
        ("path", "ignored: fill"): 1,
        ("path", "ignored: clip-path"): 1,
    },
    "tldraw": {
        ("path", "approximated: fill outlined"): 2,
        ("path", "approximated: pattern"): 1,
        ("foreignObject", "dropped"): 1,
    },
}


@pytest.mark.parametrize("program", sorted(PATHS))
def test_drawings_of_programs(program: str) -> None:
    imported = read((DRAWINGS / f"{program}.svg").read_bytes())
    assert imported.paths == PATHS[program]
    assert reasons(imported) == REASONS[program]
