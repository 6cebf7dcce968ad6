"""The rooms as the database has them: how many, how large, how active. It only reads, and beside a running server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy
from sqlalchemy import ColumnElement, Connection, Engine, Subquery, func
from sqlmodel import SQLModel

from app import models

room = SQLModel.metadata.tables[models.Room.__tablename__].c
path = SQLModel.metadata.tables[models.Path.__tablename__].c


class Order(StrEnum):
    """What the list begins with the most, or the newest, of."""

    active = "active"
    created = "created"
    people = "people"
    paths = "paths"
    bytes = "bytes"


@dataclass(frozen=True, slots=True)
class RoomSize:
    """A room; `people`: connections, `paths`: those that can be seen, `bytes`: of their path data."""

    id: UUID
    live: bool
    people: int
    paths: int
    bytes: int
    created_at: datetime
    last_active_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """Some rooms, and the sums of all."""

    rooms: list[RoomSize]
    total: int
    live: int
    people: int
    paths: int


def list_rooms(engine: Engine, order: Order, limit: int | None) -> Listing:
    """List the first `limit` rooms in an order (None: all), as of one moment."""
    with engine.connect() as connection:
        live = func.coalesce(func.sum(sqlalchemy.case((room.live, 1), else_=0)), 0)
        people = func.coalesce(func.sum(room.active_users), 0)
        sums = sqlalchemy.select(func.count(), live, people).select_from(models.Room)
        total, awake, present = connection.execute(sums).one()
        paths = sqlalchemy.select(func.count()).select_from(models.Path).where(~path.deleted)
        drawn = connection.execute(paths).scalar_one()
        return Listing(_rooms(connection, order, limit), total, int(awake), int(present), drawn)


def _rooms(connection: Connection, order: Order, limit: int | None) -> list[RoomSize]:
    """For an order by size every path is read, for any other those of the listed rooms only."""
    if order in (Order.paths, Order.bytes):
        sizes = _sizes().subquery()
        return _read(connection, sizes, sizes.c[order.value], limit)
    column = {Order.active: room.last_active_at, Order.created: room.created_at, Order.people: room.active_users}[order]
    first = sqlalchemy.select(room.key).order_by(column.desc(), room.key.desc()).limit(limit)
    keys: Sequence[int] = connection.execute(first).scalars().all()
    rows: list[RoomSize] = []
    for start in range(0, len(keys), 500):
        piece = keys[start : start + 500]
        rows += _read(connection, _sizes(path.room_key.in_(piece)).subquery(), column, None, room.key.in_(piece))
    return rows


def _sizes(*where: ColumnElement[bool]) -> sqlalchemy.Select[tuple[int, int, int]]:
    """The size of every drawing."""
    count, size = func.count().label("paths"), func.sum(func.length(path.d)).label("bytes")
    return sqlalchemy.select(path.room_key, count, size).where(~path.deleted, *where).group_by(path.room_key)


def _read(
    connection: Connection,
    sizes: Subquery,
    order: ColumnElement[object],
    limit: int | None,
    *where: ColumnElement[bool],
) -> list[RoomSize]:
    paths, size = func.coalesce(sizes.c.paths, 0), func.coalesce(sizes.c.bytes, 0)
    columns = (room.id, room.live, room.active_users, paths, size, room.created_at, room.last_active_at)
    rows = sqlalchemy.select(*columns).select_from(models.Room).outerjoin(sizes, sizes.c.room_key == room.key)
    ordered = rows.where(*where).order_by(func.coalesce(order, 0).desc(), room.key.desc()).limit(limit)
    return [RoomSize(*row) for row in connection.execute(ordered)]
