"""Many things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give the items in their order, in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
