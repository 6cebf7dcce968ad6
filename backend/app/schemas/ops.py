"""Durable changes (ops) and strokes under way, as they stand on the wire."""

from typing import Literal

import msgspec

from app.schemas import values


class Put(msgspec.Struct, frozen=True, tag_field="op", tag="put"):
    """A path as it shall be from stamp `ts` on."""

    id: str
    ts: int
    d: str
    color: str
    width: float

    def fault(self) -> str | None:
        """What breaks V1 or W6, or None."""
        return (
            values.id_fault(self.id)
            or values.stamp_fault(self.ts)
            or values.color_fault(self.color)
            or values.width_fault(self.width)
            or values.path_data_fault(self.d)
        )


class Delete(msgspec.Struct, frozen=True, tag_field="op", tag="del"):
    """A path is gone from stamp `ts` on."""

    id: str
    ts: int

    def fault(self) -> str | None:
        """What breaks W6, or None."""
        return values.id_fault(self.id) or values.stamp_fault(self.ts)


class Clear(msgspec.Struct, frozen=True, tag_field="op", tag="clear"):
    """Every path with a stamp at or below `ts` is gone."""

    ts: int

    def fault(self) -> str | None:
        """What is wrong with the stamp, or None."""
        return values.stamp_fault(self.ts)


Op = Put | Delete | Clear


class Piece(msgspec.Struct, frozen=True):
    """Points drawn since the last piece of a stroke under way, as x, y, x, y, …; `ts` is the stamp of pen-down."""

    id: str
    ts: int
    color: str
    width: float
    points: list[float]

    def fault(self) -> str | None:
        """What breaks V3 (but for the length of the whole stroke), or None."""
        odd = "points must be an even count of numbers" if len(self.points) % 2 else None
        return (
            values.id_fault(self.id)
            or values.stamp_fault(self.ts)
            or values.color_fault(self.color)
            or values.width_fault(self.width)
            or odd
            or values.coordinates_fault(self.points)
        )


class End(msgspec.Struct, frozen=True):
    """A stroke is abandoned, or its put has lost."""

    id: str
    end: Literal[True] = True

    def fault(self) -> str | None:
        """What breaks W6, or None."""
        return values.id_fault(self.id)


class _Named(msgspec.Struct, frozen=True):
    """Whatever may have an id."""

    id: str | None = None


class _Ending(msgspec.Struct, frozen=True):
    """Whatever may be an end."""

    end: bool = False


_op: msgspec.json.Decoder[Op] = msgspec.json.Decoder(Op)
_ops: msgspec.json.Decoder[list[Op]] = msgspec.json.Decoder(list[Op])
_piece = msgspec.json.Decoder(Piece)
_named = msgspec.json.Decoder(_Named)
_ending = msgspec.json.Decoder(_Ending)
_cursor: msgspec.json.Decoder[tuple[float, float] | None] = msgspec.json.Decoder(tuple[float, float] | None)
encode_op = msgspec.json.Encoder().encode
decode_ops = _ops.decode


class BadValue(Exception):  # noqa: N818 - the protocol's word
    """An element of a frame breaks V1 to V3, W5 or W6; `path_id` where one can be told."""

    def __init__(self, detail: str, path_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.path_id = path_id


def read_op(raw: msgspec.Raw) -> Op:
    """Decode and check one element of `ops`; raises BadValue."""
    try:
        op = _op.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadValue(_plain(error), read_id(raw)) from None
    if fault := op.fault():
        raise BadValue(fault, read_id(raw))
    return op


def read_stroke(raw: msgspec.Raw) -> Piece | End:
    """Decode and check one element of `live`; raises BadValue."""
    try:
        stroke = _plain_piece(raw) or (End(read_id(raw) or "") if _ending.decode(raw).end else _piece.decode(raw))
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadValue(_plain(error), read_id(raw)) from None
    if fault := stroke.fault():
        raise BadValue(fault, read_id(raw))
    return stroke


def _plain_piece(raw: msgspec.Raw) -> Piece | None:
    """Decode a piece that cannot be an end, the most frequent kind, in one go."""
    text = bytes(raw)
    if b'"end"' in text or b"\\" in text:
        return None
    return _piece.decode(text)


def read_cursor(raw: msgspec.Raw) -> tuple[float, float] | None:
    """Decode and check a cursor; raises BadValue."""
    try:
        cursor = _cursor.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise BadValue("cursor must be null or two numbers") from None
    if cursor and (fault := values.coordinates_fault(cursor)):
        raise BadValue(fault)
    return cursor


def read_id(raw: msgspec.Raw) -> str | None:
    """The id of an element, if it has a good one: a bad one is not told back."""
    try:
        path_id = _named.decode(raw).id
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if path_id is None or values.id_fault(path_id) else path_id


def _plain(error: Exception) -> str:
    """A decoder's complaint in its own words, but for what may repeat the input."""
    text = str(error)
    if "Invalid value" in text:
        return "not a known op"
    return "not well-formed: " + text.split(" - at ", maxsplit=1)[0].split(", got ", maxsplit=1)[0]
