"""Batches that fit into `max_frame` (S8)."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET

from whiteboard_client.messages import Batch, Op, Piece, encode

# Room for everything of a batch but its ops and pieces: keys, brackets, n and a cursor of two long numbers.
ENVELOPE = 160


def fits(item: Op | Piece, max_frame: int) -> bool:
    """Whether a batch of this op or piece alone may be sent."""
    return len(encode(item)) + ENVELOPE <= max_frame


def split(ops: Iterable[Op], pieces: Iterable[Piece], max_frame: int) -> Iterator[Batch]:
    """Lays ops and then pieces, in this order, into as few batches as they need; `n` is left out."""
    run: list[Op | Piece] = []
    size = ENVELOPE
    for item in (*ops, *pieces):
        length = len(encode(item)) + 1
        if run and size + length > max_frame:
            yield _batch(run)
            run, size = [], ENVELOPE
        run.append(item)
        size += length
    if run:
        yield _batch(run)


def _batch(items: Sequence[Op | Piece]) -> Batch:
    ops = tuple(item for item in items if not isinstance(item, Piece))
    live = tuple(item for item in items if isinstance(item, Piece))
    return Batch(ops=ops, live=live, cursor=UNSET)
