"""Every error as problem+json (RFC 9457) with a stable code."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.core.errors import BodyTooLarge, InvalidRequest, RequestTimeout, WhiteboardError

log = structlog.get_logger()

CODES = {404: "not_found", 405: "method_not_allowed", 408: RequestTimeout.code, 413: BodyTooLarge.code}


class ProblemResponse(JSONResponse):
    """An error as its answer, counted as it is sent."""

    media_type = "application/problem+json"

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        self._code = code
        title = HTTPStatus(status).phrase
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        super().__init__(body, status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, and send. One that refuses a socket is counted as its end."""
        if scope["type"] == "http":
            scope["app"].state.services.hub.figures.refused["request", self._code] += 1
        await super().__call__(scope, receive, send)


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as its answer."""
    return ProblemResponse(status, code, detail, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Have every error of the application told in one way."""
    app.add_exception_handler(WhiteboardError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, WhiteboardError):
        raise error
    return problem_of(error)


def problem_of(error: WhiteboardError) -> JSONResponse:
    """An error of this program as its answer."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return problem(error.status, error.code, error.detail, headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """What was sent is not repeated: it may be a secret, or no valid text."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}" for each in error.errors()]
    return problem(InvalidRequest.status, InvalidRequest.code, "; ".join(faults).replace("Value error, ", ""))


async def _http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 400:  # FastAPI's word for a body that cannot be parsed
        return problem(InvalidRequest.status, InvalidRequest.code, InvalidRequest.detail)
    code = CODES.get(error.status_code, "http_error")
    return problem(error.status_code, code, str(error.detail), dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    route = getattr(request.scope.get("route"), "path", None)  # not the path: it is the caller's words
    log.error("request failed", method=request.method, route=route, exc_info=error)
    return problem(500, WhiteboardError.code, WhiteboardError.detail)
