"""Is the process alive, and can it serve?"""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlmodel import Session, text

from app.api.dependencies.services import ServicesDep
from app.core.errors import StorageUnavailable

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class BackupState(BaseModel):
    """`degraded`: backups have failed for 5 minutes; `none`: the first one is due; `off`: none are made.

    `age_seconds`: since the newest one was known to have everything. `bytes`: what all backups take on the disk.
    """

    status: Literal["ok", "degraded", "none", "off"]
    age_seconds: float | None
    bytes: int


class Readiness(BaseModel):
    """`degraded`: drawing and saving go on, but Redis is away (processes do not share rooms), or backups fail."""

    status: Literal["ready", "degraded", "unavailable"]
    database: Literal["ok", "unavailable"]
    redis: Literal["ok", "away"]
    backup: BackupState


@router.get("/healthz")
async def healthz() -> Health:
    """Liveness: the process answers."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "The database cannot be read."}})
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """Readiness: the database can be read; what drawing goes on without is told apart."""
    redis: Literal["ok", "away"] = "ok" if services.hub.replicas.redis_is_up else "away"
    standing = await services.backups.standing()
    backup = BackupState(status=standing.status, age_seconds=standing.age_seconds, bytes=standing.bytes)
    try:
        await services.database.read(_look)
    except StorageUnavailable:
        response.status_code = 503
        return Readiness(status="unavailable", database="unavailable", redis=redis, backup=backup)
    good = redis == "ok" and backup.status != "degraded"
    return Readiness(status="ready" if good else "degraded", database="ok", redis=redis, backup=backup)


def _look(db: Session) -> None:
    db.connection().execute(text("SELECT count(*) FROM room WHERE key = 0"))
