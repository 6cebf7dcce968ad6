"""Rooms over HTTP: make one, enter one, look at one."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from app.api.bodies import Utf8Route
from app.api.dependencies.origin import from_allowed_page
from app.api.dependencies.services import BearerRoom, BearerToken, CallerAddress, Services, ServicesDep
from app.api.dependencies.uploads import Uploaded, gone
from app.schemas.rooms import (
    Created,
    ImportReport,
    Joined,
    NewRoom,
    NewSession,
    Problem,
    Renewed,
    RoomOut,
    SessionOut,
    SkippedOut,
)
from app.services.live_room import room_out
from app.services.rooms import Entry
from app.services.svg.imports import Imported

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewRoom.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {
                        **NewRoom.model_json_schema()["properties"],
                        "drawing": {"type": "string", "format": "binary", "description": "SVG, also packed (svgz)"},
                    },
                }
            },
        },
    }
}
"""FastAPI can tell of one kind of body only."""

router = APIRouter(
    prefix="/api/rooms", tags=["rooms"], route_class=Utf8Route, dependencies=[Depends(from_allowed_page)]
)

PROBLEMS = {
    400: "The file is not SVG, unsafe, or holds nothing usable: `invalid_svg`.",
    401: "No token, or one that is garbage, forged or expired: `unauthenticated`.",
    403: "A page of another origin, see C2: `origin_not_allowed`.",
    404: "No such room, or the invite or token is not for it: `room_not_found`.",
    408: "The body did not come in time: `request_timeout`.",
    413: "The body is too large: `body_too_large`; or the drawing, in what the detail names: `drawing_too_large`.",
    422: "The body is not what it must be: `invalid_request`.",
    429: "As many live rooms as may be were created from this address: `room_limit`.",
    503: "The disk is in the way just now: `storage_unavailable`; or many files are being read: `import_busy`.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its description."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"description": PROBLEMS[status], "content": content} for status in statuses}


ROOM_ID = {"room_id": "$response.body#/room/id"}
LINKS: dict[str, Any] = {
    name: {"operationId": name, "parameters": ROOM_ID}
    for name in ("get_room", "get_drawing", "get_picture", "renew_token")
}
"""What may be asked about the room of an answer, for its description; the token of the answer lets in."""
ENTRY = {"name": "Ada", "invite": "$response.body#/invite"}
INVITING = {"join_room": {"operationId": "join_room", "parameters": ROOM_ID, "requestBody": ENTRY}}


def linked(links: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The links of the answer to who has entered, for a route's description."""
    return {201: {"links": links}}


@router.post(
    "",
    status_code=201,
    responses=linked(LINKS | INVITING) | problems(400, 403, 408, 413, 422, 429, 503),
    response_model_exclude_none=True,
    openapi_extra=BODY,
)
async def create_room(upload: Uploaded, request: Request, address: CallerAddress, services: ServicesDep) -> Created:
    """Make a room, with a drawing if one is sent, and enter it. Whoever has the link of its invite may enter, too."""
    report = None
    if upload.drawing is None:
        entry = await services.rooms.create(upload.name, address)
    else:
        file = upload.drawing
        imported = await services.imports.create(upload.name, address, file.file, file.size, gone(request))
        entry, report = imported.entry, report_of(imported)
    base = services.settings.public_url or str(request.base_url).rstrip("/")
    invite = entry.invite or ""
    url = f"{base}/r/{entry.room.id}#{invite}"
    joined = await _joined(entry, services)
    return Created(
        room=joined.room,
        session=joined.session,
        token=joined.token,
        invite=invite,
        invite_url=url,
        import_report=report,
    )


@router.post("/{room_id}/sessions", status_code=201, responses=linked(LINKS) | problems(403, 404, 408, 413, 422, 503))
async def join_room(room_id: str, body: NewSession, services: ServicesDep) -> Joined:
    """Enter a room by its invite, under a name."""
    return await _joined(await services.rooms.join(room_id, body.name, body.invite), services)


@router.post("/{room_id}/sessions/renew", responses=problems(401, 403, 404, 413, 503))
async def renew_token(room_id: str, token: BearerToken, services: ServicesDep) -> Renewed:
    """Have the token of a session renewed, once half of its life is over; before that it comes back as it is."""
    return Renewed(token=await services.rooms.renew(token, room_id))


@router.get("/{room_id}", responses=problems(401, 404, 503))
async def get_room(room: BearerRoom, services: ServicesDep) -> RoomOut:
    """Look at the room that the token is for."""
    if live := services.hub.replicas.rooms.get(room.id):
        return live.out()
    return room_out(room, room.last_active_at.timestamp(), await services.hub.count(room.id))


async def _joined(entry: Entry, services: Services) -> Joined:
    session = SessionOut(id=str(entry.session.id), name=entry.session.name)
    return Joined(room=await get_room(entry.room, services), session=session, token=entry.token)


def report_of(imported: Imported) -> ImportReport:
    """What a file became, as HTTP tells it."""
    skipped = [SkippedOut(element=each.element, count=each.count, reason=each.reason) for each in imported.skipped]
    return ImportReport(paths=imported.paths, skipped=skipped)
