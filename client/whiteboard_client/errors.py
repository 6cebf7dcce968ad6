"""What can go wrong, in one tree.

WhiteboardError
├── HttpError            the server answered an HTTP request with an error: status, code, detail
├── UnreachableError     no answer at all to an HTTP request, or none of a whiteboard
├── InviteError          a text that is no invite link
├── DisconnectedError    the connection is over for good: code, reason
├── NotConnectedError    an edit before the first welcome
├── ProtocolError        a frame that breaks the protocol
│   └── OutOfStepError   frames are missing; reconnecting heals it
├── RefusedError         the server refused ops: errors
├── BadValueError        a value that V1 forbids, or that no frame can carry
└── RecordingError       a recorded drawing that cannot be read: line, problem
"""

from collections.abc import Sequence
from typing import Protocol


class Told(Protocol):
    """Anything with a code and a detail, as an `error` frame has."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...


class WhiteboardError(Exception):
    """Every error that this package raises on purpose."""


class HttpError(WhiteboardError):
    """An answer of 3xx, 4xx or 5xx; `code` is the stable one of the problem document, or `unknown`."""

    def __init__(self, status: int, code: str, detail: str, retry_after: str | None = None) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class UnreachableError(WhiteboardError):
    """The server could not be reached, or what answered was no whiteboard."""


class InviteError(WhiteboardError, ValueError):
    """A text that is no invite link: `{public_url}/r/{room_id}#{invite}`."""


class DisconnectedError(WhiteboardError):
    """The connection is over and is not tried again.

    `code` is the WebSocket close code, the HTTP status of a refused upgrade, 1006 if the line just broke, or 1000
    after `close()`.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class NotConnectedError(WhiteboardError):
    """There is no server time to stamp with before the first welcome."""


class ProtocolError(WhiteboardError):
    """The server sent something that the protocol does not allow."""


class OutOfStepError(ProtocolError):
    """A gap in the sequence, or a delta without a state to lay it on (S1, S2)."""


class RefusedError(WhiteboardError):
    """The server refused what was sent; `errors` are its `error` frames, the first one is quoted."""

    def __init__(self, errors: Sequence[Told]) -> None:
        super().__init__(f"{len(errors)} refused, first: {errors[0].code}: {errors[0].detail}")
        self.errors = tuple(errors)


class BadValueError(WhiteboardError, ValueError):
    """A value that V1 forbids, or that no frame can carry."""


class RecordingError(WhiteboardError, ValueError):
    """A recorded drawing that cannot be read; `line` counts from 1, 0 stands for the whole file."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.line = line
        self.problem = problem
