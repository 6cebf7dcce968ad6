"""The drawings on disk: one transaction for what all rooms changed in a tick, and loading a room's board."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy
from sqlalchemy import ColumnElement, Connection, Insert, Select, String, Tuple, and_, delete, or_, tuple_, type_coerce
from sqlalchemy.types import NullType
from sqlmodel import Session, SQLModel, col, select, update

from app.core.database import Database, dialect_of
from app.core.errors import RoomNotFound
from app.models import Path, Room
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.changes import is_postgresql, next_change
from app.services.realtime.board import Board, Record, path_body

FORGOTTEN_AT_ONCE = 2000

COLUMNS = ("room_key", "id", "ts", "d", "color", "width", "deleted", "changed")


@dataclass(frozen=True, slots=True)
class RoomOps:
    """What one room changed: its key in the database, and ops of which none beats another."""

    room_key: int
    ops: list[Op]


class Drawings:
    """The store of paths. Upserts compare stamps in SQL, so the order in which processes commit never matters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, changes: list[RoomOps]) -> None:
        """Save what the rooms changed, in one transaction; returns when it is on disk. Raises StorageUnavailable."""
        await self._database.write(lambda db: save(db, changes))

    async def forget(self, before: int) -> None:
        """Drop tombstones with stamps older than any op that is let in (W5), some thousands at a time."""
        while await self._database.write(lambda db: forget(db, before)) == FORGOTTEN_AT_ONCE:
            pass

    async def load(self, room_key: int) -> Board:
        """A room's board, as of all that was committed before; raises RoomNotFound."""
        return await self._database.read(lambda db: load(db, room_key))


def save(db: Session, changes: list[RoomOps]) -> None:
    """Upsert the paths and tombstones of every room, after its clear. The rooms' rows are locked in order of key.

    Raises RoomNotFound. A room's first path marks it as one that is kept (L2).
    """
    keys = sorted(change.room_key for change in changes)
    locked = select(Room.key, Room.cleared, Room.drawn).where(col(Room.key).in_(keys))
    rooms = db.exec(locked.order_by(col(Room.key)).with_for_update(key_share=True)).all()
    cleared = {key: ts for key, ts, _ in rooms}
    if len(cleared) < len(set(keys)):
        raise RoomNotFound
    blank = {key for key, _, drawn in rooms if not drawn}
    rows: list[tuple[Any, ...]] = []
    number = next_change(db) if changes else 0
    for change in changes:
        newest = max([cleared[change.room_key], *(op.ts for op in change.ops if isinstance(op, Clear))])
        if newest > cleared[change.room_key]:
            _clear(db, change.room_key, newest, number)
        if change.room_key in blank and any(isinstance(op, Put) for op in change.ops):
            db.exec(update(Room).where(col(Room.key) == change.room_key).values(drawn=True, changed=number))
        rows += [_row(change.room_key, op, number) for op in change.ops if not isinstance(op, Clear) and op.ts > newest]
    if rows:
        _save_rows(db, rows)


def forget(db: Session, before: int) -> int:
    """Drop some of the tombstones below a stamp; gives how many."""
    path = SQLModel.metadata.tables["path"].c
    old = sqlalchemy.select(path.room_key, path.id).where(path.deleted, path.ts < before).limit(FORGOTTEN_AT_ONCE)
    old = old.with_for_update(skip_locked=True)  # those that somebody writes just now are not old
    statement = delete(Path).where(tuple_(path.room_key, path.id).in_(old))
    return db.connection().execute(statement).rowcount


def load(db: Session, room_key: int) -> Board:
    """Read a room's paths and tombstones."""
    cleared = db.exec(select(Room.cleared).where(Room.key == room_key)).first()
    if cleared is None:
        raise RoomNotFound
    return Board(map(_record, db.connection().execute(_rows(db.connection(), room_key)).all()), cleared)


