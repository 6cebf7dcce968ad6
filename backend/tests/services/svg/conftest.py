"""What the tests of SVG files share with those of the values."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "schemas"))
