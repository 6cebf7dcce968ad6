"""Rooms over HTTP: create one, join one, look at one (H1 to H4).

Blocking calls of the standard library run in a thread, so that the package needs no HTTP library.
"""

import asyncio
import http.client
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from whiteboard_client.errors import HttpError, InviteError, UnreachableError
from whiteboard_client.messages import Room

TIMEOUT_S = 30.0
IMPORT_TIMEOUT_S = 180.0
"""A drawing may have to wait for others, and then takes some seconds to be read and written."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One session of one room, and where its server is. The token is a secret and stays out of `repr` (H2)."""

    base_url: str
    room_id: str
    session_id: str
    name: str
    token: str = field(repr=False)

    @property
    def websocket_url(self) -> str:
        """Where to connect."""
        return f"ws{self.base_url.removeprefix('http')}/api/rooms/{self.room_id}/ws"


class Skipped(Struct, frozen=True):
    """So many elements of an imported file that were left out, ignored, approximated or damaged."""

    element: str
    count: int
    reason: str


class ImportReport(Struct, frozen=True):
    """What an imported file became: the number of its paths, and what became of the rest."""

    paths: int
    skipped: list[Skipped]


@dataclass(frozen=True, slots=True)
class Invitation:
    """A room that was just created: the creator's seat, the link that lets others in, what a file became."""

    seat: Seat
    invite_url: str = field(repr=False)
    report: ImportReport | None = None


class _Session(Struct, frozen=True):
    id: str
    name: str


class _Joined(Struct, frozen=True):
    room: Room
    session: _Session
    token: str


class _Renewed(Struct, frozen=True):
    token: str


class _Created(_Joined, frozen=True):
    invite_url: str
    import_report: ImportReport | None = None


class _Problem(Struct, frozen=True):
    code: str = "unknown"
    detail: str = ""


_Answer = TypeVar("_Answer", bound=Struct)


async def create_room(base_url: str, name: str, drawing: bytes | None = None) -> Invitation:
    """Creates a room, with the drawing of an SVG file if given, and takes a seat in it.

    `base_url`: such as `http://localhost:8000`.
    Raises HttpError (422 `invalid_request`, 429 `room_limit`, 400 `invalid_svg`, …) or UnreachableError.
    """
    base_url = base_url.rstrip("/")
    created = _read(await _fetch(f"{base_url}/api/rooms", body={"name": name}, drawing=drawing), _Created)
    return Invitation(_seat(base_url, created), created.invite_url, created.import_report)


async def join_room(invite_url: str, name: str) -> Seat:
    """Takes a seat in the room of an invite link.

    Raises InviteError, HttpError (404 `room_not_found`, 422 `invalid_request`, …) or UnreachableError.
    """
    base_url, room_id, invite = parse_invite(invite_url)
    body = await _fetch(f"{base_url}/api/rooms/{room_id}/sessions", body={"name": name, "invite": invite})
    return _seat(base_url, _read(body, _Joined))


async def renew(seat: Seat) -> Seat:
    """The seat with a token that is good for longer, once half of its life is over; before that the seat as it is.

    `connect` does this by itself; who keeps a seat between programs calls it now and then. Raises HttpError (401
    `unauthenticated`: too late, join again) or UnreachableError.
    """
    url = f"{seat.base_url}/api/rooms/{seat.room_id}/sessions/renew"
    return replace(seat, token=_read(await _fetch(url, body={}, token=seat.token), _Renewed).token)


async def fetch_room(seat: Seat) -> Room:
    """What the server tells of the seat's room. Raises HttpError or UnreachableError."""
    return _read(await _fetch(f"{seat.base_url}/api/rooms/{seat.room_id}", token=seat.token), Room)


async def fetch_drawing(seat: Seat) -> bytes:
    """The room's drawing as an SVG document. Raises HttpError or UnreachableError."""
    return await _fetch(f"{seat.base_url}/api/rooms/{seat.room_id}/drawing.svg", token=seat.token)


async def fetch_picture(seat: Seat, width: int = 1600, background: str = "white") -> bytes:
    """The room's drawing as a PNG of so many pixels in width; `background`: `white` or `transparent`.

    Raises HttpError (413 `drawing_too_large`, 422 `invalid_request`, …) or UnreachableError.
    """
    query = urlencode({"width": width, "background": background})
    return await _fetch(f"{seat.base_url}/api/rooms/{seat.room_id}/drawing.png?{query}", token=seat.token)


def parse_invite(invite_url: str) -> tuple[str, str, str]:
    """`(base_url, room_id, invite)` of a link `{public_url}/r/{room_id}#{invite}`. Raises InviteError."""
    # The link is a secret: no message repeats it.
    try:
        parts = urlsplit(invite_url.strip())
    except ValueError:
        raise InviteError("not an invite link: it cannot be read as an address") from None
    prefix, found, room_id = parts.path.rpartition("/r/")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InviteError("not an invite link: it must begin with http:// or https://")
    if not found or not room_id or "/" in room_id:
        raise InviteError("not an invite link: /r/ and the room's id are missing")
    if not parts.fragment:
        raise InviteError("not a whole invite link: the part after # is missing")
    return urlunsplit((parts.scheme, parts.netloc, prefix, "", "")), room_id, parts.fragment


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would carry the token or the invite to wherever it points (H2)."""

    def redirect_request(self, *_args: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


async def _fetch(
    url: str, *, body: dict[str, str] | None = None, drawing: bytes | None = None, token: str | None = None
) -> bytes:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise UnreachableError("the server's address must begin with http:// or https://")
    data, kind = _encoded(body, drawing)
    request = urllib.request.Request(url, data=data)  # noqa: S310 - the scheme was judged above
    if data is not None:
        request.add_header("Content-Type", kind)
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    return await asyncio.to_thread(_exchange, request, TIMEOUT_S if drawing is None else IMPORT_TIMEOUT_S)


def _encoded(body: dict[str, str] | None, drawing: bytes | None) -> tuple[bytes | None, str]:
    """A body and its type: JSON, or with a drawing a form (RFC 7578)."""
    if body is None or drawing is None:
        return None if body is None else msgspec.json.encode(body), "application/json"
    boundary = f"whiteboard-{secrets.token_hex(16)}"
    between = f"\r\n--{boundary}\r\nContent-Disposition: form-data; name="
    fields = "".join(f'{between}"{name}"\r\n\r\n{value}' for name, value in body.items())
    head = f'{fields}{between}"drawing"; filename="drawing.svg"\r\nContent-Type: image/svg+xml\r\n\r\n'
    data = head.encode(errors="surrogatepass") + drawing + f"\r\n--{boundary}--\r\n".encode()
    return data.removeprefix(b"\r\n"), f"multipart/form-data; boundary={boundary}"


def _exchange(request: urllib.request.Request, timeout_s: float) -> bytes:
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise _problem(error) from None
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"no answer from the server: {error}") from error


def _problem(error: urllib.error.HTTPError) -> HttpError:
    """Reads RFC 9457 problem details; a proxy's error page becomes the code `unknown`."""
    try:
        problem = msgspec.json.decode(error.read(), type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError, http.client.HTTPException):
        problem = _Problem()
    return HttpError(error.code, problem.code, problem.detail or str(error.reason), error.headers.get("Retry-After"))


def _read(body: bytes, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreachableError(f"what answered is no whiteboard server: {error}") from error


def _seat(base_url: str, joined: _Joined) -> Seat:
    return Seat(base_url, joined.room.id, joined.session.id, joined.session.name, joined.token)
