"""A room from a file: read in a worker, written in short transactions, opened at the end, or not there at all (H6)."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import InvalidRequest
from app.services.rooms import Entry, Rooms
from app.services.staging import Staging
from app.services.svg.readers import Readers
from app.services.svg.report import Skipped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Imported:
    """Somebody has made a room from a file, which became so many paths."""

    entry: Entry
    paths: int
    skipped: list[Skipped]


class Imports:
    """Makes rooms from files."""

    def __init__(self, database: Database, clock: Clock, rooms: Rooms, readers: Readers) -> None:
        self._database = database
        self._clock = clock
        self._rooms = rooms
        self._readers = readers

    async def create(self, name: str, address: str, source: BinaryIO, size: int, gone: Awaitable[None]) -> Imported:
        """Make a room with the drawing of a file of `size` bytes; given up when `gone` returns.

        Raises InvalidSvg, DrawingTooLarge, ImportBusy, RoomLimit and StorageUnavailable; then no room is left behind.
        """
        await self._rooms.check_slot(address)  # reading costs much: who may not have a room is told before
        return await unless(gone, self._create(name, address, source, size))

    async def _create(self, name: str, address: str, source: BinaryIO, size: int) -> Imported:
        staging = Staging(self._database, self._clock)
        try:
            skipped = await self._readers.read(source, size, staging.add)
            entry = await self._rooms.create(name, address, staging.key)
        except BaseException:
            await asyncio.shield(staging.drop())
            raise
        return Imported(entry, staging.paths, skipped)


async def unless(gone: Awaitable[None], work: Awaitable[T]) -> T:
    """What `work` gives; it is cancelled, and undone, as soon as `gone` returns: then InvalidRequest is raised."""
    working, going = asyncio.ensure_future(work), asyncio.ensure_future(gone)
    try:
        await asyncio.wait({working, going}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        going.cancel()
        working.cancel()  # nothing, if it is done
        await asyncio.wait({working})
    if working.cancelled():
        raise InvalidRequest("The sender is gone.")
    return working.result()
