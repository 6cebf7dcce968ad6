"""Where the tests of what is shipped for deployments find the servers, doors and crowds of other tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("docker", "faults", "protocol", ".")]
