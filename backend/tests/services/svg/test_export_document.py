"""H7: the exported file, as anybody's XML reader sees it."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from wire_values import Segment, joined, paths

from app.services.svg import document

SVG = "{http://www.w3.org/2000/svg}"
ALPHAS = range(1, 255)


@given(paths, st.integers(0, 0xFFFFFF), st.none() | st.sampled_from(ALPHAS), st.integers(10, 1_000_000))
def test_h7_an_element_holds_a_path_and_nothing_else(path: list[Segment], rgb: int, alpha: int | None, w: int) -> None:
    color = f"#{rgb:06x}" + ("" if alpha is None else f"{alpha:02x}")
    told = ET.fromstring(document.element(joined(path), color, w / 1000)).attrib  # noqa: S314 - our own
    assert told.pop("d") == joined(path)
    assert told.pop("stroke") == f"#{rgb:06x}"
    assert re.fullmatch(r"(0|[1-9]\d*)(\.\d{0,2}[1-9])?", told["stroke-width"])
    assert float(told.pop("stroke-width")) == w / 1000
    assert list(told) == ([] if alpha is None else ["stroke-opacity"])


def test_h7_each_alpha_comes_back_as_it_was() -> None:
    for alpha in ALPHAS:
        told = ET.fromstring(document.element("M0 0Z", f"#000000{alpha:02x}", 1)).attrib  # noqa: S314 - our own
        assert round(float(told["stroke-opacity"]) * 255) == alpha
        assert len(told["stroke-opacity"]) <= len("0.123")


def test_h7_the_root_of_an_empty_board() -> None:
    root = ET.fromstring(document.head((0, 0, 100_000, 100_000)).encode() + document.TAIL)  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    assert root.attrib == {
        "viewBox": "0 0 100 100",
        "width": "100",
        "height": "100",
        "fill": "none",
        "stroke-linecap": "round",
        "stroke-linejoin": "round",
    }
    assert len(root) == 0
