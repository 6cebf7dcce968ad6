"""The numbers of changes, by which a backup finds what it does not have yet.

Whoever writes a row that a backup must have sets its `changed` to a number taken in the same transaction. Writers go
one after the other from there on (SQLite lets only one write anyway, elsewhere the counter's row is locked until the
commit), so a reader that sees the number n sees every row that bears n or less.
"""

from uuid import UUID

from sqlmodel import Session, col, select, update

from app.core.errors import StartError
from app.models import ChangeCounter


def next_change(db: Session) -> int:
    """Count a change, and give its number: for the rows that this transaction writes."""
    counted = update(ChangeCounter).values(number=col(ChangeCounter.number) + 1).returning(col(ChangeCounter.number))
    return int(db.exec(counted).scalar_one())


def last_change(db: Session) -> tuple[UUID, int]:
    """Give the id of the database, and the number of the last change in it."""
    row = db.exec(select(ChangeCounter.database, ChangeCounter.number)).first()
    if row is None:
        raise StartError("The database does not say which one it is: bring back a backup.")
    return row
