"""The web client: two pages, and the modules and styles that they name."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FRONTEND = Path(__file__).parents[4] / "frontend"

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
    """Files that browsers keep, but ask about: modules that import one another must be of one version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, to be asked about each time."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_pages(app: FastAPI) -> None:
    """Serve the web client."""
    app.include_router(router)
    app.mount("/static", FreshFiles(directory=FRONTEND), name="static")
