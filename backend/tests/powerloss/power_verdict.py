"""Opens what a power cut has left, through the code that the server starts with, and compares."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

from power_disk import Image
from power_images import NAME
from power_reference import Drawing, Found, Ledger, edits_lost
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from app.core.database import Database, migrate
from app.core.errors import StartError, WhiteboardError
from app.models import Room, UserSession
from app.schemas.ops import Put
from app.services.drawings import RoomOps, load, save
from app.services.realtime.board import Board

UNREADABLE = (
    DatabaseError,
    StartError,
    WhiteboardError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
)


@dataclass
class Tally:
    """What became of the images: how many could be opened, were intact, and held exactly what must stand."""

    images: int = 0
    opened: int = 0
    intact: int = 0
    exact: int = 0
    lost: int = 0
    trouble: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        numbers = f"images={self.images} opened={self.opened} intact={self.intact} boards_exact={self.exact}"
        return f"{numbers} acked_edits_lost={self.lost}"

    @property
    def good(self) -> bool:
        """Is all well?"""
        return 0 < self.images == self.opened == self.intact == self.exact and not self.lost


def judge(image: Image, ledgers: dict[str, Ledger], directory: Path, tally: Tally) -> Found | None:
    """Look at one image, in a directory that is emptied for it; gives what was found, if all is well."""
    tally.images += 1
    try:
        found, integrity = examine(image, directory, edits=tally.images % 4 == 0)
    except UNREADABLE as error:
        found, integrity = {}, f"not opened: {error}"
    else:
        tally.opened += 1
    tally.intact += integrity == "ok"
    tally.lost += sum(edits_lost(ledger.acknowledged(), found.get(name, {})) for name, ledger in ledgers.items())
    odd = {name for name, ledger in ledgers.items() if found.get(name, {}) not in ledger.possible()}
    odd |= found.keys() - ledgers.keys()
    if odd or integrity != "ok":
        tally.trouble.append(f"{integrity}; differing: {odd}"[:300])
        return None
    tally.exact += 1
    return found


def examine(image: Image, directory: Path, *, edits: bool = True) -> tuple[Found, str]:
    """Start on an image: migrations, both engines, every board, and its integrity; and see whether it takes an edit."""
    for old in directory.iterdir():
        old.unlink()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    url = f"sqlite:///{directory / NAME}"
    migrate(url)
    return asyncio.run(_examine(url, edits=edits))


async def _examine(url: str, *, edits: bool) -> tuple[Found, str]:
    database = Database(url)
    try:
        found, integrity = await database.read(_read)
        if edits:
            await database.write(_edit)
    finally:
        await database.close()
    return found, integrity


def _read(db: Session) -> tuple[Found, str]:
    """Every room, by the store's own reading."""
    sessions = {session.room_key: str(session.id) for session in db.exec(select(UserSession)).all()}
    found: Found = {}
    for room in db.exec(select(Room)).all():
        assert room.key is not None
        board = load(db, room.key)
        drawing = Drawing(sessions.get(room.key, ""), room.active_users, board.cleared, _records(board))
        found.setdefault(room.creator_ip, {})[str(room.id)] = drawing
    return found, "; ".join(db.connection().exec_driver_sql("PRAGMA integrity_check").scalars())


def _records(board: Board) -> dict[str, tuple[object, ...]]:
    paths = map(json.loads, board.paths())
    live = {path["id"]: (path["ts"], path["d"], path["color"], path["width"]) for path in paths}
    return live | {path: (ts,) for path, ts in board.tombstones()}


def _edit(db: Session) -> None:
    """An edit of the newest room, if there is one, is taken and read back."""
    key = db.exec(select(Room.key).order_by(col(Room.key).desc())).first()
    if key is None:
        return
    put = Put("0190a000-0000-7000-8000-000000000000", 1 << 60, "M0 0L1 1", "#000000", 1.0)
    save(db, [RoomOps(key, [put])])
    assert load(db, key).stands(put)
