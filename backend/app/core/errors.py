"""The tree of errors that this program raises on purpose, each with a stable code."""

from math import ceil


class StartError(Exception):
    """The server cannot start; the message is one clear line for the person who started it."""


class WhiteboardError(Exception):
    """A request or frame is refused: `code` is stable, `status` the HTTP status, `detail` is for people."""

    code = "internal_error"
    status = 500
    detail = "Something went wrong on the server."
    retry_after: int | None = None
    """Seconds after which it may go well."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class StorageUnavailable(WhiteboardError):  # noqa: N818 - the errors are named as their codes are
    """The database could not take a change now (full, locked, unreadable disk); trying again later may work."""

    code = "storage_unavailable"
    status = 503
    detail = "The drawing could not be saved just now."
    retry_after = 1


class InvalidRequest(WhiteboardError):  # noqa: N818
    """The body or a parameter of a request is not what it must be."""

    code = "invalid_request"
    status = 422
    detail = "The request is not well-formed."


class Unauthenticated(WhiteboardError):  # noqa: N818
    """No token, or one that is garbage, forged or expired."""

    code = "unauthenticated"
    status = 401
    detail = "A valid token is needed: enter the room by its invite link again."


class RoomNotFound(WhiteboardError):  # noqa: N818
    """No such room, or not with this invite or token: one answer for all, so that nothing can be found out (H3)."""

    code = "room_not_found"
    status = 404
    detail = "There is no such room, or the link is not for it."


class RoomLimit(WhiteboardError):  # noqa: N818
    """H5: as many live rooms as one address may have were created from there."""

    code = "room_limit"
    status = 429
    detail = "Too many live boards were created from this address."

    def __init__(self, limit: int, idle_seconds: float) -> None:
        self.retry_after = ceil(idle_seconds)
        boards = "1 live board was" if limit == 1 else f"{limit} live boards were"
        idle = _spoken(idle_seconds)
        super().__init__(f"{boards} created from here already. A board is live until {idle} after everybody has left.")


class InvalidSvg(WhiteboardError):  # noqa: N818
    """A file that was to be imported is not SVG, unsafe, or holds nothing that can be used (H6)."""

    code = "invalid_svg"
    status = 400
    detail = "The file is not an SVG drawing that can be used."


class DrawingTooLarge(WhiteboardError):  # noqa: N818
    """A file that was to be imported goes beyond a limit, which the detail names (H6)."""

    code = "drawing_too_large"
    status = 413
    detail = "The drawing is too large."


class ImportBusy(WhiteboardError):  # noqa: N818
    """So many files wait to be imported that one more has to come again."""

    code = "import_busy"
    status = 503
    detail = "Many drawings are being imported just now: try again in a moment."
    retry_after = 5


class OriginNotAllowed(WhiteboardError):  # noqa: N818
    """A page of another origin may not ask or connect (C2)."""

    code = "origin_not_allowed"
    status = 403
    detail = "This page may not use this server: its address is not the server's own, nor among the allowed ones."


class TooManyWaiting(WhiteboardError):  # noqa: N818
    """So many connections have not said hello yet that no further one is let in."""

    code = "too_many_waiting"
    status = 503
    retry_after = 1
    detail = "Too many connections are waiting just now: try again in a moment."


class BodyTooLarge(WhiteboardError):  # noqa: N818
    """The body of a request is over the limit."""

    code = "body_too_large"
    status = 413
    detail = "The body of this request is too large."


class RequestTimeout(WhiteboardError):  # noqa: N818
    """A request, its head or its body, did not come in time."""

    code = "request_timeout"
    status = 408
    detail = "The request did not arrive in time."


class HeadTooLarge(WhiteboardError):  # noqa: N818
    """The address and headers of a request are over the limit."""

    code = "head_too_large"
    status = 431
    detail = "The headers of this request are too large."


class BadHttp(WhiteboardError):  # noqa: N818
    """What came is no HTTP."""

    code = "bad_http"
    status = 400
    detail = "This is no HTTP request that can be understood."


class RedisUnavailable(WhiteboardError):  # noqa: N818
    """Redis does not answer, or not in time."""

    code = "redis_unavailable"
    status = 503
    detail = "The live state cannot be reached just now."


def _spoken(seconds: float) -> str:
    whole = ceil(seconds)
    if whole % 60 == 0:
        return "1 minute" if whole == 60 else f"{whole // 60} minutes"
    return "1 second" if whole == 1 else f"{whole} seconds"