def _rows(connection: Connection, room_key: int) -> "Select[*tuple[Any, ...]]":
    """The rows as the driver has them: to make of each cell what the models say would take as long as the rest."""
    path = SQLModel.metadata.tables["path"].c
    path_id = sqlalchemy.cast(path.id, String) if is_postgresql(connection) else path.id
    cells = (path_id, path.ts, path.d, path.color, path.width, path.deleted)
    return sqlalchemy.select(*(type_coerce(cell, NullType) for cell in cells)).where(path.room_key == room_key)


def _record(row: Sequence[Any]) -> tuple[str, Record]:
    path_id, ts, d, color, width, deleted = row
    name = path_id if isinstance(path_id, str) else _spelled(path_id.hex())
    return name, Record(ts, None if deleted else path_body(name, ts, d, color, width), loaded=True)


def _spelled(digits: str) -> str:
    """An id as the wire has it; a UUID between would cost four times as much."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _clear(db: Session, room_key: int, ts: int, number: int) -> None:
    """W2: the stamp stays, and does the work of every row that it removes."""
    db.exec(update(Room).where(col(Room.key) == room_key).values(cleared=ts, changed=number))
    db.exec(delete(Path).where(col(Path.room_key) == room_key, col(Path.ts) <= ts))


def _row(room_key: int, op: Put | Delete, number: int) -> tuple[Any, ...]:
    """In the order of COLUMNS; the id in hexadecimal."""
    path_id = op.id.replace("-", "")
    if isinstance(op, Put):
        return room_key, path_id, op.ts, op.d, op.color, op.width, False, number
    return room_key, path_id, op.ts, "", "", 0.0, True, number


def _save_rows(db: Session, rows: list[tuple[Any, ...]]) -> None:
    """Upsert rows. SQLite is given all as one JSON text: row by row it would let go of Python's lock and ask for it
    again each time, and a busy event loop gives it back only after milliseconds."""
    connection = db.connection()
    dialect = dialect_of(connection.engine.url)
    if is_postgresql(connection):
        named = [dict(zip(COLUMNS, (key, UUID(path_id), *rest), strict=True)) for key, path_id, *rest in rows]
        connection.execute(_upsert(dialect), named)
    else:
        connection.execute(_upsert_from_json(dialect), {"rows": msgspec.json.encode(rows).decode()})


@cache
def _upsert(dialect: ModuleType) -> Insert:
    return _resolved(dialect.insert(Path), "postgresql")


@cache
def _upsert_from_json(dialect: ModuleType) -> Insert:
    row = sqlalchemy.func.json_each(sqlalchemy.bindparam("rows")).table_valued("value").c.value
    cells: dict[str, ColumnElement[Any]] = {name: row.op("->>")(place) for place, name in enumerate(COLUMNS)}
    cells["id"] = sqlalchemy.func.unhex(cells["id"])
    chosen = sqlalchemy.select(*cells.values()).where(sqlalchemy.true())  # else ON CONFLICT would read as a join's ON
    return _resolved(dialect.insert(Path).from_select(COLUMNS, chosen), "sqlite")


def _resolved(insert: Any, dialect: str) -> Insert:  # noqa: ANN401 - of either dialect
    """W1, W3: the greater stamp stands; of equal ones the deletion, then the greater (d, color, width)."""
    new, old = insert.excluded, SQLModel.metadata.tables["path"].c
    columns = ("d", "color", "width")
    greater = _ranked(new, dialect) > _ranked(old, dialect)
    tie = or_(and_(new.deleted, ~old.deleted), and_(new.deleted == old.deleted, greater))
    statement: Insert = insert.on_conflict_do_update(
        index_elements=["room_key", "id"],
        set_={name: new[name] for name in ("ts", *columns, "deleted", "changed")},
        where=or_(new.ts > old.ts, and_(new.ts == old.ts, tie)),
    )
    return statement


def _ranked(row: Any, dialect: str) -> Tuple:  # noqa: ANN401 - the columns of a statement
    """W3: what puts compare by; text by code point, whatever the order of the database's language."""
    d, color = (each.collate("C") if dialect == "postgresql" else each for each in (row["d"], row["color"]))
    return tuple_(d, color, row["width"])
