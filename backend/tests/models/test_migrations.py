"""The migrations make what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import app.models  # noqa: F401 - fills the metadata
from app.core.database import open_engine


def differences(url: str) -> list[object]:
    engine = open_engine(url, begin="BEGIN")
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, SQLModel.metadata))
    finally:
        engine.dispose()


def test_models_and_migrations_agree(database_url: str) -> None:
    assert differences(database_url) == []


def test_a_missing_column_would_be_noticed(database_url: str) -> None:
    engine = open_engine(database_url, begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE path DROP COLUMN color")
    engine.dispose()
    assert len(differences(database_url)) == 1
