"""`python -m app.services.backups.worker`: a round that is much work, in a process of its own and of low priority.

The job comes as JSON on standard input (a database's URL may hold a password, and command lines are seen by others);
what goes wrong is told in one line on standard error.
"""

import os
import sys

import msgspec

from app.services.backups.keeping import FAILURES, Job, Round

LOWEST = 19


def main() -> None:
    """Do the round that standard input asks for."""
    os.nice(LOWEST)
    try:
        Round(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)).run()
    except FAILURES as error:
        sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    main()
