"""Tokens as the server makes them, with other claims or another key."""

import json
import time
from pathlib import Path
from uuid import uuid4

import jwt


def forge(data_dir: Path, token: str, *, key: bytes | None = None, **claims: object) -> str:
    """The token with other claims (None: without it), signed with the server's newest key or another one."""
    body = {**jwt.decode(token, options={"verify_signature": False}), **claims}
    head = {"kid": jwt.get_unverified_header(token)["kid"]}
    key = key or (data_dir / "jwt.key").read_bytes().split()[0]
    return jwt.encode({name: value for name, value in body.items() if value is not None}, key, "HS256", head)


def bad_tokens(data_dir: Path, token: str) -> dict[str, str]:
    """Tokens that prove nothing, by what is wrong with them."""
    body = jwt.decode(token, options={"verify_signature": False})
    head, payload, signature = token.split(".")
    return {
        "empty": "",
        "garbage": "garbage",
        "dots": "..",
        "cut": token[:-4],
        "unsigned": jwt.encode(body, None, algorithm="none"),
        "no signature": f"{head}.{payload}.",
        "another payload": f"{head}.{payload[:-2]}.{signature}",
        "another key": forge(data_dir, token, key=b"k" * 64),
        "another algorithm": jwt.encode(body, (data_dir / "jwt.key").read_bytes().split()[0], "HS512"),
        "another id of a key": jwt.encode(body, b"k" * 64, "HS256", {"kid": "../../../dev/null"}),
        "four parts": f"{token}.{signature}",
        "padded": f"{token}=",
        "of another thing": forge(data_dir, token, aud="another"),
        "of the future": forge(data_dir, token, iat=int(time.time()) + 3600),
        "an end that is text": forge(data_dir, token, exp=str(int(time.time()) + 60)),
        "an end that is a fraction": forge(data_dir, token, exp=time.time() + 60.5),
        "huge": token + "x" * 20_000,
        "JSON": json.dumps({"protected": head, "payload": payload, "signature": signature}),
        "expired": forge(data_dir, token, exp=int(time.time()) - 1),
        "without an end": forge(data_dir, token, exp=None),
        "without a room": forge(data_dir, token, room=None),
        "of another issuer": forge(data_dir, token, iss="another"),
        "room is no id": forge(data_dir, token, room="42"),
    }


def token_of_a_room_that_is_gone(data_dir: Path, token: str) -> tuple[str, str]:
    """A room id that does not exist (any more), and a good token of it."""
    room_id = str(uuid4())
    return room_id, forge(data_dir, token, room=room_id)
