"""C2: pages of other origins may not connect."""

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def origin_allowed(origin: str | None, host: str, allowed: frozenset[str]) -> bool:
    """May a page of `origin` connect? Without a list, its host and port must be those of the request's `Host`."""
    if origin is None:
        return True
    if allowed:
        return origin in allowed
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        return False
    default = DEFAULT_PORTS[parts.scheme]
    return parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)
