"""Exports of drawings: read from the database in one transaction, so that nothing is torn, and sent from memory.

The database and not the replica: what anybody was shown is on disk (S4), and so a room that sleeps, one that lives in
another process and one that is read by the command line are the same.
"""

import asyncio
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from weakref import WeakValueDictionary

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from app.core.database import Database
from app.services.changes import identity
from app.services.svg import document
from app.services.svg.bounds import Bounds, Box

FORMAT = 1
"""Of the file; to be raised when the same drawing is to be written otherwise."""
PART_BYTES = 128 * 1024
ROWS_AT_ONCE = 100
BREATH_BYTES = 24 * 1024
BREATH_SECONDS = 0.00005
"""A thread that only computes keeps the event loop waiting for up to 5 ms each time; one that sleeps now and then, for
as long as it takes to notice, hardly at all."""
AT_ONCE = 2
"""Exports that are made at the same time; others wait. Being sent, an export keeps nothing but memory busy."""
FAST = 1
"""zlib's level: ten times the pace of its usual one, for a sixth more bytes."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Export:
    """A drawing as a file of `length` bytes; kept compressed, for somebody may be slow to take it."""

    etag: str
    box: Box
    length: int
    _body: tuple[bytes, ...]

    def parts(self, size: tuple[int, int] | None = None) -> Iterator[bytes]:
        """The file, piece by piece; `size`: pixels of the whole, if it is not to be shown as large as it is."""
        yield document.head(self.box, size).encode()
        yield from map(zlib.decompress, self._body)

    def gzipped(self) -> Iterator[bytes]:
        """The same, compressed."""
        packer = zlib.compressobj(FAST, wbits=31)
        for part in self.parts():
            yield packer.compress(part)
        yield packer.flush()


class Exports:
    """Makes exports; those that several people want at the same time are made once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._known: WeakValueDictionary[str, Export] = WeakValueDictionary()

    async def etag(self, room_key: int) -> str:
        """What the room's export would be known by; cheap. Raises StorageUnavailable."""
        return await self._database.read(lambda db: etag(db, room_key))

    async def get(self, room_key: int) -> Export:
        """The room's drawing as it stands on disk. Raises StorageUnavailable."""
        async with self._turn:
            if known := self._known.get(await self.etag(room_key)):
                return known
            export = await self._database.read(lambda db: export_of(db, room_key))
            self._known[export.etag] = export
            return export


def export_of(db: Session, room_key: int) -> Export:
    """Write a room's drawing as a file, within the transaction of `db`."""
    bounds = Bounds()
    size = 0
    body = []
    for part in _joined(_elements(db, room_key, bounds)):
        size += len(part)
        body.append(zlib.compress(part, FAST))
    box = bounds.box()
    return Export(etag(db, room_key), box, len(document.head(box)) + size, tuple(body))


def etag(db: Session, room_key: int) -> str:
    """Name the state of a drawing.

    Every change has a greater number than those before: two states whose newest paths bear the same number differ by
    deletions only, and so in their counts.
    """
    path = SQLModel.metadata.tables["path"].c
    state = select(func.count(), func.max(path.changed)).where(path.room_key == room_key, ~path.deleted)
    count, newest = db.connection().execute(state).one()
    name = f"{FORMAT} {identity(db)} {room_key} {count} {newest}"
    return f'W/"{blake2b(name.encode(), digest_size=12).hexdigest()}"'


def _elements(db: Session, room_key: int, bounds: Bounds) -> Iterator[str]:
    """Every path in the order of W6; `bounds` learns of each."""
    path = SQLModel.metadata.tables["path"].c
    query = select(path.d, path.color, path.width).where(path.room_key == room_key, ~path.deleted).order_by(path.id)
    since = 0
    for d, color, width in db.connection().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        bounds.add(d, width)
        yield document.element(d, color, width)
        since += len(d)
        if since >= BREATH_BYTES:
            since = 0
            time.sleep(BREATH_SECONDS)


def _joined(texts: Iterable[str]) -> Iterator[bytes]:
    """Pieces of about PART_BYTES, with the end of the file."""
    some: list[str] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= PART_BYTES:
            yield "".join(some).encode()
            some, size = [], 0
    yield "".join(some).encode() + document.TAIL
