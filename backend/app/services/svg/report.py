"""What an import gives: the paths, and what became of the rest."""

from collections import Counter

import msgspec

ImportedPath = tuple[str, str, float]
"""`d`, `color` and `width` as V1 spells them."""


class Skipped(msgspec.Struct, frozen=True):
    """So many elements of a name met with the same; docs/svg.md lists the reasons."""

    element: str
    count: int
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """The paths in their order of drawing."""

    paths: list[ImportedPath]
    skipped: list[Skipped]


class Notes:
    """Counts by element and reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, element: str, reason: str) -> None:
        """One more."""
        self._counts[element, reason] += 1

    def skipped(self) -> list[Skipped]:
        """All of it, the most frequent first."""
        return [Skipped(element[:64], count, reason) for (element, reason), count in self._counts.most_common()]
