"""The path data of SVG, every command of it, as segments of M, L, Q, C and Z in absolute numbers.

What is damaged ends the path: what came before it stays, as SVG demands (SVG 2, 9.5.4).
"""

import math
import re

from app.services.svg.arcs import arc
from app.services.svg.lengths import NUMBER

Segment = tuple[str, tuple[float, ...]]
"""A letter, and its points as x, y, x, y, …"""

_NUMBERS = re.compile(NUMBER)
_SOUND = re.compile(rf"\s*(?:[MmZzLlHhVvCcSsQqTtAa]\s*(?:{NUMBER}\s*,?\s*)*+)*+")
_COMMANDS = re.compile(r"([MmZzLlHhVvCcSsQqTtAa])([^MmZzLlHhVvCcSsQqTtAa]*)")
_SEPARATOR = r"\s*,?\s*"
_ARC = re.compile(
    rf"\s*({NUMBER}){_SEPARATOR}({NUMBER}){_SEPARATOR}({NUMBER}){_SEPARATOR}([01]){_SEPARATOR}([01])"
    rf"{_SEPARATOR}({NUMBER}){_SEPARATOR}({NUMBER}){_SEPARATOR}"
)
_ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


class Pen:
    """Draws segments; knows where it is, and where the subpath began."""

    __slots__ = ("control", "kind", "segments", "start_x", "start_y", "x", "y")

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.x = self.y = self.start_x = self.start_y = 0.0
        self.control = (0.0, 0.0)
        self.kind = ""
        """Of the segment before: what S and T go on from."""

    def draw(self, command: str, numbers: list[float]) -> None:
        """One command with its numbers, as many as it takes."""
        upper = command.upper()
        dx, dy = (0.0, 0.0) if command == upper else (self.x, self.y)
        if upper != "M" and self.kind == "Z":
            self.segments.append(("M", (self.x, self.y)))  # after Z a subpath begins where the last one did
        if upper == "M":
            self._to("M", (numbers[0] + dx, numbers[1] + dy))
            self.start_x, self.start_y = self.x, self.y
        elif upper == "L":
            self._to("L", (numbers[0] + dx, numbers[1] + dy))
        elif upper == "H":
            self._to("L", (numbers[0] + dx, self.y))
        elif upper == "V":
            self._to("L", (self.x, numbers[0] + dy))
        elif upper == "A":
            self._arc(numbers, numbers[5] + dx, numbers[6] + dy)
        else:
            self._curve(upper, [value + (dy if place % 2 else dx) for place, value in enumerate(numbers)])

    def close(self) -> None:
        """Draw back to where the subpath began."""
        if self.kind != "Z":
            self.segments.append(("Z", ()))
        self.x, self.y = self.start_x, self.start_y
        self.kind = "Z"

    def _curve(self, upper: str, points: list[float]) -> None:
        if upper in "ST":
            before = "C" if upper == "S" else "Q"
            cx, cy = self.control if self.kind == before else (self.x, self.y)
            points = [2 * self.x - cx, 2 * self.y - cy, *points]
            upper = before
        self.control = (points[-4], points[-3])
        self._to(upper, tuple(points))

    def _arc(self, numbers: list[float], x: float, y: float) -> None:
        rx, ry = abs(numbers[0]), abs(numbers[1])
        if (x, y) == (self.x, self.y):
            self.kind = "L"  # it is left out, but drawn it was
            return
        if not rx or not ry:
            self._to("L", (x, y))
            return
        flags = (numbers[3] != 0, numbers[4] != 0)
        for curve in arc((self.x, self.y), rx, ry, numbers[2], flags, (x, y)):
            self._to("C", curve)
        self.kind = "L"  # S after an arc has no control point to go on from

    def _to(self, letter: str, points: tuple[float, ...]) -> None:
        self.segments.append((letter, points))
        self.x, self.y = points[-2:]
        self.kind = letter


def read_path(text: str) -> tuple[list[Segment], bool]:
    """The segments of path data, and whether it was sound; each subpath begins with M."""
    sound = _SOUND.match(text)
    end = sound.end() if sound else 0
    whole = end == len(text)
    pen = Pen()
    for command, arguments in _COMMANDS.findall(text if whole else text[:end]):
        if not pen.segments and command not in "Mm":
            return [], False
        try:
            fine = _draw(pen, command, arguments)
        except (OverflowError, ZeroDivisionError, ValueError):  # an arc beyond all numbers
            fine = False
        if not fine:
            whole = False
            break
    return _finite(pen.segments, whole=whole)


def _draw(pen: Pen, command: str, arguments: str) -> bool:
    """Draw a command as often as it has numbers for; whether nothing was left over or missing."""
    upper = command.upper()
    if upper == "Z":
        pen.close()
        return not arguments.strip()
    if upper == "A":
        return _draw_arcs(pen, command, arguments)
    numbers = [float(text) for text in _NUMBERS.findall(arguments)]
    arity = _ARITY[upper]
    whole = len(numbers) - len(numbers) % arity
    for place in range(0, whole, arity):
        pen.draw(command, numbers[place : place + arity])
        command = {"M": "L", "m": "l"}.get(command, command)
    return whole == len(numbers) > 0


def _draw_arcs(pen: Pen, command: str, arguments: str) -> bool:
    """The flags of an arc may stand without anything between them and what follows: `a1 1 0 011.5.5`."""
    place = 0
    while found := _ARC.match(arguments, place):
        pen.draw(command, [float(text) for text in found.groups()])
        place = found.end()
    return place > 0 and not arguments[place:].strip()


def _finite(segments: list[Segment], *, whole: bool) -> tuple[list[Segment], bool]:
    """Cut off what begins with a number that has overflowed."""
    for place, (_, points) in enumerate(segments):
        for value in points:
            if not math.isfinite(value):
                return segments[:place], False
    return segments, whole
