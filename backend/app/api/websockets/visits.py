"""One line of the log for each connection, when it has ended, and what the figures have of it. No client's words."""

from time import monotonic
from uuid import UUID

import structlog
from websockets.frames import CloseCode

from app.core.errors import OriginNotAllowed, WhiteboardError
from app.core.metrics import Figures
from app.services.connection import Connection

log = structlog.get_logger()

REASONS: dict[int, str] = {
    CloseCode.NORMAL_CLOSURE: "the client left",
    CloseCode.GOING_AWAY: "the client went elsewhere",
    CloseCode.PROTOCOL_ERROR: "broken WebSocket framing",
    CloseCode.NO_STATUS_RCVD: "the line broke, or the client left without a word",
    CloseCode.ABNORMAL_CLOSURE: "the line broke",
    CloseCode.INVALID_DATA: "text that is not UTF-8",
    CloseCode.MESSAGE_TOO_BIG: "a frame that is too large",
}
"""Why a connection ends that the application does not close. Other codes are a client's own."""
LOST = CloseCode.ABNORMAL_CLOSURE
FAULTS = {CloseCode.PROTOCOL_ERROR, CloseCode.UNSUPPORTED_DATA, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG}
OWN_CODES = 4400
"""Where the protocol's close codes begin, each of which refuses something."""


class Visit:
    """A connection from its upgrade to its end. If this side closes it, that is the reason that stands."""

    __slots__ = ("_began", "_connection", "_end", "_figures", "_room", "traffic")

    def __init__(self, figures: Figures) -> None:
        self.traffic = figures.begin()
        self._figures = figures
        self._began = monotonic()
        self._connection: Connection | None = None
        self._room: UUID | None = None
        self._end: tuple[str, str] | None = None

    def knocks(self, room: UUID) -> None:
        """The token was good for this room."""
        self._room = room

    def enters(self, connection: Connection) -> None:
        """It said hello, and is in its room."""
        self._connection = connection
        self.traffic.add(connection.traffic)
        connection.traffic = self.traffic

    def closed(self, code: int, reason: str) -> None:
        """This side closes it; `reason` is the server's own."""
        self._end = (str(code), reason)
        if code >= OWN_CODES or code in FAULTS:
            self._refuse(str(code))

    def lost(self, code: int, reason: str | None) -> None:
        """The other side, or the line, has ended it. Only with 1006 the reason is not the client's words."""
        if self._end is not None:
            return
        if code not in REASONS:
            self._end = ("other", "the client closed with a code of its own")
            return
        self._end = (str(int(code)), (reason if code == LOST else None) or REASONS[code])
        if code in FAULTS:
            self._refuse(str(code))

    def denied(self, error: WhiteboardError) -> None:
        """Refused before the upgrade (C1, C2)."""
        self._end = (str(error.status), error.detail)
        self._refuse("origin" if isinstance(error, OriginNotAllowed) else error.code)

    def over(self) -> None:
        """Tell, and count."""
        code, reason = self._end or (str(int(LOST)), REASONS[LOST])
        self._figures.end(self.traffic, code)
        log.info(
            "connection ended",
            room=str(self._room) if self._room else None,
            session=str(self._connection.session_id) if self._connection else None,
            seconds=round(monotonic() - self._began, 3),
            code=code,
            reason=reason,
            frames_in=self.traffic.frames_in,
            ops_in=self.traffic.ops_in,
            frames_out=self.traffic.frames_out,
            bytes_out=self.traffic.bytes_out,
        )

    def _refuse(self, reason: str) -> None:
        self._figures.refused["connection", reason] += 1
