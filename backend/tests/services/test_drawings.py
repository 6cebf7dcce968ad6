"""The contract of the drawing store: order of arrival never matters, and rows stay small."""

import os
import random
import uuid
from pathlib import Path as FilePath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import on_both

from app.core.clock import Clock
from app.core.database import Database
from app.core.errors import RoomNotFound
from app.core.security import Keys, Tokens
from app.schemas.ops import Clear, Delete, Op, Put
from app.services.drawings import Drawings, RoomOps
from app.services.realtime.board import Board
from app.services.rooms import Rooms

IDS = [f"0190a000-0000-7000-8000-00000000000{digit}" for digit in range(4)]
stamps = st.integers(1, 6)
puts = st.builds(
    Put,
    id=st.sampled_from(IDS),
    ts=stamps,
    d=st.sampled_from(["M0 0L1 1", "M0 0L10 1", "M0 0Z"]),
    color=st.sampled_from(["#000000", "#00000080"]),
    width=st.sampled_from([2.0, 10.0]),
)
ops = st.one_of(puts, st.builds(Delete, id=st.sampled_from(IDS), ts=stamps), st.builds(Clear, ts=stamps))


async def new_room(database: Database) -> int:
    entry = await Rooms(database, Tokens(Keys([os.urandom(32)]), 1), Clock()).create("Ada", "127.0.0.1")
    assert entry.room.key is not None
    return entry.room.key


def contents(board: Board) -> tuple[list[bytes], list[tuple[str, int]], int, int]:
    return sorted(board.paths()), sorted(board.tombstones()), board.cleared, board.sum()


@on_both
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ops, max_size=4), max_size=6))
async def test_w4_the_store_merges_as_the_board_does(database: Database, batches: list[list[Op]]) -> None:
    key = await new_room(database)
    drawings = Drawings(database)
    board = Board()
    for batch in batches:
        reduced = Board()
        standing = [op for op in batch if reduced.merge(op)]
        for op in batch:
            board.merge(op)
        for op in standing:
            await drawings.commit([RoomOps(key, [op])])
    assert contents(await drawings.load(key)) == contents(board)


@on_both
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(ops, max_size=8), seed=st.integers())
async def test_w4_any_order_of_commits_gives_the_same_rows(database: Database, some: list[Op], seed: int) -> None:
    one, other = await new_room(database), await new_room(database)
    drawings = Drawings(database)
    for op in some:
        await drawings.commit([RoomOps(one, [op])])
    for op in random.Random(seed).sample(some, len(some)):
        await drawings.commit([RoomOps(other, [op])])
    assert contents(await drawings.load(one)) == contents(await drawings.load(other))


@on_both
async def test_one_commit_saves_many_rooms_and_mixes_none(database: Database) -> None:
    keys = [await new_room(database) for _ in range(3)]
    drawings = Drawings(database)
    await drawings.commit([RoomOps(key, [Put(IDS[0], 5 + key, "M0 0L1 1", "#000000", 1)]) for key in reversed(keys)])
    boards = [await drawings.load(key) for key in keys]
    assert [board.newest for board in boards] == [5 + key for key in keys]


@on_both
async def test_w2_a_clear_leaves_no_row_behind_it(database: Database) -> None:
    key = await new_room(database)
    drawings = Drawings(database)
    await drawings.commit([RoomOps(key, [Put(IDS[0], 5, "M0 0L1 1", "#000000", 1), Delete(IDS[1], 6)])])
    await drawings.commit([RoomOps(key, [Clear(6), Put(IDS[2], 7, "M0 0L1 1", "#000000", 1)])])
    board = await drawings.load(key)
    assert (board.count, list(board.tombstones()), board.cleared) == (1, [], 6)


async def test_a_room_that_is_gone_is_not_found(database: Database) -> None:
    with pytest.raises(RoomNotFound):
        await Drawings(database).load(12345)


@on_both
async def test_w5_old_tombstones_are_forgotten_and_nothing_else(database: Database) -> None:
    key = await new_room(database)
    drawings = Drawings(database)
    old = Put(IDS[2], 5, "M0 0L1 1", "#000000", 1)
    await drawings.commit([RoomOps(key, [Delete(IDS[0], 5), Delete(IDS[1], 10), old])])
    await drawings.forget(10)
    board = await drawings.load(key)
    assert list(board.tombstones()) == [(IDS[1], 10)]
    assert board.count == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rooms", [1, 40])
async def test_a_stroke_of_30_points_costs_at_most_1_5_times_its_path_data(
    database: Database, tmp_path: FilePath, rooms: int
) -> None:
    """The rooms draw in turn, as on a busy server: their rows interleave, which is the worst for the index."""
    keys = [await new_room(database) for _ in range(rooms)]
    drawings = Drawings(database)
    rng = random.Random(1)
    await drawings.commit([])
    await close_log(database)
    before = (tmp_path / "whiteboard.db").stat().st_size
    path_bytes = 0
    for tick in range(100):
        strokes = {key: [stroke(rng) for _ in range(40 // rooms)] for key in keys}
        path_bytes += sum(len(d) for drawn in strokes.values() for d in drawn)
        await drawings.commit(
            [
                RoomOps(key, [Put(uuid7(rng, tick), 2**52 + tick, d, "#1d3557", 2.5) for d in drawn])
                for key, drawn in strokes.items()
            ]
        )
    await close_log(database)
    assert (tmp_path / "whiteboard.db").stat().st_size - before <= 1.5 * path_bytes


async def close_log(database: Database) -> None:
    """Fold the log into the file, so that the file's size says it all."""
    await database.write(lambda db: db.connection())
    connection = database._writing.engine.raw_connection()
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def stroke(rng: random.Random) -> str:
    """Thirty points of a hand's stroke, to a tenth of a pixel."""
    x, y = rng.uniform(0, 2000), rng.uniform(0, 2000)
    points = []
    for _ in range(30):
        x, y = x + rng.uniform(-9, 9), y + rng.uniform(-9, 9)
        points.append(f"{x:.1f} {y:.1f}".replace(".0", ""))
    return "M" + "L".join(points)


def uuid7(rng: random.Random, ms: int) -> str:
    value = (1_700_000_000_000 + ms) << 80 | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62)
    return str(uuid.UUID(int=value))
