"""Can the server serve? Database, migrations, Redis and backups are told apart."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, text

from app.core.database import Database
from app.core.errors import StorageUnavailable
from app.core.revisions import Migrations, Revisions
from app.services.backups.schedule import Backups, Standing
from app.services.hub import Hub

LOOK_SECONDS = 2.0
"""In which the database must be read: whoever asks is told so soon, however patient the database itself is."""


@dataclass(frozen=True, slots=True)
class Workers:
    """How many processes share the work, and how many of them answer."""

    expected: int = 1
    ready: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """How each of them is; see `Readiness` of the routes for the words."""

    status: Literal["ready", "degraded", "unavailable"]
    database: Literal["ok", "not_saving", "unavailable"]
    migrations: Migrations | Literal["unknown"]
    redis: Literal["ok", "away"]
    backup: Standing
    workers: Workers = Workers()


class Readiness:
    """Looks at what this process needs."""

    def __init__(self, database: Database, hub: Hub, backups: Backups) -> None:
        self._database = database
        self._hub = hub
        self._backups = backups
        self._revisions = Revisions()

    async def look(self) -> State:
        """See how everything is."""
        backup = await self._backups.standing()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                migrations = await self._database.read(self._read)
        except (StorageUnavailable, DBAPIError, TimeoutError):
            return State("unavailable", "unavailable", "unknown", self._redis(), backup)
        redis = self._redis()
        saving = self._hub.figures.storage_up
        good = saving and (migrations, redis) == ("ok", "ok") and backup.status != "degraded"
        return State("ready" if good else "degraded", "ok" if saving else "not_saving", migrations, redis, backup)

    def _redis(self) -> Literal["ok", "away"]:
        return "ok" if self._hub.replicas.redis_is_up else "away"

    def _read(self, db: Session) -> Migrations:
        db.connection().execute(text("SELECT count(*) FROM room WHERE key = 0"))
        return self._revisions.judge(db.connection())


WORSE = {
    "database": ("ok", "not_saving", "unavailable"),
    "migrations": ("ok", "unknown", "pending", "newer"),
    "redis": ("ok", "away"),
}
"""The words for each, the worst last."""


def together(states: Sequence[State], expected: int) -> State:
    """The state of several workers: what is wrong with any, but unavailable only if that is every one that answers."""
    worst = {name: max((getattr(each, name) for each in states), key=words.index) for name, words in WORSE.items()}
    backup = max((each.backup for each in states), key=lambda backup: backup.status == "degraded")
    statuses = {each.status for each in states}
    status: Literal["ready", "degraded", "unavailable"] = "degraded"
    if statuses == {"unavailable"}:
        status = "unavailable"
    elif statuses == {"ready"} and len(states) == expected:
        status = "ready"
    return State(status, **worst, backup=backup, workers=Workers(expected, len(states)))
