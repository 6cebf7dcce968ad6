"""C4: the orderly end, and what is there afterwards; and a crash, which nothing acknowledged is lost by."""

import asyncio
from collections.abc import Iterator

import pytest
from server_process import ServerProcess
from wire import Client
from wire_door import Door

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that each test ends and starts again."""
    with ServerProcess(tmp_path_factory.mktemp("server") / "data", {"REDIS_URL": ""}) as server:  # it ends with it
        yield server


async def test_c4_the_last_tick_then_bye_then_1012_and_all_is_there_after_the_restart(running: ServerProcess) -> None:
    async with Door(running.url) as door:
        room = await door.create()
        clients = await door.several(room, ["Ada", "Bob", "Cyd"])
        last = [await send_the_last(client) for client in clients]
        status = await asyncio.to_thread(running.terminate)
        assert status == 0
        assert "Traceback" not in running.stderr, running.stderr
        for client in clients:
            assert (await client.until_closed())[0] == 1012
            kinds = [frame["t"] for frame in client.frames]
            assert kinds[-1] == "bye"
            assert kinds.count("bye") == 1
            assert client.acked == max(client.sent)
            assert set(last) <= client.board.paths.keys()
        await asyncio.to_thread(running.start)
        back = await door.enter(room, memory=clients[0].memory)
        assert back.welcome["sync"] == "full"
        assert set(back.board.paths) == {op["id"] for client in clients for ops in client.sent.values() for op in ops}
        assert list(back.users.values()) == ["Ada"]


async def send_the_last(client: Client) -> str:
    """Send a few batches; the last is taken in, but likely not acknowledged yet."""
    for _ in range(5):
        await client.batch(client.put())
    await client.ping()
    return str(client.sent[5][0]["id"])


async def test_c4_a_stroke_under_way_is_kept_over_a_restart(running: ServerProcess) -> None:
    async with Door(running.url) as door:
        room = await door.create()
        one = await door.enter(room)
        piece = one.piece(1, 2, 3, 4)
        await one.live(piece)
        await one.until(lambda: piece["id"] in one.strokes)
        assert await asyncio.to_thread(running.terminate) == 0
        await asyncio.to_thread(running.start)
        back = await door.enter(room, memory=one.memory)
        await back.until(lambda: piece["id"] in back.board.paths)


async def test_s4_what_was_acknowledged_survives_a_crash(running: ServerProcess) -> None:
    async with Door(running.url) as door:
        room = await door.create()
        one = await door.enter(room)
        for _ in range(20):
            await one.batch(one.put())
            await asyncio.sleep(0.02)
        await one.until(lambda: one.acked >= 10)
        await asyncio.to_thread(running.kill)
        await one.until(lambda: one.closed)
        shown = set(one.board.paths)
        await asyncio.to_thread(running.start)
        back = await door.enter(room, memory=one.memory)
        assert back.welcome["sync"] == "full"
        assert shown <= set(back.board.paths)
        await back.save(*one.unacknowledged)
        assert len(back.board.paths) == 20
