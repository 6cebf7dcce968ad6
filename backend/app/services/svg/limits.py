"""What a drawing may cost: the limits, and the counters that are held against them while it is read."""

import msgspec

from app.core.errors import DrawingTooLarge


class Limits(msgspec.Struct, frozen=True):
    """Everything that is bounded in a drawing; bytes where nothing else is said."""

    sent: int = 10 * 1024 * 1024
    inflated: int = 20 * 1024 * 1024
    depth: int = 256
    elements: int = 50_000
    paths: int = 20_000
    segments: int = 200_000
    use_depth: int = 10
    style: int = 64 * 1024
    css: int = 256 * 1024
    css_steps: int = 2_000_000
    """Selectors tried on elements, and elements that they looked at. One selector to compile counts as 300."""


class Budget:
    """Counts what a drawing has cost so far; over a limit it raises DrawingTooLarge."""

    __slots__ = ("css_steps", "elements", "limits", "paths", "segments")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = 0
        self.paths = 0
        self.segments = 0
        self.css_steps = 0

    def element(self) -> None:
        """One more element is drawn; those that `use` repeats count each time."""
        self.elements += 1
        if self.elements > self.limits.elements:
            raise too_large("elements", self.limits.elements, "with those that use repeats")

    def path(self, segments: int) -> None:
        """One more path came out."""
        self.paths += 1
        self.segments += segments
        if self.paths > self.limits.paths:
            raise too_large("paths", self.limits.paths)
        if self.segments > self.limits.segments:
            raise too_large("segments", self.limits.segments)

    def css(self, steps: int) -> None:
        """The style sheets cost so many steps more."""
        self.css_steps += steps
        if self.css_steps > self.limits.css_steps:
            raise DrawingTooLarge("The style sheets of the drawing take too long to apply: make their selectors fewer.")


def too_large(what: str, limit: int, more: str = "") -> DrawingTooLarge:
    """The error that names a limit on a number of things."""
    return DrawingTooLarge(f"The drawing has more than {limit} {what}{f' ({more})' if more else ''}.")
