"""The numbers of changes, by which a backup finds what it does not have yet.

Whoever writes a row that a backup must have sets its `changed` to a number taken in the same transaction, after it has
locked what it locks. A reader that has the number n of `settled` sees every row that bears n or less: SQLite lets only
one transaction write at a time; in PostgreSQL writers hold a lock together, from before they take their number until
they have committed, and a backup takes it alone for the moment in which its transaction begins.
"""

from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import Session, col, select, update

from app.core.errors import StartError
from app.core.postgresql_locks import LOCKS, NUMBERS
from app.models import ChangeCounter

SEQUENCE = "change_number"
BARRIER_MS = 2000
"""That a backup waits for writers, and new writers behind it."""

_NEXT = text(f"SELECT nextval('{SEQUENCE}') FROM pg_advisory_xact_lock_shared({LOCKS}, {NUMBERS})")  # noqa: S608
_LAST = text(f"SELECT last_value - (NOT is_called)::int FROM {SEQUENCE}")  # noqa: S608 - our own names


def next_change(db: Session) -> int:
    """Count a change, and give its number: for the rows that this transaction writes."""
    if is_postgresql(db.connection()):
        return int(db.connection().execute(_NEXT).scalar_one())
    counted = update(ChangeCounter).values(number=col(ChangeCounter.number) + 1).returning(col(ChangeCounter.number))
    return int(db.exec(counted).scalar_one())


def identity(db: Session) -> UUID:
    """Give the id of the database."""
    found = db.exec(select(ChangeCounter.database)).first()
    if found is None:
        raise StartError("The database does not say which one it is: bring back a backup.")
    return found


def settled(connection: Connection) -> int:
    """Begin a transaction, and give a number up to which it sees every change (and perhaps some later ones)."""
    if not is_postgresql(connection):
        return int(connection.execute(select(col(ChangeCounter.number))).scalar_one())
    connection.execute(text(f"SET LOCAL lock_timeout = {BARRIER_MS}"))
    connection.execute(text(f"SELECT pg_advisory_lock({LOCKS}, {NUMBERS})"))
    connection.rollback()  # the lock stays, for it is the connection's
    try:
        return int(connection.execute(_LAST).scalar_one())
    finally:
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCKS}, {NUMBERS})"))


def set_number(connection: Connection, number: int) -> None:
    """Go on counting from a number."""
    if is_postgresql(connection):
        connection.execute(text(f"SELECT setval('{SEQUENCE}', {number:d})"))
    else:
        connection.execute(update(ChangeCounter).values(number=number))


def is_postgresql(connection: Connection) -> bool:
    """Tell which of the two databases it is."""
    return connection.dialect.name == "postgresql"
