"""The exported file (H7), made of the stored values and nothing else."""

from app.services.svg.bounds import Box
from app.utils.numbers import format_number

TAIL = b"</svg>\n"


def head(box: Box, size: tuple[int, int] | None = None) -> str:
    """The root's start tag: one board unit is one CSS pixel, unless a `size` in pixels is wanted."""
    x, y, w, h = (format_number(value / 1000) for value in box)
    width, height = size or (w, h)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {y} {w} {h}" width="{width}" height="{height}"'
        ' fill="none" stroke-linecap="round" stroke-linejoin="round">\n'
    )


def element(d: str, color: str, width: float) -> str:
    """One path. Its values are those of V1, in which nothing needs to be escaped."""
    return f'<path d="{d}" stroke="{color[:7]}" stroke-width="{format_number(width)}"{_opacity(color)}/>\n'


def _opacity(color: str) -> str:
    """Alpha as a decimal; three places give the same byte back, and `#rrggbbaa` is not understood everywhere."""
    return f' stroke-opacity="{format_number(int(color[7:], 16) / 255)}"' if len(color) == 9 else ""
