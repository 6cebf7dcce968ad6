"""The tree of errors that this program raises on purpose, each with a stable code."""


class StartError(Exception):
    """The server cannot start; the message is one clear line for the person who started it."""


class WhiteboardError(Exception):
    """A request or frame is refused: `code` is stable, `status` the HTTP status, `detail` is for people."""

    code = "internal_error"
    status = 500
    detail = "Something went wrong on the server."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class StorageUnavailable(WhiteboardError):  # noqa: N818 - the errors are named as their codes are
    """The database could not take a change now (full, locked, unreadable disk); trying again later may work."""

    code = "storage_unavailable"
    status = 503
    detail = "The drawing could not be saved just now."


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


class RedisUnavailable(WhiteboardError):  # noqa: N818
    """Redis does not answer, or not in time."""

    code = "redis_unavailable"
    status = 503
    detail = "The live state cannot be reached just now."
