"""A room's drawing as a file to keep."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.api.dependencies.services import BearerRoom, ServicesDep
from app.api.routes.rooms import problems
from app.services.rooms import RoomRow
from app.services.svg.pictures import BACKGROUNDS, LARGEST

router = APIRouter(prefix="/api/rooms", tags=["drawings"])

SVG = "image/svg+xml"
PNG = "image/png"

Answers = dict[int | str, dict[str, Any]]


def answers(kind: str, what: str, *statuses: int) -> Answers:
    """The answers of a route that gives a file, for its description."""
    unchanged = {"description": "The drawing is the one that `If-None-Match` names."}
    return {200: {"content": {kind: {}}, "description": what}, 304: unchanged, **problems(401, 404, 503, *statuses)}


@router.head("/{room_id}/drawing.svg", include_in_schema=False)
@router.get("/{room_id}/drawing.svg", response_class=Response, responses=answers(SVG, "An SVG file (H7)."))
async def get_drawing(room: BearerRoom, request: Request, services: ServicesDep) -> Response:
    """Take the drawing along, as it stands on disk."""
    headers = file_headers(room, "svg", await services.exports.etag(room.key or 0)) | {"Vary": "Accept-Encoding"}
    if short := without_body(request, headers, SVG):
        return short
    export = await services.exports.get(room.key or 0)
    headers["ETag"] = export.etag
    if takes_gzip(request):
        parts: Iterator[bytes] = export.gzipped()
        headers["Content-Encoding"] = "gzip"
    else:
        parts = export.parts()
        headers["Content-Length"] = str(export.length)
    return StreamingResponse(parts, headers=headers, media_type=SVG)


@router.head("/{room_id}/drawing.png", include_in_schema=False)
@router.get("/{room_id}/drawing.png", response_class=Response, responses=answers(PNG, "A picture.", 413, 422))
async def get_picture(
    room: BearerRoom,
    request: Request,
    services: ServicesDep,
    width: Annotated[int, Query(ge=1, le=LARGEST, description="Pixels; fewer if it would be too high.")] = 1600,
    background: Annotated[Literal["white", "transparent"], Query(description="What is behind the strokes.")] = "white",
) -> Response:
    """Take a picture of the drawing along, as it stands on disk."""
    etag = await services.exports.etag(room.key or 0)
    headers = file_headers(room, "png", picture_etag(etag, width, background))
    if short := without_body(request, headers, PNG):
        return short
    export = await services.exports.get(room.key or 0)
    headers["ETag"] = picture_etag(export.etag, width, background)
    return Response(await services.pictures.paint(export, width, BACKGROUNDS[background]), 200, headers, PNG)


def file_headers(room: RoomRow, kind: str, etag: str) -> dict[str, str]:
    """Saved and not shown, by nobody but the bearer's browser, asked about each time; inert where it is shown."""
    return {
        "Content-Disposition": f'attachment; filename="whiteboard-{str(room.id)[:8]}.{kind}"',
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "private, no-cache",
        "ETag": etag,
    }


def picture_etag(etag: str, width: int, background: str) -> str:
    """The name of a picture of a drawing."""
    return f'W/"{blake2b(f"{etag} {width} {background}".encode(), digest_size=12).hexdigest()}"'


def without_body(request: Request, headers: dict[str, str], kind: str) -> Response | None:
    """The answer, if it needs no file: nothing has changed, or only the head is asked for."""
    if names(request.headers.get("If-None-Match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(headers=headers, media_type=kind) if request.method == "HEAD" else None


def names(if_none_match: str, etag: str) -> bool:
    """Does the header name this state? Weakly compared (RFC 9110, section 13.1.2)."""
    given = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in given or etag.removeprefix("W/") in given


def takes_gzip(request: Request) -> bool:
    """Does the client accept gzip (RFC 9110, section 12.5.3)?"""
    weights = dict[str, str]()
    for each in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = each.partition(";")
        weights[name.strip()] = weight.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return not weight or weight.strip("0.") != ""
