"""H7: exports of what is stored: in order, not torn, and known by an ETag."""

import asyncio
import gzip
import os
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session
from wire_values import joined, paths

from app.core.clock import Clock
from app.core.database import Database
from app.core.security import Keys, Tokens
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.drawings import Drawings, RoomOps, forget, save
from app.services.rooms import Rooms
from app.services.svg import exports
from app.services.svg.exports import Export, Exports, export_of
from app.services.svg.limits import Limits
from app.services.svg.resolver import import_svg

SVG = "{http://www.w3.org/2000/svg}"
Drawn = tuple[str, str, float]

colors = st.builds(
    lambda rgb, alpha: f"#{rgb:06x}{alpha}",
    st.integers(0, 0xFFFFFF),
    st.just("") | st.builds("{:02x}".format, st.integers(1, 254)),
)
widths = st.builds(lambda thousandths: thousandths / 1000, st.integers(10, 1_000_000))
drawings = st.lists(st.tuples(st.builds(joined, paths), colors, widths), max_size=6)


def id_of(number: int) -> str:
    return f"0190a000-0000-7000-8000-{number:012x}"


async def new_room(database: Database) -> int:
    entry = await Rooms(database, Tokens(Keys([os.urandom(32)]), 1), Clock()).create("Ada", "127.0.0.1")
    assert entry.room.key is not None
    return entry.room.key


async def room_with(database: Database, drawn: list[Drawn]) -> int:
    key = await new_room(database)
    puts: list[Op] = [Put(id_of(place), 1, *each) for place, each in enumerate(drawn)]
    await Drawings(database).commit([RoomOps(key, puts[::-1])])
    return key


async def svg_of(database: Database, key: int) -> bytes:
    return b"".join((await Exports(database).get(key)).parts())


def read(svg: bytes) -> list[Drawn]:
    """What an importer that knows nothing but this format makes of a file."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    assert {child.tag for child in root} <= {f"{SVG}path"}
    return [_read_path(child) for child in root]


def _read_path(path: ET.Element) -> Drawn:
    opacity = path.get("stroke-opacity")
    alpha = "" if opacity is None else f"{round(float(opacity) * 255):02x}"
    return path.attrib["d"], path.attrib["stroke"] + alpha, float(path.attrib["stroke-width"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=drawings)
async def test_h7_an_export_that_is_read_and_exported_again_is_the_same(database: Database, drawn: list[Drawn]) -> None:
    svg = await svg_of(database, await room_with(database, drawn))
    assert read(svg) == drawn
    assert await svg_of(database, await room_with(database, read(svg))) == svg


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=drawings)
async def test_h7_an_export_that_is_imported_and_exported_again_is_the_same(
    database: Database, drawn: list[Drawn]
) -> None:
    svg = await svg_of(database, await room_with(database, drawn))
    imported = import_svg(svg, Limits())
    assert (imported.paths, imported.skipped) == (drawn, [])
    assert await svg_of(database, await room_with(database, imported.paths)) == svg


async def test_h7_paths_come_in_the_order_of_their_ids_and_deleted_ones_not_at_all(database: Database) -> None:
    key = await new_room(database)
    numbers = [7, 3, 255, 0, 16, 4096]
    await Drawings(database).commit([RoomOps(key, [Put(id_of(n), 5, f"M{n} 0Z", "#000000", 1) for n in numbers])])
    await Drawings(database).commit([RoomOps(key, [Delete(id_of(16), 6), Put(id_of(3), 6, "M1 1Z", "#000000", 1)])])
    other = await room_with(database, [("M99 99Z", "#ffffff", 1)])
    assert [d for d, _, _ in read(await svg_of(database, key))] == ["M0 0Z", "M1 1Z", "M7 0Z", "M255 0Z", "M4096 0Z"]
    assert len(read(await svg_of(database, other))) == 1


async def test_h7_an_empty_board_is_a_file_too(database: Database) -> None:
    assert read(await svg_of(database, await new_room(database))) == []


async def test_h7_many_parts_are_one_file_of_the_size_that_is_told(database: Database) -> None:
    drawn = [(f"M{n} 0L{n} {n % 7}", "#123456", 2.0) for n in range(9000)]
    key = await room_with(database, drawn)
    export = await Exports(database).get(key)
    assert len(list(export.parts())) > 4
    svg = b"".join(export.parts())
    assert len(svg) == export.length
    assert read(svg) == drawn
    assert gzip.decompress(b"".join(export.gzipped())) == svg


async def test_h7_a_board_that_changes_meanwhile_is_not_torn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear, put and deletion after the other, all of them while rows are read."""
    before = [(f"M{n} 0Z", "#000000", 1.0) for n in range(2000)]
    key = await room_with(database, before)
    changes: list[list[Op]] = [[Put(id_of(1999), 9, "M5 5Z", "#00ff00", 1)], [Delete(id_of(1998), 9)], [Clear(9)]]
    element = exports.document.element

    def meddling(d: str, color: str, width: float) -> str:
        if changes and d.startswith("M1"):
            database._writing.threads.submit(_save, database, RoomOps(key, changes.pop(0))).result()
        return element(d, color, width)

    monkeypatch.setattr(exports.document, "element", meddling)
    torn = Exports(database)
    export = await torn.get(key)
    assert not changes
    assert read(b"".join(export.parts())) == before
    assert export.etag != await torn.etag(key)
    assert read(await svg_of(database, key)) == []


def _save(database: Database, change: RoomOps) -> None:
    with Session(database._writing.engine) as db, db.begin():
        save(db, [change])


steps = st.lists(
    st.one_of(
        st.builds(
            Put,
            id=st.builds(id_of, st.integers(0, 3)),
            ts=st.integers(1, 9),
            d=st.sampled_from(["M0 0Z", "M1 1Z"]),
            color=st.just("#000000"),
            width=st.just(1.0),
        ),
        st.builds(Delete, id=st.builds(id_of, st.integers(0, 3)), ts=st.integers(1, 9)),
        st.builds(Clear, ts=st.integers(1, 4)),
        st.integers(1, 9),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_states_that_differ_have_other_etags(database: Database, steps: list[Op | int]) -> None:
    """A number stands for forgetting the tombstones below it."""
    key = await new_room(database)
    seen: dict[str, bytes] = {}
    for step in steps:
        await database.write(
            lambda db, step=step: forget(db, step) if isinstance(step, int) else save(db, [RoomOps(key, [step])])
        )
        export = await Exports(database).get(key)
        svg = b"".join(export.parts())
        assert export.etag == await Exports(database).etag(key)
        assert seen.setdefault(export.etag, svg) == svg


async def test_an_etag_is_of_one_room(database: Database) -> None:
    made = Exports(database)
    assert await made.etag(await new_room(database)) != await made.etag(await new_room(database))


async def test_the_same_state_is_made_once_while_somebody_takes_it(database: Database) -> None:
    key = await room_with(database, [("M0 0Z", "#000000", 1.0)])
    made = Exports(database)
    first: Export | None = await made.get(key)
    assert await made.get(key) is first
    first = None
    while made._known:  # noqa: ASYNC110 - the thread that made it may hold it for a moment
        await asyncio.sleep(0.01)
    assert await database.read(lambda db: export_of(db, key).etag) == await made.etag(key)
