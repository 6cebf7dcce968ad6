"""One connection of a client, as the checker follows it."""

from dataclasses import dataclass, field
from typing import Any

from checker.drawing import Op
from checker.survey import Pen

Frame = dict[str, Any]


@dataclass
class Visit:
    """What it said hello with, what it was told of itself, and what it sent.

    `missed`: the seq of the delta that is still to come; `asked`: resyncs without a snapshot yet; `acks`: each n that
    was acknowledged; `has_state`: a snapshot or delta came; `seen`: own strokes of two points or more that came back.
    """

    server: str
    since: Frame | None
    user: int | None = None
    missed: int | None = None
    acked: int = 0
    acks: set[int] = field(default_factory=set)
    asked: int = 0
    has_state: bool = False
    sent: dict[int, list[Op]] = field(default_factory=dict)
    refused: set[tuple[int, int]] = field(default_factory=set)
    pen: Pen = field(default_factory=Pen)
    seen: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> list[Op]:
        """The ops that are neither acknowledged nor refused."""
        return [op for n, ops in self.sent.items() for i, op in enumerate(ops) if n > self.acked and not self.was(n, i)]

    def was(self, n: int, i: int) -> bool:
        """Was the op refused?"""
        return (n, i) in self.refused
