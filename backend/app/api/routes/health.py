"""Is the process alive, and can it serve?"""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.api.dependencies.services import ServicesDep

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


class WorkersState(BaseModel):
    """`expected`: how many processes share the work; `ready`: how many of them answer."""

    expected: int
    ready: int


class Readiness(BaseModel):
    """`degraded`: drawing goes on, but something is wrong with one of them; of several workers, with any.

    `database`: `not_saving` while commits fail, and are tried again. `migrations`: `pending` if the database lacks
    some, `newer` if it has had some that this process does not know, for it is of an older version. `redis`: `away`,
    so processes do not share rooms.
    """

    status: Literal["ready", "degraded", "unavailable"]
    database: Literal["ok", "not_saving", "unavailable"]
    migrations: Literal["ok", "pending", "newer", "unknown"]
    redis: Literal["ok", "away"]
    backup: BackupState
    workers: WorkersState


@router.get("/healthz")
async def healthz() -> Health:
    """Liveness: the process answers."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "The database cannot be read."}})
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """Readiness: the database can be read; what drawing goes on without is told apart."""
    state = await services.siblings.look()
    if state.status == "unavailable":
        response.status_code = 503
    return Readiness.model_validate(state, from_attributes=True)
