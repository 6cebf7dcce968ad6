"""The web client: two pages, and the modules and styles that they name."""

import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from rjsmin import jsmin  # type: ignore[import-untyped]
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FRONTEND = Path(__file__).parents[4] / "frontend"

TIGHT = {".js": "text/javascript", ".css": "text/css"}
BLANKS = re.compile(r"/\*.*?\*/\s*|\s*([{};,])\s*|(?<=:) ", re.DOTALL)
"""What a style does not need: no string in ours holds any of it."""
USED = re.compile(r"\.#(\w+)")
PRIVATE = re.compile(r"(?:(?<=[.{};\n!])|(?<=async)|(?<=get)|(?<=set))#(\w+)")
"""A name that no other module sees. In a string it would stand behind a quote or a blank."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start_page() -> FileResponse:
    """Where somebody gives a name and gets a room."""
    return FileResponse(FRONTEND / "index.html", headers={"Cache-Control": "no-cache"})


@router.get("/r/{room_id}")
async def room_page(room_id: str) -> FileResponse:  # noqa: ARG001 - the page reads it from its address
    """The board; the same page for every room: whether it exists is told to those who hold its invite only (H3)."""
    return FileResponse(FRONTEND / "room.html", headers={"Cache-Control": "no-cache"})


class FreshFiles(StaticFiles):
    """Files that browsers keep, but ask about: modules that import one another must be of one version.

    Modules and styles leave without their comments, which are half of them: what is read by people is not what is sent.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, to be asked about each time."""
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and (kind := TIGHT.get(Path(path).suffix)):
            headers = {name: response.headers[name] for name in ("etag", "last-modified")}
            response = Response(tight(str(response.path), headers["etag"]), 200, headers, kind)
        response.headers["Cache-Control"] = "no-cache"
        return response


@lru_cache(maxsize=256)
def tight(path: str, _version: str) -> bytes:
    """The module or style in that file without comments and blanks; kept, for each version of it."""
    text = Path(path).read_text(encoding="utf-8")
    return (shorten(str(jsmin(text))) if path.endswith(".js") else BLANKS.sub(r"\1", text)).encode()


def shorten(module: str) -> str:
    """A module whose private names are short."""
    names = {name: to_letters(place) for place, name in enumerate(dict.fromkeys(USED.findall(module)))}
    return PRIVATE.sub(lambda found: "#" + names.get(found[1], found[1]), module)


def to_letters(number: int) -> str:
    """A, b, … z, ba, bb, …"""
    rest, last = divmod(number, 26)
    return (to_letters(rest) if rest else "") + chr(ord("a") + last)


def add_pages(app: FastAPI) -> None:
    """Serve the web client."""
    app.include_router(router)
    app.mount("/static", FreshFiles(directory=FRONTEND), name="static")
