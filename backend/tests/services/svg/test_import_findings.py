"""Files that once broke the import are read, or refused, ever since."""

from contextlib import suppress
from pathlib import Path

import pytest
from svg_help import read

from app.core.errors import DrawingTooLarge, InvalidSvg

FINDINGS = sorted(Path(__file__).parent.glob("findings/*.svg"))


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_h6_a_finding_is_read_or_refused(path: Path) -> None:
    with suppress(InvalidSvg, DrawingTooLarge):
        read(path.read_bytes())
