"""Asking a server over HTTP, without following it elsewhere."""

import urllib.request
from typing import IO, cast


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a secret would be carried to wherever it points."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def opened(request: urllib.request.Request, timeout: float) -> IO[bytes]:
    """The answer; an HTTPError for another status than 2xx, another OSError if nobody answers. Uses no proxy."""
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    return cast("IO[bytes]", opener.open(request, timeout=timeout))
