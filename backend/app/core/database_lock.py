"""Who uses a database: servers together, a restore alone. A locked file beside it says so; no crash leaves it locked.

In PostgreSQL the connections that write hold a lock of the server's own, which says the same (core/postgresql.py).

It lies beside the database, not in the data directory: servers of several data directories may share one database.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.database import parse_url
from app.core.errors import StartError


def is_file(url: str) -> bool:
    """Tell whether a database is a file of SQLite."""
    return parse_url(url).get_backend_name() == "sqlite"


def database_file(url: str) -> Path:
    """Give the file of an SQLite database's URL."""
    return Path(str(parse_url(url).database)).absolute()


@contextmanager
def served(url: str) -> Iterator[None]:
    """Use a database, as other servers may too; StartError while a backup is being brought back into it."""
    if not is_file(url):
        yield
        return
    with _locked(url, fcntl.LOCK_SH, "A backup is being brought back into the database: start when that is done."):
        yield


@contextmanager
def replaced(url: str) -> Iterator[None]:
    """Have a database alone; StartError while a server uses it."""
    file = database_file(url)
    with _locked(url, fcntl.LOCK_EX, f"A server is using {file}, or a restore is under way: stop every server first."):
        yield


@contextmanager
def _locked(url: str, kind: int, otherwise: str) -> Iterator[None]:
    path = database_file(url)
    try:
        file = path.with_name(f"{path.name}.lock").open("ab")
    except OSError as error:
        raise StartError(f"The database {path} cannot be used: {error.strerror}.") from None
    with file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(otherwise) from None
        yield
