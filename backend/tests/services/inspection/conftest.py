"""Where the real server is started from."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]
