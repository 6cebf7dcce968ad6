"""What processes tell one another of a room, on its Redis channel."""

from typing import Any

import msgspec

from app.schemas.ops import End, Op, Piece


class Ops(msgspec.Struct, frozen=True, tag="ops"):
    """Committed ops under their seq."""

    epoch: str
    seq: int
    ops: list[Op]


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """Strokes under way (with the count of numbers before) and cursors."""

    strokes: list[tuple[int, int, dict[str, Any]]] = []
    cursors: list[tuple[int, tuple[float, float] | None]] = []

    def pieces(self) -> list[tuple[int, int, Piece | End]]:
        """The strokes, typed."""
        return [(user, before, _stroke(stroke)) for user, before, stroke in self.strokes]


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """Somebody came, to the process that tells it."""

    name: str
    process: str
    user: int


class Left(msgspec.Struct, frozen=True, tag="left"):
    """Some went."""

    users: list[int]


class Who(msgspec.Struct, frozen=True, tag="who"):
    """A process has begun a replica: the others tell it their strokes and cursors."""


class Renewed(msgspec.Struct, frozen=True, tag="renewed"):
    """The room has a new epoch: load it anew."""

    epoch: str


class Slept(msgspec.Struct, frozen=True, tag="slept"):
    """The room's live state was taken down, for nobody was in it."""

    epoch: str


Message = Ops | Shown | Joined | Left | Who | Renewed | Slept

encode = msgspec.json.Encoder().encode
decode: "msgspec.json.Decoder[Message]" = msgspec.json.Decoder(Message)
PROCESS_CHARS = 16


def address(process: str, message: Message) -> bytes:
    """Encode a message, headed by the process that sends it, so that its own echo need not be decoded."""
    return process.encode() + encode(message)


def shown(strokes: list[tuple[int, int, Piece | End]], cursors: dict[int, tuple[float, float] | None]) -> Shown:
    """A message of strokes and cursors."""
    return Shown(
        [(user, before, msgspec.to_builtins(stroke)) for user, before, stroke in strokes], list(cursors.items())
    )


def _stroke(stroke: dict[str, Any]) -> Piece | End:
    return msgspec.convert(stroke, End) if stroke.get("end") else msgspec.convert(stroke, Piece)
