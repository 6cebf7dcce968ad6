"""Runs the migrations, by Alembic. Imported only for a database that lacks some (`database.py: upgrade`)."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from app.core.errors import StartError
from app.core.revisions import MIGRATIONS


def run(connection: Connection) -> None:
    """Bring the database to the newest version; StartError if it has had migrations that are not known."""
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise StartError(f"The database was written by another version of this program: {error}.") from None


def alembic_config(connection: Connection) -> Config:
    """Give Alembic's configuration, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
