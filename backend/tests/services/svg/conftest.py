"""What the tests of SVG files share among themselves, and with those of the values."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "schemas")]
