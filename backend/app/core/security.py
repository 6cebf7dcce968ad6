"""Secrets: tokens (JWT, HS256) and invites."""

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import jwt
import msgspec

from app.core.errors import Unauthenticated
from app.core.keys import Keys, key_id

ALGORITHM = "HS256"
INVITE_BYTES = 18
TOKEN_LENGTH = 2048
"""Characters of the longest token that is looked at; the server's own have about 500."""
SKEW_SECONDS = 60
"""How far ahead of this server's clock another process of it may have issued a token."""
jws = jwt.PyJWS(algorithms=[ALGORITHM])

Seconds = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of a token. One without `kid` is of a version that had one key only."""

    alg: Literal["HS256"]
    typ: Literal["JWT"] = "JWT"
    kid: str | None = None


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The claims of a token, all of them, and no others (RFC 7519)."""

    iss: Literal["whiteboard"]
    aud: Literal["whiteboard-room"]
    sub: UUID
    room: UUID
    jti: UUID
    iat: Seconds
    exp: Seconds


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token proves: this session, of this room, until then."""

    room_id: UUID
    session_id: UUID
    token_id: UUID
    expires_at: float


class Tokens:
    """Makes and judges the tokens of sessions, by the server's clock: the machine's may step (docs/decisions)."""

    def __init__(self, keys: Keys, days: int) -> None:
        self._keys = keys
        self._life = timedelta(days=days)

    def issue(self, room_id: UUID, session_id: UUID, token_id: UUID, now: datetime) -> str:
        """A token for one session of one room."""
        self._keys.refresh()
        body = Body(
            iss="whiteboard",
            aud="whiteboard-room",
            sub=session_id,
            room=room_id,
            jti=token_id,
            iat=int(now.timestamp()),
            exp=int((now + self._life).timestamp()),
        )
        key = self._keys.newest
        return jws.encode(msgspec.json.encode(body), key, ALGORITHM, {"kid": key_id(key)})

    def judge(self, token: str, now: datetime) -> Claims:
        """What a token proves at a time; raises Unauthenticated for one that is garbage, forged, foreign or expired."""
        try:
            body = self._read(token)
        except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError):
            raise Unauthenticated from None
        if not body.iat - SKEW_SECONDS <= now.timestamp() < body.exp:
            raise Unauthenticated
        return Claims(body.room, body.sub, body.jti, body.exp)

    def ages(self, claims: Claims, now: datetime) -> bool:
        """Is less than half of a token's life left? Then it is to be renewed."""
        return claims.expires_at - now.timestamp() < self._life.total_seconds() / 2

    def _read(self, token: str) -> Body:
        """The claims of a token that one of the keys has signed, whether or not it has expired."""
        if len(token) > TOKEN_LENGTH or "=" in token:
            raise ValueError("too long, or padded (RFC 7515, section 2)")
        header = msgspec.convert(_once(jwt.utils.base64url_decode(token.partition(".")[0])), Header)
        self._keys.refresh()
        for key in self._keys.of(header.kid):
            with suppress(jwt.InvalidSignatureError):
                return msgspec.convert(_once(jws.decode(token, key, [ALGORITHM])), Body)
        raise jwt.InvalidSignatureError


def _once(data: bytes) -> dict[str, Any]:
    """An object of JSON in UTF-8 in which no name stands twice; else ValueError."""
    found = json.loads(data.decode(), object_pairs_hook=_named_once)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - the text is wrong, not the program
    return found


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def new_invite() -> str:
    """A secret of 144 bits, fit for a URL's fragment."""
    return secrets.token_urlsafe(INVITE_BYTES)


def hash_invite(invite: str) -> bytes:
    """What is stored of an invite: it has too many bits to be guessed from its SHA-256."""
    return hashlib.sha256(invite.encode(errors="surrogatepass")).digest()


def same_secret(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)
