"""Which rooms are live, and which have held a path; a room's key is never given twice, also after it was deleted.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DRAWN = "UPDATE room SET drawn = (cleared > 0 OR EXISTS (SELECT 1 FROM path WHERE path.room_key = room.key))"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(  # SQLite counts keys only in a table that was made so
        "room", recreate="always" if sqlite else "never", table_kwargs={"sqlite_autoincrement": True}
    ) as table:
        table.add_column(sa.Column("live", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("wakings", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("drawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(DRAWN)
    op.execute("UPDATE room SET live = NOT drawn")  # the empty ones are looked at, and deleted
    where = sa.text("live")
    op.create_index("room_live", "room", ["creator_ip"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("room_live", "room")
    with op.batch_alter_table("room") as table:
        for column in ("drawn", "wakings", "live"):
            table.drop_column(column)
