"""Elliptical arcs as cubic curves (SVG 2, appendix B.2)."""

import math
from collections.abc import Iterator

Curve = tuple[float, float, float, float, float, float]


def arc(
    start: tuple[float, float], rx: float, ry: float, turn: float, flags: tuple[bool, bool], end: tuple[float, float]
) -> Iterator[Curve]:
    """The curves from `start` to `end`; radii above 0, `turn` in degrees, `flags` large-arc and sweep."""
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cosine * dx + sine * dy, cosine * dy - sine * dx
    excess = math.hypot(x / rx, y / ry)
    if excess > 1:  # too small to reach: as large as need be
        rx, ry = rx * excess, ry * excess
    u, v = x / rx, y / ry  # on the unit circle from here on
    reach = u * u + v * v
    factor = math.sqrt(max(0.0, 1 / reach - 1)) * (-1 if flags[0] == flags[1] else 1) if reach else 0.0
    cu, cv = factor * v, -factor * u
    first = math.atan2(v - cv, u - cu)
    sweep = math.atan2(-v - cv, -u - cu) - first
    if flags[1] and sweep < 0:
        sweep += 2 * math.pi
    elif not flags[1] and sweep > 0:
        sweep -= 2 * math.pi
    cx = cosine * cu * rx - sine * cv * ry + (start[0] + end[0]) / 2
    cy = sine * cu * rx + cosine * cv * ry + (start[1] + end[1]) / 2
    axes = (cosine * rx, sine * rx, -sine * ry, cosine * ry)
    yield from _pieces((cx, cy), axes, first, sweep, end)


def _pieces(
    center: tuple[float, float],
    axes: tuple[float, float, float, float],
    first: float,
    sweep: float,
    end: tuple[float, float],
) -> Iterator[Curve]:
    """One curve for each quarter turn or less; the last one ends exactly at `end`."""
    count = max(1, math.ceil(abs(sweep) / (math.pi / 2) - 1e-6))
    step = sweep / count
    handle = 4 / 3 * math.tan(step / 4)
    a, b, c, d = axes
    cx, cy = center
    cos0, sin0 = math.cos(first), math.sin(first)
    for number in range(1, count + 1):
        cos1, sin1 = math.cos(first + number * step), math.sin(first + number * step)
        u1, v1 = cos0 - handle * sin0, sin0 + handle * cos0
        u2, v2 = cos1 + handle * sin1, sin1 - handle * cos1
        x, y = end if number == count else (cx + a * cos1 + c * sin1, cy + b * cos1 + d * sin1)
        yield (cx + a * u1 + c * v1, cy + b * u1 + d * v1, cx + a * u2 + c * v2, cy + b * u2 + d * v2, x, y)
        cos0, sin0 = cos1, sin1
