"""Affine maps (a, b, c, d, e, f): x' = ax + cy + e, y' = bx + dy + f, as SVG writes them."""

import math

Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def product(m: Matrix, n: Matrix) -> Matrix:
    """First `n`, then `m`."""
    if n is IDENTITY:
        return m
    if m is IDENTITY:
        return n
    a, b, c, d, e, f = m
    p, q, r, s, t, u = n
    return (a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f)


def translation(x: float, y: float) -> Matrix:
    """Move by (x, y)."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def scaling(x: float, y: float) -> Matrix:
    """Stretch from the origin."""
    return (x, 0.0, 0.0, y, 0.0, 0.0)


def rotation(degrees: float) -> Matrix:
    """Turn about the origin; quarter turns are exact."""
    quarters, rest = divmod(degrees, 90)
    if rest:
        angle = math.radians(degrees)
        cosine, sine = math.cos(angle), math.sin(angle)
    else:
        cosine, sine = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarters % 4)]
    return (cosine, sine, -sine, cosine, 0.0, 0.0)


def skewing(x: float, y: float) -> Matrix:
    """Slant by angles in degrees."""
    return (1.0, math.tan(math.radians(y)), math.tan(math.radians(x)), 1.0, 0.0, 0.0)


def around(m: Matrix, x: float, y: float) -> Matrix:
    """`m` with (x, y) as its origin."""
    if not x and not y:
        return m
    return product(product(translation(x, y), m), translation(-x, -y))


def is_finite(m: Matrix) -> bool:
    """Whether no number in it has overflowed."""
    return all(map(math.isfinite, m))


def growth(m: Matrix) -> float:
    """√|det|: by how much a line's width grows."""
    return math.sqrt(abs(m[0] * m[3] - m[1] * m[2]))


def is_uneven(m: Matrix) -> bool:
    """Whether it makes an ellipse of a circle (by more than 1 %)."""
    a, b, c, d, _, _ = m
    total, area = a * a + b * b + c * c + d * d, abs(a * d - b * c)
    return total > area * 2.0001  # (s² + t²) / st for the two extents s, t: 2 if they are equal, 2.0001 at 1 %
