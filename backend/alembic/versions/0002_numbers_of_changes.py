"""Numbers of changes, so that a backup finds what has changed since the last one.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from app.models.columns import CompactUUID

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("room", "path", "user_session")


def upgrade() -> None:
    counter = op.create_table(
        "change_counter",
        sa.Column("key", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("database", CompactUUID(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("change_number", minvalue=0, start=1)))
    op.bulk_insert(counter, [{"key": 1, "number": 0, "database": uuid4()}])
    for table in TABLES:
        op.add_column(table, sa.Column("changed", sa.BigInteger(), nullable=False, server_default="0"))
        op.create_index(f"ix_{table}_changed", table, ["changed"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_changed", table)
        op.drop_column(table, "changed")
    op.drop_table("change_counter")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(sa.Sequence("change_number")))
