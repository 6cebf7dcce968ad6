"""Pictures have the size that was asked for, within bounds, and show the drawing."""

import struct
import zlib

import pytest

from app.core.errors import DrawingTooLarge
from app.services.svg import document
from app.services.svg.bounds import Bounds
from app.services.svg.exports import Export
from app.services.svg.pictures import LARGEST, Pictures, size_of
from app.services.worker_processes import Confines, WorkerProcesses

Pixel = tuple[int, ...]


def export_of(*drawn: tuple[str, str, float]) -> Export:
    bounds = Bounds()
    for d, _, width in drawn:
        bounds.add(d, width)
    text = "".join(document.element(*each) for each in drawn).encode() + document.TAIL
    return Export("etag", bounds.box(), 0, (zlib.compress(text),))


def pixels(png: bytes) -> list[list[Pixel]]:
    """The pixels of a PNG with 8 bits a channel, undoing its filters (https://www.w3.org/TR/png/#9Filters)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = dict[bytes, bytes](), 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (8, 6)
    data, above, rows = zlib.decompress(chunks[b"IDAT"]), bytes(width * 4), []
    for row in range(height):
        kind, *line = data[row * (width * 4 + 1) : (row + 1) * (width * 4 + 1)]
        above = _unfiltered(kind, line, above)
        rows.append([tuple(above[i : i + 4]) for i in range(0, len(above), 4)])
    return rows


def _unfiltered(kind: int, line: list[int], above: bytes) -> bytes:
    done = bytearray(4)
    corner = bytes(4) + above
    for i, value in enumerate(line):
        left, up, diagonal = done[i], above[i], corner[i]
        nearest = min((left, up, diagonal), key=lambda near, sum_=left + up - diagonal: abs(sum_ - near))
        done.append((value + (0, left, up, (left + up) // 2, nearest)[kind]) % 256)
    return bytes(done[4:])


@pytest.mark.parametrize(
    ("box", "width", "size"),
    [
        ((0, 0, 100_000, 100_000), 1600, (1600, 1600)),
        ((-5, 7, 200_000, 100_000), 1600, (1600, 800)),
        ((0, 0, 100_000, 1000), 100, (100, 1)),
        ((0, 0, 2_001_000_000, 10), 1600, (1600, 1)),
        ((0, 0, 10, 2_001_000_000), 1600, (1, LARGEST)),
        ((0, 0, 1000, 2000), LARGEST, (LARGEST // 2, LARGEST)),
        ((0, 0, 10, 10), 1, (1, 1)),
    ],
)
def test_a_picture_is_as_wide_as_asked_for_unless_too_high(
    box: tuple[int, int, int, int], width: int, size: tuple[int, int]
) -> None:
    assert size_of(box, width) == size


@pytest.mark.process
async def test_a_picture_shows_the_drawing() -> None:
    drawing = export_of(("M0 0L40 0", "#ff0000", 20.0), ("M0 20L40 20", "#0000ff80", 20.0))
    shown = pixels(await Pictures().paint(drawing, 60, "#ffffff"))
    assert (len(shown[0]), len(shown)) == (60, 40)
    assert shown[10][30] == (255, 0, 0, 255)
    assert shown[30][30] == (127, 127, 255, 255)
    assert shown[0][0] == (255, 255, 255, 255)


@pytest.mark.process
async def test_a_picture_may_be_transparent() -> None:
    shown = pixels(await Pictures().paint(export_of(("M0 0L4 0", "#00ff0080", 2.0)), 60, ""))
    assert shown[0][0] == (0, 0, 0, 0)
    assert shown[10][30][3] == 128


@pytest.mark.process
@pytest.mark.parametrize("box", [(10, 2_001_000_000), (2_001_000_000, 10)])
async def test_a_long_thin_drawing_is_a_picture_too(box: tuple[int, int]) -> None:
    ends = "M-1000000 0L1000000 0" if box[0] > box[1] else "M0 -1000000L0 1000000"
    shown = pixels(await Pictures().paint(export_of((ends, "#000000", 0.01)), 300, ""))
    assert 1 in (len(shown), len(shown[0]))


@pytest.mark.process
async def test_an_empty_board_is_a_white_picture() -> None:
    shown = pixels(await Pictures().paint(export_of(), 8, "#ffffff"))
    assert {pixel for row in shown for pixel in row} == {(255, 255, 255, 255)}


@pytest.mark.process
async def test_one_that_takes_too_much_is_told_so() -> None:
    pictures = Pictures()
    pictures._painters = WorkerProcesses("app.services.svg.painter", Confines(1024**3, 20, 0.0), 1)
    with pytest.raises(DrawingTooLarge, match="too much time"):
        await pictures.paint(export_of(("M0 0Z", "#000000", 1.0)), 8, "")
    pictures._painters = WorkerProcesses("app.services.svg.painter", Confines(100 * 1024**2, 20, 60), 1)
    with pytest.raises(DrawingTooLarge, match="too much memory"):
        await pictures.paint(export_of(*[("M0 0L1 1", "#000000", 1.0)] * 3), LARGEST, "#ffffff")
