"""What is judged: an import, and the export of what came of it."""

from app.core.errors import InvalidSvg
from app.services.svg import document
from app.services.svg.bounds import Bounds
from app.services.svg.limits import Limits
from app.services.svg.report import ImportedPath
from app.services.svg.resolver import import_svg

LIMITS = Limits()


def imported(svg: bytes) -> list[ImportedPath]:
    """The paths of a file, in their order of drawing; none if there is nothing in it that can be used."""
    try:
        return import_svg(svg, LIMITS).paths
    except InvalidSvg as error:
        if "nothing that can be used" in error.detail:
            return []
        raise


def exported(paths: list[ImportedPath]) -> bytes:
    """The file that a board with these paths is exported as."""
    bounds = Bounds()
    for d, _, width in paths:
        bounds.add(d, width)
    return (document.head(bounds.box()) + "".join(document.element(*path) for path in paths)).encode() + document.TAIL
