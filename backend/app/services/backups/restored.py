"""What a restore tells of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, into which database, and where what was there before is now, if it was kept."""

    rooms: int
    paths: int
    place: str
    aside: str | None
