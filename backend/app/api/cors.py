"""Pages of other origins that may ask over HTTP (CORS): those of a setting, without cookies, which nobody has."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

HEADERS = ("Authorization", "Content-Type", "If-None-Match")
EXPOSED = ("Content-Disposition", "ETag", "Retry-After")


def other_front_ends(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """The application, which tells the browsers of these origins' pages that they may ask it."""
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "HEAD", "POST"),
        allow_headers=HEADERS,
        expose_headers=EXPOSED,
    )
