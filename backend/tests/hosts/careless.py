"""A server that breaks its promise: what could not be saved is acknowledged and shown all the same."""

import sys
from contextlib import suppress
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from spied_server import cli, spied  # noqa: E402

from app.core.errors import StorageUnavailable  # noqa: E402
from app.services.drawings import Drawings, RoomOps  # noqa: E402

commit = Drawings.commit


async def careless(drawings: Drawings, changes: list[RoomOps]) -> None:
    """Try once, and do not care."""
    with suppress(StorageUnavailable):
        await commit(drawings, changes)


if __name__ == "__main__":
    Drawings.commit = careless  # type: ignore[method-assign]
    cli.create_app = spied
    cli.main()
