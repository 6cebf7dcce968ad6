"""The database and the backups: is it whole, of this version, and can it be brought back?"""

import time
from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

from app.core.config import Settings
from app.core.database import place_of
from app.core.database_lock import database_file, is_file
from app.core.revisions import Revisions
from app.services.backups.keeping import backups_of
from app.services.backups.schedule import PATIENCE_SECONDS
from app.services.backups.store import Store
from app.services.backups.taking import reading
from app.services.inspection.findings import Finding, fail, ok, warn

LARGE_LOG = 256 * 1024 * 1024
OLD_SECONDS = 24 * 3600
DANGEROUS = ("fsync", "full_page_writes")
"""Settings of PostgreSQL that let a power cut lose what was committed, if they are off."""


def database(settings: Settings) -> Iterator[Finding]:
    """Can it be read, is it whole, and is it of this version?"""
    url = settings.database
    if is_file(url) and not database_file(url).exists():
        yield ok("database", f"none yet; the first start makes {database_file(url)}")
        return
    with reading(url) as engine, engine.connect() as connection:
        yield from (whole_file if is_file(url) else server)(connection, url)
        yield from migrations(connection)
    if is_file(url):
        yield from log_of(url)


def whole_file(connection: Connection, url: str) -> Iterator[Finding]:
    """SQLite's own look at every page; it takes seconds for a gigabyte."""
    faults = connection.execute(text("PRAGMA quick_check(3)")).scalars().all()
    size = database_file(url).stat().st_size / 1e6
    if faults == ["ok"]:
        yield ok("database", f"{place_of(url)} is whole ({size:,.1f} MB)")
    else:
        advice = "stop the servers, and bring back a backup: whiteboard backup restore --move-aside"
        yield fail("database", f"{place_of(url)} is damaged: {'; '.join(faults)}", advice)


def server(connection: Connection, url: str) -> Iterator[Finding]:
    """PostgreSQL, and whether its commits last."""
    version = connection.execute(text("SHOW server_version")).scalar_one()
    off = [name for name in DANGEROUS if connection.execute(text(f"SHOW {name}")).scalar_one() == "off"]
    if off:
        yield fail("database", f"PostgreSQL {version} with {', '.join(off)} off", "turn it on: a power cut loses edits")
    else:
        yield ok("database", f"{place_of(url)}, PostgreSQL {version}")


def migrations(connection: Connection) -> Iterator[Finding]:
    """Is it of this program's version?"""
    if not inspect(connection).has_table("alembic_version"):
        yield fail("migrations", "this is no database of a whiteboard", "see WHITEBOARD_DATABASE_URL")
        return
    state = Revisions().judge(connection)
    if state == "ok":
        yield ok("migrations", "the database is of this version")
    elif state == "pending":
        yield warn("migrations", "the database is of an older version", "restart the servers; the start migrates it")
    else:
        yield fail("migrations", "the database is of a newer version than this program", "update this program")


def log_of(url: str) -> Iterator[Finding]:
    """SQLite's log: it should be folded in again and again."""
    path = database_file(url)
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LARGE_LOG:
        advice = "find who keeps reading the database for long, or stop and start the servers"
        yield warn("database log", f"{size / 1e6:,.0f} MB are not folded into the file", advice)
    else:
        yield ok("database log", f"{size / 1e6:,.1f} MB")


def backups(settings: Settings) -> Iterator[Finding]:
    """Is there one, and is it fresh? Its time goes on only while a server runs."""
    store = Store(backups_of(settings))
    points, current = store.points(), store.current
    if not points or current is None:
        if settings.backup_seconds:
            yield warn("backups", "none yet", "one is made soon after the start; or now: whiteboard backup now")
        else:
            yield fail("backups", "none are made", "set WHITEBOARD_BACKUP_SECONDS, or make some: whiteboard backup now")
        return
    age = time.time() - current
    found = f"{len(points)} of them, {store.bytes / 1e6:,.1f} MB; the newest has everything up to {told(age)} ago"
    if age > OLD_SECONDS:
        yield warn("backups", found, "see that a server runs and makes them, and its log: no backup")
    elif age > settings.backup_seconds + PATIENCE_SECONDS:
        yield warn("backups", found, "if a server runs, see its log: no backup")
    else:
        yield ok("backups", found)


def told(seconds: float) -> str:
    """A time for people."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
