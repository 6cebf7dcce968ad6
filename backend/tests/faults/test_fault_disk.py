"""The disk is full, writes fail, or the database is locked: only what is saved is acknowledged, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import pytest
from fault_crowd import Crowd, Drawer, on_disk
from fault_disk import filled, locked, no_file_may_grow, small_file_system
from server_process import ServerProcess
from wire_door import Door, Room, http

SEED = 77
PATIENCE = 20.0
FULL_MIB = 6
LASTING = {"locked": 5.0, "disk-full": 8.0, "io-error": 8.0}
VARIANTS = {"test_the_disk_is_in_the_way": [("io-error",), ("disk-full",)]}
LONG_VARIANTS = {"test_the_disk_is_in_the_way": [("locked",)]}

pytestmark = pytest.mark.skipif("config.getoption('--database') != 'sqlite'", reason="about SQLite's file")

Trouble = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def trouble(kind: str, server: ServerProcess) -> AsyncIterator[None]:
    """The disk is in the way while the block runs."""
    if kind == "locked":
        async with locked(server.data_dir / "whiteboard.db"):
            yield
    else:
        with no_file_may_grow(server) if kind == "io-error" else filled(server.data_dir):
            yield


async def test_the_disk_is_in_the_way(
    variant: tuple[str], data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    (kind,) = variant
    with small_file_system(data_dir, FULL_MIB) if kind == "disk-full" else nullcontext(True) as possible:
        if not possible:
            pytest.skip("a file system to fill can be mounted by root only")
        with ServerProcess(data_dir) as server:
            for round_ in range(3 if long else 1):
                await one_round(kind, server, round_, figures, long)
            assert "Traceback" not in server.stderr, server.stderr


async def one_round(kind: str, server: ServerProcess, round_: int, figures: Callable[..., None], long: bool) -> None:
    lasting = 2.0 if not long else LASTING[kind]
    async with await Crowd.enter([server.url], 6, seed=SEED + round_, watchers=1) as crowd:
        crowd.draw()
        await asyncio.sleep(0.5)
        async with trouble(kind, server):
            began = time.monotonic()
            await until_stuck(kind, crowd)
            stuck = crowd.book.acks
            entering = await look_and_enter(server, crowd)
            await asyncio.sleep(max(0.0, began + lasting - time.monotonic()))
            acked = crowd.book.acks - stuck
            all_promised_is_on_disk(server, crowd)
        ended = time.monotonic()
        waiting = {each: list(each.client.sync.pending) for each in crowd.drawers}
        saved = await crowd.until(lambda: all(gone(each, ops) for each, ops in waiting.items()), PATIENCE, "all saved")
        told = sum(error.code == "storage_unavailable" for each in crowd.drawers for error in each.client.errors)
        others = {error.code for each in crowd.drawers for error in each.client.errors} - {"storage_unavailable"}
        result = await crowd.judge(server.data_dir)
    assert others == set()
    assert acked == 0 or kind == "disk-full", "a full disk may have room for a small commit still"
    assert told or kind == "locked", "those who draw are told"
    assert saved < 5
    figures(
        f"disk-{kind}",
        **result,
        lasted=ended - began,
        acked_while_stuck=acked,
        told=told,
        all_saved_after=saved,
        http_enter=entering,
    )


def gone(drawer: Drawer, ops: list[object]) -> bool:
    """Is none of these ops waiting any more?"""
    waiting = set(map(id, drawer.client.sync.pending))
    return not any(id(op) in waiting for op in ops)


def all_promised_is_on_disk(server: ServerProcess, crowd: Crowd) -> None:
    """Nothing that was acknowledged or shown by now is missing in the database."""
    shown = [op for each in crowd.everybody for op in each.shown.records.values()]
    acked = list(crowd.book.acked)
    disk = on_disk(server.data_dir, crowd.room_id)
    assert [op for op in acked + shown if not disk.holds(op)] == []


async def until_stuck(kind: str, crowd: Crowd) -> None:
    """Wait until nothing is saved any more: those who draw are told, or (locked) no ack has come for a second."""

    def told() -> bool:
        return any(error.code == "storage_unavailable" for each in crowd.drawers for error in each.client.errors)

    def silent() -> bool:
        return time.monotonic() - max(each.last_ack for each in crowd.drawers) > 1

    await crowd.until(silent if kind == "locked" else told, PATIENCE, "the disk in the way")


async def look_and_enter(server: ServerProcess, crowd: Crowd) -> int:
    """Look at the room and come in by a token, with the whole drawing; gives the status of a new session."""
    async with http(server.url) as client:
        look = await client.get(f"/api/rooms/{crowd.room_id}", headers={"Authorization": f"Bearer {crowd.token}"})
        assert look.status_code == 200, look.text
        assert (await client.get("/readyz")).status_code == 200
        body = {"name": "New", "invite": crowd.invite}
        entering = asyncio.create_task(client.post(f"/api/rooms/{crowd.room_id}/sessions", json=body))
        before = on_disk(server.data_dir, crowd.room_id)
        async with Door(server.url) as door:
            newcomer = await door.enter(Room(crowd.room_id, crowd.invite, crowd.token, {}))
            board = newcomer.board
        after = on_disk(server.data_dir, crowd.room_id)
        assert all(board.holds(op) for op in before.records.values() if op["op"] == "put")
        assert all(after.holds(op) for op in board.records.values())
        answer = await entering
    assert answer.status_code == 201 or "Retry-After" in answer.headers, answer.text
    return answer.status_code
