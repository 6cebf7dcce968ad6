"""A whole PostgreSQL database from a backup: everything in one transaction, by somebody who is alone there."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, Table, inspect, text, update

from app.core.database import open_engine, place_of, upgrade
from app.core.database_use import Use
from app.core.errors import StartError
from app.models import ChangeCounter
from app.services.backups.chains import Point
from app.services.backups.filling import TABLES, Values, check_counts, fill
from app.services.backups.reading import Progress
from app.services.backups.restored import Restored
from app.services.changes import SEQUENCE, set_number

OURS = ("path", "user_session", "room", "change_counter", "alembic_version")
NEXT_KEY = """
SELECT setval(pg_get_serial_sequence('room', 'key'), coalesce(max(key), 1), max(key) IS NOT NULL) FROM room
"""


def restore_postgresql(url: str, point: Point, *, move_aside: bool, progress: Progress | None) -> Restored:
    """Bring back a database into one that exists already; see `restore`."""
    engine = open_engine(url, Use.REPLACE, patience=math.inf)
    try:
        with engine.begin() as connection:
            aside = _make_room(connection, move_aside=move_aside)
            upgrade(connection)
            counts = _build(connection, point, progress)
        with engine.begin() as connection:
            connection.execute(text(f"ANALYZE {', '.join(TABLES.values())}"))
    finally:
        engine.dispose()
    return Restored(counts["room"], counts["path"], place_of(url), aside and f"in the schema {aside}")


def _make_room(connection: Connection, *, move_aside: bool) -> str | None:
    """Empty the tables, or put them into a schema of their own; gives its name."""
    there = [name for name in inspect(connection).get_table_names() if name in OURS]
    has_rooms = "room" in there and connection.execute(text("SELECT 1 FROM room LIMIT 1")).first()
    if has_rooms and not move_aside:
        raise StartError("The database has drawings: with --move-aside they are kept in another schema of it.")
    if not has_rooms:
        return None
    aside = f"aside_{datetime.now(UTC):%Y%m%dt%H%M%Sz}"
    connection.execute(text(f"CREATE SCHEMA {aside}"))
    for name in there:
        connection.execute(text(f"ALTER TABLE {name} SET SCHEMA {aside}"))
    connection.execute(text(f"ALTER SEQUENCE IF EXISTS {SEQUENCE} SET SCHEMA {aside}"))
    return aside


def _build(connection: Connection, point: Point, progress: Progress | None) -> Counter[str]:
    counts = fill(lambda table, rows: _copy(connection, table, rows), point, progress)
    connection.execute(text(NEXT_KEY))
    connection.execute(update(ChangeCounter).values(database=uuid4()))
    set_number(connection, point.segment.end)
    check_counts(connection, counts)
    return counts


def _copy(connection: Connection, table: Table, rows: Iterable[Values]) -> int:
    """COPY is several times as fast as INSERT."""
    names = [column.name for column in table.columns]
    types = [column.type.dialect_impl(connection.dialect) for column in table.columns]
    converters = [each.bind_processor(connection.dialect) or _as_it_is for each in types]
    raw = connection.connection.driver_connection
    if raw is None:
        raise StartError("The connection to the database was lost.")
    count = 0
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([convert(row[name]) for name, convert in zip(names, converters, strict=True)])
            count += 1
    return count


def _as_it_is(value: object) -> object:
    return value
