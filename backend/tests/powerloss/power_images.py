"""From a recorded life to what power cuts leave of it, and from that, through the real code, to what is found."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from power_disk import Disk, Image
from power_reference import Drawing, Drawings, Ledger, Line, edits_lost
from power_strace import DISK, NAMES, Call, read_calls, traced
from power_workload import Job
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from app.core.database import Database, migrate
from app.core.errors import StartError
from app.models import Room, UserSession
from app.schemas.ops import Put
from app.services.drawings import load
from app.services.drawings import save as save_ops
from app.services.drawings import RoomOps
from app.services.realtime.board import Board

NAME = "whiteboard.db"
SECONDS = 120
Found = dict[str, Drawings]
"""The rooms that were found, by stream."""


@dataclass
class Life:
    """What one or two processes did to the files, from a start to an end, and what they told."""

    directory: Path
    calls: list[Call]
    image: Image
    base: Found
    lines: list[Line] = field(default_factory=list)


@dataclass
class Tally:
    """What became of the images."""

    images: int = 0
    opened: int = 0
    intact: int = 0
    exact: int = 0
    lost: int = 0
    under_way: int = 0
    trouble: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"images={self.images} opened={self.opened} intact={self.intact} boards_exact={self.exact} "
            f"acked_edits_lost={self.lost}"
        )

    @property
    def good(self) -> bool:
        return self.images == self.opened == self.intact == self.exact and not self.lost


def record(directory: Path, job: Job, image: Image | None = None, base: Found | None = None) -> Life:
    """Let a job run under strace, on the files of an image."""
    data = directory / "data"
    data.mkdir(parents=True)
    for name, content in (image or {}).items():
        (data / name).write_bytes(content)
    job = Job(**asdict(job) | {"url": f"sqlite:///{data / NAME}", "told": str(directory / "told")})
    script = str(Path(__file__).with_name("power_workload.py"))
    command = (*traced(directory / "trace", f"{DISK},{NAMES}"), sys.executable, script, json.dumps(asdict(job)))
    subprocess.run(command, check=True, timeout=SECONDS)
    with (directory / "trace").open() as lines:
        calls = read_calls(lines)
    of_interest = [call for call in calls if call.path.startswith((str(data), job.told))]
    told = [json.loads(call.data) for call in of_interest if call.path == job.told and call.name == "write"]
    return Life(data, of_interest, image or {}, base or {}, told)


class Cuts:
    """Replays a life, and cuts the power at given places."""

    def __init__(self, life: Life, *, syncs: bool = True) -> None:
        self.disk = Disk(life.directory, life.image, syncs=syncs)
        self.ledgers = {stream: Ledger(rooms) for stream, rooms in copies(life.base).items()}
        self._lines = iter(life.lines)
        self._made: dict[str, dict[int, Line]] = {}
        for line in life.lines:
            self.ledgers.setdefault(line["stream"], Ledger({}))
            if "returned" in line:
                self._made.setdefault(line["stream"], {})[line["n"]] = line["returned"]
        beginnings = [(call.begun, 0, call) for call in life.calls]
        endings = [(call.ended, 1, call) for call in life.calls]
        self._steps = sorted(beginnings + endings, key=lambda step: step[:2])
        self._told = str(life.directory.with_name("told"))

    def __len__(self) -> int:
        return len(self._steps)

    def at(self, places: Sequence[int]) -> Iterator[int]:
        """Go through the life; stop before each of these steps (in rising order)."""
        places = list(places)
        for place, (_, ended, call) in enumerate(self._steps):
            while places and places[0] == place:
                yield places.pop(0)
            self._step(call, ended=bool(ended))

    def _step(self, call: Call, *, ended: bool) -> None:
        if call.path == self._told:
            if not ended and call.name == "write":
                line = next(self._lines)
                self.ledgers[line["stream"]].hear(line, self._made.get(line["stream"], {}))
        elif ended:
            self.disk.end(call)
        else:
            self.disk.begin(call)


def copies(found: Found) -> Found:
    """The same drawings, to be changed apart."""
    return {stream: {room: drawing.copy() for room, drawing in rooms.items()} for stream, rooms in found.items()}


def judge(image: Image, ledgers: dict[str, Ledger], directory: Path, tally: Tally) -> Found | None:
    """Open an image as the server does, and compare it with what must stand; gives what was found, if all is well."""
    tally.images += 1
    tally.under_way += any(len(ledger.asked) > ledger.returned for ledger in ledgers.values())
    try:
        found, integrity = examine(image, directory)
    except (DatabaseError, StartError) as error:
        tally.trouble.append(f"not opened: {error}")
        tally.lost += sum(edits_lost(ledger.acknowledged(), {}) for ledger in ledgers.values())
        return None
    tally.opened += 1
    tally.intact += integrity == ["ok"]
    tally.lost += sum(edits_lost(ledger.acknowledged(), found.get(name, {})) for name, ledger in ledgers.items())
    strange = set(found) - set(ledgers)
    odd = [name for name, ledger in ledgers.items() if found.get(name, {}) not in ledger.possible()]
    if strange or odd or integrity != ["ok"]:
        tally.trouble.append(f"{integrity=} {strange=} {odd=}"[:300])
        return None
    tally.exact += 1
    return found


def examine(image: Image, directory: Path) -> tuple[Found, list[str]]:
    """Start on an image: migrations, both engines, every board; then its integrity, and whether it takes an edit."""
    for old in directory.iterdir():
        old.unlink()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    url = f"sqlite:///{directory / NAME}"
    migrate(url)
    return asyncio.run(_examine(url))


async def _examine(url: str) -> tuple[Found, list[str]]:
    database = Database(url)
    try:
        found = await database.read(read_all)
        integrity = await database.read(
            lambda db: [str(row[0]) for row in db.connection().exec_driver_sql("PRAGMA integrity_check")]
        )
        await database.write(_edit)
        return found, integrity
    finally:
        await database.close()


def read_all(db: Session) -> Found:
    """Every room, by the store's own reading."""
    sessions = {session.room_key: str(session.id) for session in db.exec(select(UserSession)).all()}
    found: Found = {}
    for room in db.exec(select(Room).order_by(col(Room.key))).all():
        assert room.key is not None
        board = load(db, room.key)
        drawing = Drawing(sessions[room.key], room.active_users, board.cleared, records(board))
        found.setdefault(room.creator_ip, {})[str(room.id)] = drawing
    return found


def records(board: Board) -> dict[str, tuple[object, ...]]:
    """A board's registers."""
    live = {path["id"]: (path["ts"], path["d"], path["color"], path["width"]) for path in map(json.loads, board.paths())}
    return live | {path: (ts,) for path, ts in board.tombstones()}


def _edit(db: Session) -> None:
    """An edit of the newest room, if there is one, must be taken and read back."""
    key = db.exec(select(Room.key).order_by(col(Room.key).desc())).first()
    if key is None:
        return
    put = Put("0190a000-0000-7000-8000-000000000000", 1 << 60, "M0 0L1 1", "#000000", 1.0)
    save_ops(db, [RoomOps(key, [put])])
    assert load(db, key).stands(put)
