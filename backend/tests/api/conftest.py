"""What the tests of pages share: a door to a server of their own, and its figures."""

import sys
from pathlib import Path

tests = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(tests / "protocol"), str(tests)]
