"""Compares an export with what it was imported from, as resvg draws both."""

import io
import re
from dataclasses import dataclass

import numpy as np
import resvg_py
from PIL import Image

from app.services.svg import document
from svg_files.neutral import PROBE

SIDE = 384
INK = 40
"""Of 255: what counts as drawn. A line thinner than a pixel is faint."""
COVERAGE = 0.97
INK_RATIO = (0.85, 1.15)

Drawn = tuple[str, str, float]
"""`d`, colour and width of a path."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`coverage`: the share of either picture's ink that has ink of the other within a pixel, the lesser of the two."""

    coverage: float
    ink_ratio: float

    @property
    def passed(self) -> bool:
        """Is the export as the original?"""
        return self.coverage >= COVERAGE and INK_RATIO[0] <= self.ink_ratio <= INK_RATIO[1]


def judge(neutral: bytes, imported: list[Drawn]) -> Verdict | None:
    """Compare a neutral file with what was imported of it; None if there is no ink to compare."""
    *paths, (probe, color, _) = imported
    if color != PROBE:
        raise ValueError("the probe, the last element, was not imported as the last path")
    x, y, right, bottom = map(float, re.findall(r"-?[\d.]+", probe))
    one = picture(without_probe(neutral))
    other = picture(export_in(paths, (x, y, right - x, bottom - y)))
    if not (one >= INK).any():
        return None if not (other >= INK).any() else Verdict(0.0, float("inf"))
    return compare(one, other)


def export_in(paths: list[Drawn], frame: tuple[float, float, float, float]) -> bytes:
    """The exported paths, seen through the original's frame."""
    x, y, width, height = (round(value * 1000) for value in frame)
    head = document.head((x, y, width, height))
    return (head + "".join(document.element(*path) for path in paths)).encode() + document.TAIL


def without_probe(neutral: bytes) -> bytes:
    """The neutral file as it was before it was given the probe."""
    return re.sub(rb"<[^<>]*%s[^<>]*>" % PROBE.encode(), b"", neutral)


def picture(svg: bytes) -> np.ndarray:
    """How opaque each pixel is, 0 to 255, of a picture whose longer side has 384."""
    text = svg.decode()
    png = resvg_py.svg_to_bytes(svg_string=text, width=SIDE, height=SIDE, dpi=96, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[:, :, 3]


def compare(one: np.ndarray, other: np.ndarray) -> Verdict:
    """Judge two pictures of the same size, the first of which has ink."""
    if one.shape != other.shape:
        height, width = (min(pair) for pair in zip(one.shape, other.shape, strict=True))
        if max(abs(a - b) for a, b in zip(one.shape, other.shape, strict=True)) > 1:
            return Verdict(0.0, 0.0)
        one, other = one[:height, :width], other[:height, :width]
    a, b = one >= INK, other >= INK
    covered = [float((x & grown(y)).sum() / x.sum()) if x.any() else 0.0 for x, y in ((a, b), (b, a))]
    return Verdict(min(covered), float(other.sum(dtype=float) / one.sum(dtype=float)))


def grown(mask: np.ndarray) -> np.ndarray:
    """The mask, with a pixel more on all sides."""
    padded = np.pad(mask, 1)
    rows, columns = mask.shape
    return np.logical_or.reduce([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)])
