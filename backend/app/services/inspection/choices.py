"""The settings: what contradicts itself, and what nobody reads."""

import os
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from app.core.config import Settings
from app.core.server import EVERYWHERE
from app.services.inspection.findings import Finding, ok, warn

LOCAL = EVERYWHERE - {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to
TICK_MS = 100


def settings(chosen: Settings, unread: Iterable[str] = ()) -> Iterator[Finding]:
    """Everything that is odd, or that all is well; `unread`: variables that look like settings and are none."""
    slips = [warn("settings", f"{name} is no setting, and has no effect", "see docs/operations.md") for name in unread]
    yield from [*contradictions(chosen), *slips] or [ok("settings", "none contradicts another")]


def contradictions(chosen: Settings) -> Iterator[Finding]:
    """Settings that do not go together, each with what to change."""
    public = urlsplit(chosen.public_url or "")
    for is_so, found, advice in (
        (
            public.scheme == "http" and public.hostname not in LOCAL,
            "people open the whiteboard without HTTPS: others may read links and tokens on the way",
            "put a web server with a certificate in front, and begin WHITEBOARD_PUBLIC_URL with https://",
        ),
        (
            public.scheme == "https" and not chosen.trusted_proxies,
            "a web server is in front and not trusted: everybody counts as one address, with its limit of rooms",
            "set WHITEBOARD_TRUSTED_PROXIES to its address",
        ),
        (
            chosen.public_url is None and bool(chosen.trusted_proxies),
            "a web server is in front, but the public address is unset: it is taken from each request",
            "set WHITEBOARD_PUBLIC_URL",
        ),
        (
            any(network.endswith("/0") for network in chosen.trusted_proxies),
            "every address is a trusted proxy: anybody may pretend to be anybody",
            "name the web servers only in WHITEBOARD_TRUSTED_PROXIES",
        ),
        (
            public.scheme == "https" and chosen.host in EVERYWHERE - LOCAL,
            "the server listens on every address: it can be reached past the web server in front",
            "set WHITEBOARD_HOST=127.0.0.1, or let a firewall see to it",
        ),
        (
            chosen.database.startswith("postgres") and chosen.redis_url is None,
            "PostgreSQL without WHITEBOARD_REDIS_URL: processes of several machines would not share rooms",
            "name one Redis for all of them, unless there is one machine only",
        ),
        (
            chosen.database.startswith("postgres") and chosen.redis_url is not None and chosen.jwt_key is None,
            "each data directory has a key of its own: tokens of one machine are nothing to another",
            "set WHITEBOARD_JWT_KEY, the same on all of them, unless there is one machine only",
        ),
        (
            chosen.workers > (os.cpu_count() or 1),
            f"{chosen.workers} workers on a machine of {os.cpu_count()} processor cores: they take turns",
            "set WHITEBOARD_WORKERS to the number of cores at most",
        ),
        (
            chosen.tick_ms < TICK_MS,
            f"a tick every {chosen.tick_ms} ms is more than the protocol promises to clients (S10)",
            "leave WHITEBOARD_TICK_MS at 100",
        ),
        (
            chosen.process_timeout_seconds <= 2 * chosen.redis_timeout_seconds,
            "a process counts as dead before Redis counts as slow",
            "make WHITEBOARD_PROCESS_TIMEOUT_SECONDS over twice WHITEBOARD_REDIS_TIMEOUT_SECONDS",
        ),
        (
            chosen.room_idle_seconds < chosen.silence_seconds,
            "an empty room sleeps before a broken line is noticed: who comes back wakes it anew",
            "make WHITEBOARD_ROOM_IDLE_SECONDS at least WHITEBOARD_SILENCE_SECONDS",
        ),
    ):
        if is_so:
            yield warn("settings", found, advice)
