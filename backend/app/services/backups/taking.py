"""Reading from the database what a backup needs: all of it in short pieces, or what has changed since a number."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, Row, Select, func, tuple_
from sqlmodel import Session, SQLModel

from app.core.database import open_engine
from app.core.database_lock import database_file, is_file
from app.core.database_use import Use
from app.core.errors import StartError
from app.services.backups.rows import BackupRow, PathRow, RoomRow, SessionRow
from app.services.changes import identity, settled

PIECE = 2000
"""Rows read in one transaction of a full reading: a long one would keep the write-ahead log from being folded in."""
PATIENCE_SECONDS = 120.0
"""That an answer may take: counting a large table, say. Nobody waits for it."""

tables = SQLModel.metadata.tables


@contextmanager
def reading(url: str) -> Iterator[Engine]:
    """Open a database for reading; StartError if it cannot be."""
    if is_file(url) and not database_file(url).exists():  # opening it would make it
        raise StartError(f"There is no database {database_file(url)}.")
    engine = open_engine(url, Use.READ, patience=PATIENCE_SECONDS)
    try:
        yield engine
    finally:
        engine.dispose()


def position(engine: Engine) -> tuple[str, int]:
    """The database's id, and the number of its last change."""
    with Session(engine) as db:
        last = settled(db.connection())
        return identity(db).hex, last


def count_changed(engine: Engine, after: int, most: int) -> int:
    """How many rows have changed since a number; `most` if there are more."""
    found = 0
    with engine.connect() as connection:
        for name in ("room", "user_session", "path"):
            some = sqlalchemy.select(tables[name].c.changed).where(tables[name].c.changed > after).limit(most)
            found += connection.execute(sqlalchemy.select(func.count()).select_from(some.subquery())).scalar_one()
    return min(found, most)


def count_all(engine: Engine) -> int:
    """How many paths there are, to tell how far a full reading is."""
    with engine.connect() as connection:
        return int(connection.execute(sqlalchemy.select(func.count()).select_from(tables["path"])).scalar_one())


def everything(engine: Engine) -> Iterator[BackupRow]:
    """Every row, in order, read piece by piece: what changes meanwhile has a greater number than there was before."""
    for name, make in _MAKERS.items():
        last: tuple[Any, ...] | None = None
        key = _KEYS[name]
        while True:
            piece = _select(name).order_by(*key).limit(PIECE)
            with engine.connect() as connection:
                rows = connection.execute(piece if last is None else piece.where(tuple_(*key) > last)).all()
            yield from map(make, rows)
            if len(rows) < PIECE:
                break
            last = tuple(getattr(rows[-1], column.name) for column in key)


def changed(connection: Connection, after: int) -> Iterator[BackupRow]:
    """Every row that has changed since a number, in order; all of one state, for it is one transaction."""
    return chain.from_iterable(_changed(connection, name, after, make) for name, make in _MAKERS.items())


def _changed(
    connection: Connection, name: str, after: int, make: Callable[[Row[Any]], BackupRow]
) -> Iterator[BackupRow]:
    """The order is by an expression: by the columns, SQLite would rather go through the whole table in their order."""
    order = [func.coalesce(column, column) for column in _KEYS[name]]
    some = _select(name).where(tables[name].c.changed > after).order_by(*order)
    rows = connection.execute(some, execution_options={"yield_per": PIECE})
    return (make(row) for rows_ in rows.partitions(PIECE) for row in rows_)


def _select(name: str) -> Select[Any]:
    return sqlalchemy.select(tables[name])


def _room(row: Row[Any]) -> RoomRow:
    return RoomRow(
        changed=row.changed,
        key=row.key,
        id=str(row.id),
        created_at=_ms(row.created_at),
        last_active_at=_ms(row.last_active_at),
        creator_ip=row.creator_ip,
        invite_hash=row.invite_hash.hex(),
        cleared=row.cleared,
        drawn=row.drawn,
    )


def _session(row: Row[Any]) -> SessionRow:
    return SessionRow(
        changed=row.changed,
        room_key=row.room_key,
        id=str(row.id),
        name=row.name,
        token_id=str(row.token_id),
        created_at=_ms(row.created_at),
        last_active_at=_ms(row.last_active_at),
    )


def _path(row: Row[Any]) -> PathRow:
    return PathRow(row.changed, row.room_key, str(row.id), row.ts, row.d, row.color, row.width, row.deleted)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


_MAKERS: dict[str, Callable[[Row[Any]], BackupRow]] = {"room": _room, "user_session": _session, "path": _path}
_KEYS = {
    "room": (tables["room"].c.key,),
    "user_session": (tables["user_session"].c.id,),
    "path": (tables["path"].c.room_key, tables["path"].c.id),
}
