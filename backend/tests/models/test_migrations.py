"""The migrations make what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import on_both
from sqlmodel import SQLModel

import app.models  # noqa: F401 - fills the metadata
from app.core.database import open_engine
from app.core.database_use import Use
from app.core.revisions import MIGRATIONS, Revisions


def differences(url: str) -> list[object]:
    engine = open_engine(url, Use.READ)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, SQLModel.metadata))
    finally:
        engine.dispose()


@on_both
def test_models_and_migrations_agree(database_url: str) -> None:
    assert differences(database_url) == []


@on_both
def test_a_missing_column_would_be_noticed(database_url: str) -> None:
    engine = open_engine(database_url, Use.WRITE)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE path DROP COLUMN color")
    engine.dispose()
    assert len(differences(database_url)) == 1


def test_the_revisions_are_known_by_the_names_of_their_files() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert Revisions().known == [script.revision for script in scripts.walk_revisions()][::-1]
