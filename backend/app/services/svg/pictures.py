"""Drawings as pictures (PNG), painted by resvg in a process of its own."""

from app.core.errors import DrawingTooLarge
from app.services.svg.bounds import Box
from app.services.svg.exports import Export
from app.services.worker_processes import Confines, WorkerFailed, WorkerProcesses

LARGEST = 4096
"""Pixels of the longer side, at most."""
CONFINES = Confines(memory=1024**3, cpu_seconds=20, seconds=60.0)
AT_ONCE = 1
BACKGROUNDS = {"white": "#ffffff", "transparent": ""}
"""CSS colours by what they are called here."""


class Pictures:
    """Paints pictures, one after the other."""

    def __init__(self) -> None:
        self._painters = WorkerProcesses("app.services.svg.painter", CONFINES, AT_ONCE)

    async def paint(self, export: Export, width: int, background: str) -> bytes:
        """A PNG of so many pixels in width, fewer if it would be too high; raises DrawingTooLarge.

        `background`: a CSS colour; empty for none.
        """
        try:
            return await self._painters.run(export.parts(size_of(export.box, width)), background)
        except WorkerFailed as failed:
            if failed.over is None:
                raise
            raise DrawingTooLarge(f"The drawing takes too much {failed.over} to paint: take it as SVG.") from None


def size_of(box: Box, width: int) -> tuple[int, int]:
    """Pixels of a picture: as wide as asked for, unless it would be higher than LARGEST then."""
    _, _, across, down = box
    height = width * down / across
    if height > LARGEST:
        width, height = round(width * LARGEST / height), LARGEST
    return max(1, width), max(1, round(height))
