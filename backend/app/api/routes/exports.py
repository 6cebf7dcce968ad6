"""A room's drawing as a file to keep."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from app.api.dependencies.services import BearerRoom, ServicesDep
from app.api.routes.rooms import problems
from app.services.rooms import RoomRow
from app.services.svg.exports import Export

router = APIRouter(prefix="/api/rooms", tags=["drawings"])

SVG = "image/svg+xml"
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The drawing is the one that `If-None-Match` names."}
}


@router.head("/{room_id}/drawing.svg", include_in_schema=False)
@router.get(
    "/{room_id}/drawing.svg",
    response_class=StreamingResponse,
    responses={200: {"content": {SVG: {}}, "description": "An SVG file (H7)."}, **UNCHANGED, **problems(401, 404, 503)},
)
async def get_drawing(room: BearerRoom, request: Request, services: ServicesDep) -> Response:
    """Take the drawing along, as it stands on disk."""
    headers = file_headers(room, "svg")
    etag = await services.exports.etag(room.key or 0)
    if names(request.headers.get("If-None-Match", ""), etag):
        return Response(status_code=304, headers=headers | {"ETag": etag})
    if request.method == "HEAD":
        return Response(headers=headers | {"ETag": etag}, media_type=SVG)
    return sent(await services.exports.get(room.key or 0), headers, gzip=takes_gzip(request))


def sent(export: Export, headers: dict[str, str], *, gzip: bool) -> StreamingResponse:
    """An export as an answer, in pieces that threads make."""
    headers |= {"ETag": export.etag}
    pieces: Iterator[bytes] = export.gzipped() if gzip else export.parts()
    headers |= {"Content-Encoding": "gzip"} if gzip else {"Content-Length": str(export.size)}
    return StreamingResponse(pieces, headers=headers, media_type=SVG)


def file_headers(room: RoomRow, kind: str) -> dict[str, str]:
    """Saved and not shown, by nobody but the bearer's browser, asked about each time; inert where it is shown."""
    return {
        "Content-Disposition": f'attachment; filename="whiteboard-{str(room.id)[:8]}.{kind}"',
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }


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
