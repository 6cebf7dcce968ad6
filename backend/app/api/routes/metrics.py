"""The figures of the server, for Prometheus."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.dependencies.services import ServicesDep
from app.core.errors import Unauthenticated
from app.core.security import same_secret
from app.services.metrics.page import CONTENT_TYPE

router = APIRouter(tags=["health"])

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}}, "description": "Prometheus' text format, version 0.0.4."},
    401: {"description": "The settings ask for a token, and it was not this one: `unauthenticated`."},
}


@router.get("/metrics", response_class=Response, responses=ANSWERS)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """The figures of this process, or of all workers; to everybody who may reach it, unless a token is set."""
    token = services.settings.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "")
        if not same_secret(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
            raise Unauthenticated("The token of the figures is needed.")
    return Response(await services.siblings.figures(), media_type=CONTENT_TYPE)
