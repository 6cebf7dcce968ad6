"""C2, for requests that change something: no page of another origin can make them in a visitor's name."""

from fastapi import Request

from app.api.dependencies.services import ServicesDep
from app.api.websockets.origin import origin_allowed
from app.core.errors import OriginNotAllowed


async def from_allowed_page(request: Request, services: ServicesDep) -> None:
    """Refuse a POST of a page that may not connect either. Without an `Origin` it is no page of a browser."""
    host = request.headers.get("host", "")
    if request.method == "POST" and not origin_allowed(request.headers.get("origin"), host, services.settings.origins):
        raise OriginNotAllowed
