"""Secrets: tokens (JWT, HS256) and invites."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt
from jwt.types import Options

from app.core.errors import Unauthenticated

ALGORITHM = "HS256"
ISSUER = "whiteboard"
AUDIENCE = "whiteboard-room"
INVITE_BYTES = 18
CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "room"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token proves: this session, of this room, until then."""

    room_id: UUID
    session_id: UUID
    token_id: UUID
    expires_at: float


UNTIMED: Options = {"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class Tokens:
    """Makes and judges the tokens of sessions, by the server's clock: the machine's may step (docs/decisions)."""

    def __init__(self, key: bytes, days: int) -> None:
        self._key = key
        self._life = timedelta(days=days)

    def issue(self, room_id: UUID, session_id: UUID, token_id: UUID, now: datetime) -> str:
        """A token for one session of one room."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(session_id),
            "room": str(room_id),
            "jti": str(token_id),
            "iat": int(now.timestamp()),
            "exp": int((now + self._life).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def judge(self, token: str, now: datetime) -> Claims:
        """What a token proves at a time; raises Unauthenticated for one that is garbage, forged, foreign or expired."""
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=UNTIMED
            )
            found = Claims(UUID(claims["room"]), UUID(claims["sub"]), UUID(claims["jti"]), float(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
            raise Unauthenticated from None
        if not found.expires_at > now.timestamp():  # so put, NaN has expired
            raise Unauthenticated
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
