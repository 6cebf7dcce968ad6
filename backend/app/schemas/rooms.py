"""Rooms and sessions as HTTP and the welcome tell of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, BaseModel, Field

NAME_LENGTH = 64
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""The characters with Unicode's property White_Space; Python's own idea has four control characters more."""


def clean_name(name: str) -> str:
    """Trim a person's name and check it (H1); a bad one raises ValueError."""
    trimmed = name.strip(WHITE_SPACE)
    if not 1 <= len(trimmed) <= NAME_LENGTH:
        raise ValueError(f"a name has 1 to {NAME_LENGTH} characters")
    if any(category(char) in {"Cc", "Cs"} for char in trimmed):
        raise ValueError("a name has no control characters")
    return trimmed


CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_SPACES = "".join(f"\\u{ord(char):04x}" for char in WHITE_SPACE)
PATTERN = (
    rf"^[{_SPACES}]*[^{CONTROLS}{_SPACES}]([^{CONTROLS}]{{0,{NAME_LENGTH - 2}}}[^{CONTROLS}{_SPACES}])?[{_SPACES}]*$"
)
"""H1 for the description; what is refused is decided by `clean_name`."""

Name = Annotated[
    str,
    AfterValidator(clean_name),
    Field(
        examples=["Ada"],
        description="1 to 64 code points after trimming",
        json_schema_extra={"pattern": PATTERN},
    ),
]


class NewRoom(BaseModel):
    """Who makes a room."""

    name: Name


class NewSession(BaseModel):
    """Who enters a room, and the secret from the invite link."""

    name: Name
    invite: Annotated[str, Field(examples=["Zm9yIGV4YW1wbGUgb25seQ"])]


@dataclass(frozen=True, slots=True)
class RoomOut:
    """A room; times are RFC 3339, `active_users` counts connections."""

    id: Annotated[str, Field(examples=["0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10"])]
    created_at: datetime
    last_active_at: datetime
    active_users: Annotated[int, Field(ge=0, examples=[2])]


class SessionOut(BaseModel):
    """One named participant of one room."""

    id: Annotated[str, Field(examples=["5a1d6c1e-59f0-4f60-8f66-0d4a3c1b2e77"])]
    name: Annotated[str, Field(examples=["Ada"])]


class Joined(BaseModel):
    """The answer to somebody who entered; the token goes into `Authorization` and `hello` only."""

    room: RoomOut
    session: SessionOut
    token: Annotated[str, Field(examples=["eyJhbGciOiJIUzI1NiJ9…"])]


class Renewed(BaseModel):
    """A token to use from now on; the one that was sent is good until it expires, too."""

    token: Annotated[str, Field(examples=["eyJhbGciOiJIUzI1NiJ9…"])]


class SkippedOut(BaseModel):
    """So many elements of an imported file that met with the same: left out, ignored, approximated, damaged."""

    element: Annotated[str, Field(examples=["text"])]
    count: Annotated[int, Field(ge=1, examples=[3])]
    reason: Annotated[str, Field(examples=["dropped"])]


class ImportReport(BaseModel):
    """What an imported file became: the number of its paths, and what became of the rest."""

    paths: Annotated[int, Field(ge=0, examples=[120])]
    skipped: list[SkippedOut]


class Created(Joined):
    """The answer to somebody who made a room; the invite is a secret."""

    invite: Annotated[str, Field(examples=["Zm9yIGV4YW1wbGUgb25seQ"])]
    invite_url: Annotated[
        str, Field(examples=["http://localhost:8000/r/0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10#Zm9yIGV4YW1wbGUgb25seQ"])
    ]
    import_report: Annotated[ImportReport | None, Field(description="Only if a drawing was sent.")] = None


class Problem(BaseModel):
    """An error (RFC 9457) with a stable `code`."""

    type: Annotated[str, Field(examples=["about:blank"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["There is no such room, or the invite is not for it."])]
    code: Annotated[str, Field(examples=["room_not_found"])]
