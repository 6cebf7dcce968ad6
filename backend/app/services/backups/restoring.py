"""A whole database from a backup. Whatever goes wrong, what was there before is there still."""

from app.core.database_lock import is_file
from app.services.backups.chains import Point
from app.services.backups.reading import Progress
from app.services.backups.restored import Restored
from app.services.backups.restoring_file import restore_file
from app.services.backups.restoring_postgresql import restore_postgresql


def restore(url: str, point: Point, *, move_aside: bool = False, progress: Progress | None = None) -> Restored:
    """Bring back a whole database; one with rooms is replaced only if it is to be moved aside, where it is kept.

    Raises StartError: a server uses it; it has rooms. Raises DamagedError, OSError, DBAPIError.
    """
    into = restore_file if is_file(url) else restore_postgresql
    return into(url, point, move_aside=move_aside, progress=progress)
