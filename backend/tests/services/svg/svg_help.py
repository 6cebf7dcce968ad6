"""Small drawings for the tests of the import: a body in, the paths and the report out."""

from app.schemas.values import color_fault, path_data_fault, width_fault
from app.services.svg.limits import Limits
from app.services.svg.report import Imported
from app.services.svg.resolver import import_svg

ROOT = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
STROKED = 'stroke="#010203" fill="none" stroke-linecap="round" stroke-linejoin="round"'


def read(svg: str | bytes, limits: Limits | None = None) -> Imported:
    """Import a whole file; whatever comes out is as V1 demands."""
    imported = import_svg(svg.encode() if isinstance(svg, str) else svg, limits or Limits())
    for d, color, width in imported.paths:
        assert path_data_fault(d) is None, d
        assert color_fault(color) is None, color
        assert width_fault(width) is None, width
    return imported


def document(body: str, root: str = 'viewBox="0 0 100 100"') -> str:
    """A file around some elements."""
    return f"<svg {ROOT} {root}>{body}</svg>"


def draw(body: str, root: str = 'viewBox="0 0 100 100"') -> Imported:
    """Import some elements."""
    return read(document(body, root))


def lines(body: str, root: str = 'viewBox="0 0 100 100"') -> list[str]:
    """The `d` of every path, all elements being stroked unless they say otherwise."""
    return [d for d, _, _ in draw(f"<g {STROKED}>{body}</g>", root).paths]


def reasons(imported: Imported) -> dict[tuple[str, str], int]:
    """The report, by element and reason."""
    return {(each.element, each.reason): each.count for each in imported.skipped}
