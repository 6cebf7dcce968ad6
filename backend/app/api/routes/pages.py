"""The web client: two pages, and the modules and styles that they name."""

import re
from functools import lru_cache
from hashlib import blake2b
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
INDENT = re.compile(r"(?<=>)\n\s*(?=<)")
QUOTED = re.compile(r'="([\w#/.-]+)"')
"""What needs no quotes on a page."""
USED = re.compile(r"\.#(\w+)")
PRIVATE = re.compile(r"(?:(?<=[.{};\n!*])|(?<=async)|(?<=get)|(?<=set))#(\w+)")
"""A name that no other module sees. In a string it would stand behind a quote or a blank."""
CONSTANT = re.compile(r"\bconst(?=[ {\[])")
LAST = re.compile(";}")
"""The end of a block's last statement: no loop of ours is without a body."""
ALONE = re.compile(r"(?<![\w$)\]])\((\w+)\)=>")
"""The one argument of an arrow function, which needs no parentheses."""

NAME = re.compile("[0-9a-f]{10}")
FOR_GOOD = "public, max-age=31536000, immutable"

State = tuple[tuple[str, int, int], ...]
"""Of every file: its path, when it was changed, and its size."""


class Edition:
    """The web client's files as they are now, under a name that tells their contents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = ""
        self._state: State = ()

    def look(self) -> str:
        """The name, the same on every server that has the same files."""
        files = ((file, file.stat()) for file in sorted(self.folder.rglob("*.*")))
        state = tuple((str(file), seen.st_mtime_ns, seen.st_size) for file, seen in files)
        if state != self._state:
            digest = blake2b(digest_size=5)
            for path, _, _ in state:
                digest.update(Path(path).name.encode() + Path(path).read_bytes())
            self.name, self._state = digest.hexdigest(), state
        return self.name

    def holds(self, name: str, response: FileResponse) -> bool:
        """Is that file, as it is, one of those that the name tells of?"""
        seen = response.stat_result
        file = (str(response.path), seen.st_mtime_ns, seen.st_size) if seen else None
        if name != self.name or file not in self._state:
            self.look()
        return name == self.name and file in self._state

    def page(self, file: str) -> Response:
        """A page, to be asked for each time; what it names is of one edition, and may be kept for good."""
        name = self.look()
        text = QUOTED.sub(r"=\1", INDENT.sub("", (self.folder / file).read_text(encoding="utf-8")))
        page = text.replace("/static/", f"/static/{name}/")
        return Response(page, headers={"Cache-Control": "no-cache"}, media_type="text/html")


class FreshFiles(StaticFiles):
    """Files that browsers keep: for good under the name of an edition, else they ask about them each time.

    Modules name one another by their places, so all that a page runs is of one edition. Modules and styles leave
    without their comments, which are half of them: what is read by people is not what is sent.
    """

    def __init__(self, edition: Edition) -> None:
        super().__init__(directory=edition.folder)
        self._edition = edition

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file; under the name of another edition that of this one, which is not kept."""
        name, _, rest = path.partition("/")
        named = NAME.fullmatch(name) is not None
        response = await super().get_response(rest if named else path, scope)
        stays = named and isinstance(response, FileResponse) and self._edition.holds(name, response)
        if isinstance(response, FileResponse) and (kind := TIGHT.get(Path(path).suffix)):
            headers = {name: response.headers[name] for name in ("etag", "last-modified")}
            response = Response(tight(str(response.path), headers["etag"]), 200, headers, kind)
        response.headers["Cache-Control"] = FOR_GOOD if stays else "no-cache"
        return response


@lru_cache(maxsize=256)
def tight(path: str, _version: str) -> bytes:
    """The module or style in that file without comments and blanks; kept, for each version of it."""
    text = Path(path).read_text(encoding="utf-8")
    return (shorten(str(jsmin(text))) if path.endswith(".js") else BLANKS.sub(r"\1", text)).encode()


def shorten(module: str) -> str:
    """A module whose private names are short, and whose constants are variables that nobody changes."""
    names = {name: to_letters(place) for place, name in enumerate(dict.fromkeys(USED.findall(module)))}
    module = PRIVATE.sub(lambda found: "#" + names.get(found[1], found[1]), module)
    module = ALONE.sub(r"\1=>", LAST.sub("}", module).replace("}\n", "}"))
    return CONSTANT.sub("let", module)


def to_letters(number: int) -> str:
    """A, b, … z, ba, bb, …"""
    rest, last = divmod(number, 26)
    return (to_letters(rest) if rest else "") + chr(ord("a") + last)


def add_pages(app: FastAPI) -> None:
    """Serve the web client."""
    edition = Edition(FRONTEND)
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start_page() -> Response:
        """Where somebody gives a name and gets a room."""
        return edition.page("index.html")

    @router.get("/r/{room_id}")
    async def room_page(room_id: str) -> Response:  # noqa: ARG001 - the page reads it from its address
        """The board; the same page for every room: whether it exists is told to those who hold its invite only (H3)."""
        return edition.page("room.html")

    @router.get("/sw.js")
    async def service_worker() -> Response:
        """What opens a board's page while the server is away; at the root, for it may serve nothing above its place."""
        return Response(
            tight(str(FRONTEND / "js/sw.js"), edition.look()), 200, {"Cache-Control": "no-cache"}, TIGHT[".js"]
        )

    app.include_router(router)
    app.mount("/static", FreshFiles(edition), name="static")
