"""The tables. SQLModel does not validate rows: what enters here was checked by the schemas.

The migrations make the partial indexes partial in PostgreSQL too: to say so here would have every server import all
that SQLAlchemy knows of PostgreSQL.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel

from app.models.columns import CompactUUID, Milliseconds

# A 64-bit key where the database has one; SQLite counts rows only in a column declared INTEGER.
_KEY = BigInteger().with_variant(Integer(), "sqlite")


def _changed() -> Any:  # noqa: ANN401 - as Field is typed
    """Number of the last change that a backup must have of the row (services/changes.py); 0: before any was counted."""
    return Field(default=0, sa_column=Column("changed", BigInteger, nullable=False, server_default="0", index=True))


class Room(SQLModel, table=True):
    """A shared whiteboard. `key` is internal: a small number, so that path rows stay small, and never given twice.

    `live`: not asleep, so it takes a slot of its creator's (H5); `wakings` counts how often a process loaded it, so
    that who puts it to sleep notices; `drawn`: it has held a path (L2).
    """

    __tablename__ = "room"

    key: int | None = Field(default=None, sa_column=Column(_KEY, primary_key=True))
    id: UUID = Field(sa_column=Column(CompactUUID, unique=True, nullable=False))
    created_at: datetime = Field(sa_column=Column(Milliseconds, nullable=False))
    last_active_at: datetime = Field(sa_column=Column(Milliseconds, nullable=False))
    creator_ip: str = Field(sa_column=Column(String(45), nullable=False))
    active_users: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    invite_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    cleared: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    live: bool = Field(default=True, sa_column=Column(Boolean, nullable=False))
    wakings: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    drawn: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    changed: int = _changed()

    __table_args__ = (
        Index("room_live", "creator_ip", sqlite_where=Column("live")),
        {"sqlite_autoincrement": True},
    )


class Path(SQLModel, table=True):
    """One vector stroke, or the tombstone of one (`deleted`, `d` empty)."""

    __tablename__ = "path"

    room_key: int = Field(sa_column=Column(_KEY, ForeignKey("room.key", ondelete="CASCADE"), primary_key=True))
    id: UUID = Field(sa_column=Column(CompactUUID, primary_key=True))
    d: str = Field(sa_column=Column(String, nullable=False))
    width: float = Field(nullable=False)
    color: str = Field(sa_column=Column(String(9), nullable=False))
    ts: int = Field(sa_column=Column(BigInteger, nullable=False))
    deleted: bool = Field(default=False, nullable=False)
    changed: int = _changed()

    __table_args__ = (Index("path_tombstone", "ts", sqlite_where=Column("deleted")),)


class UserSession(SQLModel, table=True):
    """One named participant of one room; `token_id` is the `jti` of the newest token, never the token."""

    __tablename__ = "user_session"

    id: UUID = Field(sa_column=Column(CompactUUID, primary_key=True))
    room_key: int = Field(
        sa_column=Column(_KEY, ForeignKey("room.key", ondelete="CASCADE"), nullable=False, index=True)
    )
    name: str = Field(sa_column=Column(String(64), nullable=False))
    token_id: UUID = Field(sa_column=Column(CompactUUID, nullable=False))
    created_at: datetime = Field(sa_column=Column(Milliseconds, nullable=False))
    last_active_at: datetime = Field(sa_column=Column(Milliseconds, nullable=False))
    changed: int = _changed()


class ChangeCounter(SQLModel, table=True):
    """One row: the number of the last change, and the id of this database. A restored one gets an id of its own.

    In PostgreSQL the sequence `change_number` counts instead: writers need not wait for one another then.
    """

    __tablename__ = "change_counter"

    key: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    number: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    database: UUID = Field(sa_column=Column(CompactUUID, nullable=False))
