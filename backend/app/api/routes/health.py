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


class Readiness(BaseModel):
    """`degraded`: drawing and saving go on, but rooms are not shared between processes while Redis is away."""

    status: Literal["ready", "degraded", "unavailable"]
    database: Literal["ok", "unavailable"]
    redis: Literal["ok", "away"]


@router.get("/healthz")
async def healthz() -> Health:
    """Liveness: the process answers."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "The database cannot be read."}})
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """Readiness: the database can be read; Redis is told apart, for drawing goes on without it."""
    redis: Literal["ok", "away"] = "ok" if services.hub.replicas.redis_is_up else "away"
    try:
        await services.database.read(_look)
    except StorageUnavailable:
        response.status_code = 503
        return Readiness(status="unavailable", database="unavailable", redis=redis)
    return Readiness(status="ready" if redis == "ok" else "degraded", database="ok", redis=redis)


def _look(db: Session) -> None:
    db.connection().execute(text("SELECT count(*) FROM room WHERE key = 0"))
