"""Which migrations this program knows, and which of them a database has had."""

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "alembic"
TABLE = "alembic_version"

Migrations = Literal["ok", "pending", "newer"]


class Revisions:
    """The revisions that this program knows, as it was when this was made.

    A migration's file begins with its number, `0001_…`, and that is its revision: Alembic is not needed to know them.
    """

    def __init__(self) -> None:
        self.known = sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))

    def judge(self, connection: Connection) -> Migrations:
        """`pending`: the database lacks migrations; `newer`: it has had some that this program does not know."""
        if not inspect(connection).has_table(TABLE):
            return "pending"
        found = connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalars().all()  # noqa: S608 - our own name
        if found == self.known[-1:]:
            return "ok"
        return "pending" if set(found) <= set(self.known) else "newer"
