"""Which migrations this program knows, and which of them a database has had."""

from typing import Literal

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.core.database import MIGRATIONS

Migrations = Literal["ok", "pending", "newer"]


class Revisions:
    """The revisions that this program knows, as it was when this was made."""

    def __init__(self) -> None:
        scripts = ScriptDirectory(str(MIGRATIONS).replace("%", "%%"))
        self._known = [revision.revision for revision in scripts.walk_revisions()]

    def judge(self, connection: Connection) -> Migrations:
        """`pending`: the database lacks migrations; `newer`: it has had some that this program does not know."""
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        if found == self._known[:1]:
            return "ok"
        return "pending" if set(found) <= set(self._known) else "newer"
