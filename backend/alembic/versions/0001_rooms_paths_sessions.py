"""Rooms, paths and sessions.

Revision ID: 0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op
from app.models.columns import CompactUUID, Milliseconds

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("id", CompactUUID(), nullable=False, unique=True),
        sa.Column("created_at", Milliseconds(), nullable=False),
        sa.Column("last_active_at", Milliseconds(), nullable=False),
        sa.Column("creator_ip", sa.String(45), nullable=False),
        sa.Column("active_users", sa.Integer(), nullable=False),
        sa.Column("invite_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("cleared", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "path",
        sa.Column("room_key", KEY, sa.ForeignKey("room.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", CompactUUID(), primary_key=True),
        sa.Column("d", sa.String(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("color", sa.String(9), nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
    )
    tombstone = sa.text("deleted")
    op.create_index("path_tombstone", "path", ["ts"], sqlite_where=tombstone, postgresql_where=tombstone)
    op.create_table(
        "user_session",
        sa.Column("id", CompactUUID(), primary_key=True),
        sa.Column("room_key", KEY, sa.ForeignKey("room.key", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("token_id", CompactUUID(), nullable=False),
        sa.Column("created_at", Milliseconds(), nullable=False),
        sa.Column("last_active_at", Milliseconds(), nullable=False),
    )
    op.create_index("ix_user_session_room_key", "user_session", ["room_key"])


def downgrade() -> None:
    for table in ("user_session", "path", "room"):
        op.drop_table(table)
