"""The way in: does the public address lead here, with its WebSockets, and with the callers' addresses?

It makes a room as anybody could, with a header that lies about its address, and looks in the database what the server
took for its maker's. Nobody draws in it, so it is deleted when it goes to sleep.
"""

import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy
from sqlmodel import col
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from app.core.config import DEFAULT_PORTS, Settings
from app.core.errors import StartError
from app.core.proxies import Proxies
from app.models import Room
from app.services.backups.taking import reading
from app.services.inspection.fetching import opened
from app.services.inspection.findings import Finding, fail, ok, warn

TIMEOUT = 10.0
SUBPROTOCOL = Subprotocol("whiteboard.v1")
PRETENDED = "192.0.2.77"
"""An address of nobody (RFC 5737)."""
Body = dict[str, Any]


def front(settings: Settings, url: str) -> Iterator[Finding]:
    """Everything that goes through the public address."""
    base = url.rstrip("/")
    try:
        told = fetch(f"{base}/healthz")
    except (OSError, ValueError) as error:
        yield fail("address", f"{base} does not answer: {reason_of(error)}", "see the web server in front, and its log")
        return
    if told != {"status": "ok"}:
        yield fail("address", f"{base} is no whiteboard", "let the web server in front pass everything on")
        return
    yield ok("address", f"{base} answers")
    yield from readiness(base)
    try:
        room = fetch(f"{base}/api/rooms", {"name": "whiteboard doctor"}, {"X-Forwarded-For": PRETENDED})
    except urllib.error.HTTPError as error:
        yield warn("proxy headers", f"no room could be made: HTTP {error.code}", "try again in a few minutes")
        return
    yield from link(base, room)
    yield from upgrade(base, room)
    yield from addresses(settings, base, room)


def readiness(base: str) -> Iterator[Finding]:
    """What the server says of itself."""
    try:
        state = fetch(f"{base}/readyz")
    except urllib.error.HTTPError as error:
        yield fail("readiness", f"HTTP {error.code}", "see the server's log")
        return
    parts = {name: state.get(name) for name in ("database", "migrations", "redis")}
    parts["backup"] = state.get("backup", {}).get("status")
    found = ", ".join(f"{name} {value}" for name, value in parts.items())
    yield (
        ok("readiness", found) if state.get("status") == "ready" else fail("readiness", found, "see docs/operations.md")
    )


def link(base: str, room: Body) -> Iterator[Finding]:
    """Do invite links begin as people open them?"""
    given = room["invite_url"].partition("/r/")[0]
    if given == base:
        yield ok("invite links", f"begin with {base}")
    else:
        advice = f"set WHITEBOARD_PUBLIC_URL={base}, or let the web server pass on Host and X-Forwarded-Proto"
        yield fail("invite links", f"begin with {given}, not with {base}", advice)


def upgrade(base: str, room: Body) -> Iterator[Finding]:
    """Is a WebSocket of a page of this address let through?"""
    url = f"{base.replace('http', 'ws', 1)}/api/rooms/{room['room']['id']}/ws"
    try:
        with connect(
            url,
            origin=Origin(base),
            subprotocols=[Subprotocol("whiteboard.v1")],
            open_timeout=TIMEOUT,
            compression=None,
        ) as line:
            line.send(json.dumps({"t": "hello", "token": room["token"]}))
            first = json.loads(line.recv(TIMEOUT))
    except InvalidStatus as error:
        status = error.response.status_code
        advice = "pass on Host as the browser sent it, or set WHITEBOARD_PUBLIC_URL" if status == 403 else UPGRADE
        yield fail("WebSocket", f"refused with HTTP {status}", advice)
    except (InvalidHandshake, WebSocketException, OSError, TimeoutError, ValueError) as error:
        yield fail("WebSocket", f"does not open: {reason_of(error)}", UPGRADE)
    else:
        well = first.get("t") == "welcome"
        yield ok("WebSocket", "opens") if well else fail("WebSocket", "opens, but is not answered rightly", UPGRADE)


UPGRADE = "let the web server in front pass on the headers Upgrade and Connection, by HTTP/1.1"


def addresses(settings: Settings, base: str, room: Body) -> Iterator[Finding]:
    """Whose room did the server take it for?"""
    try:
        with reading(settings.database) as engine, engine.connect() as connection:
            made = sqlalchemy.select(col(Room.creator_ip)).where(col(Room.id) == UUID(room["room"]["id"]))
            address = connection.execute(made).scalar_one_or_none()
    except StartError:
        address = None
    if address is None:
        advice = "run this with the settings of the server (in its directory, as its user)"
        yield warn("proxy headers", "these settings have another database than that server", advice)
    elif is_straight(settings, base):
        yield ok("proxy headers", f"asked straight, not through a web server; this machine counts as {address}")
    elif Proxies(settings.trusted_proxies).trusted(own_address(base)):
        advice = "give the address that others use, so that this machine does not come from its own inside"
        yield warn("proxy headers", f"not to be told from here: {own_address(base)} is trusted itself", advice)
    elif address == PRETENDED:
        advice = (
            "let the web server in front set X-Forwarded-For itself, and trust only it (WHITEBOARD_TRUSTED_PROXIES)"
        )
        yield fail("proxy headers", "anybody may pretend to have any address: a made-up one was believed", advice)
    elif is_proxy(settings, address):
        advice = "set WHITEBOARD_TRUSTED_PROXIES to its address, and let it send X-Forwarded-For"
        yield warn("proxy headers", f"everybody counts as {address}, the web server in front", advice)
    else:
        yield ok("proxy headers", f"this machine counts as {address}; a made-up address was not believed")


def is_straight(settings: Settings, base: str) -> bool:
    """Does the address lead to the server itself, with nothing in front?"""
    parts = urlsplit(base)
    return parts.scheme == "http" and parts.port == settings.port


def is_proxy(settings: Settings, address: str) -> bool:
    """Is that the web server in front, and not somebody behind it?"""
    try:
        inside = ip_address(address).is_loopback
    except ValueError:  # the /64 of an IPv6 address
        inside = False
    return inside or Proxies(settings.trusted_proxies).trusted(address)


def own_address(base: str) -> str:
    """The address with which this machine comes to another."""
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]), TIMEOUT) as line:
        return str(line.getsockname()[0])


def fetch(url: str, body: Body | None = None, headers: dict[str, str] | None = None) -> Body:
    """Ask for JSON. An HTTPError: another status than 2xx; another OSError: nobody answers; a ValueError: no JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})  # noqa: S310
    with opened(request, TIMEOUT) as answer:
        found: Body = json.load(answer)
    return found


def reason_of(error: Exception) -> str:
    """Why, in few words."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {reason.verify_message}"
    return " ".join(str(reason).split()) or type(error).__name__
