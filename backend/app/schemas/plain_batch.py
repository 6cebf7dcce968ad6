"""The most frequent frame by far, a batch in whose strokes and cursor nothing is amiss, read and judged in one go."""

from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from app.schemas.ops import Piece
from app.schemas.values import COORDINATE_LIMIT, KNOWN, STAMP_LIMIT, color_fault, id_fault, width_fault

Coordinate = Annotated[float, Meta(ge=-COORDINATE_LIMIT, le=COORDINATE_LIMIT)]
Stamp = Annotated[int, Meta(gt=0, lt=STAMP_LIMIT)]
Number = Annotated[int, Meta(ge=0, lt=2**53)]


class PlainPiece(Piece, frozen=True):
    """A piece, of which the decoder judges all but id, color, width, and that the count of numbers is even."""

    ts: Stamp
    points: list[Coordinate]


class PlainBatch(msgspec.Struct, frozen=True):
    """As `frames.Batch`; its pieces and its cursor are good, its ops are still to be judged."""

    t: Literal["batch"]  # a tag may be left out where there is but one
    n: Number | UnsetType = UNSET
    ops: list[Raw] | UnsetType = UNSET
    live: list[PlainPiece] = []
    cursor: tuple[Coordinate, Coordinate] | UnsetType | None = UNSET


@lru_cache(KNOWN)
def _is_good(path_id: str, color: str, width: float) -> bool:
    return not (id_fault(path_id) or color_fault(color) or width_fault(width))


_decode = msgspec.json.Decoder(PlainBatch).decode


def read_plain_batch(payload: bytes) -> PlainBatch | None:
    """Decode a frame if it is a plain batch. None for all else: `read_frame` and what follows it know what that is.

    An end of a stroke is none, nor is what has an escape (in which an end may hide) or is not in ASCII.
    """
    if b'"end"' in payload or b"\\" in payload or not payload.isascii():
        return None
    try:
        batch = _decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return None
    for piece in batch.live:
        if len(piece.points) & 1 or not _is_good(piece.id, piece.color, piece.width):
            return None
    return None if batch.n is UNSET and batch.ops is not UNSET else batch
