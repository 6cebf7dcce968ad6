"""What `make fuzz-svg` runs: atheris mutates files, and each must be read as V1 demands, or refused as H6 does."""

import contextlib
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[3]), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["app.services.svg", "tinycss2", "cssselect2"]):
    from svg_help import read

    from app.core.errors import DrawingTooLarge, InvalidSvg
    from app.services.svg.limits import Limits

LIMITS = Limits(inflated=200_000, elements=500, paths=200, segments=2000, css_steps=20_000)


def one_input(data: bytes) -> None:
    """Whatever else is raised is a finding."""
    with contextlib.suppress(InvalidSvg, DrawingTooLarge):
        read(data, LIMITS)


atheris.Setup(sys.argv, one_input)
atheris.Fuzz()
