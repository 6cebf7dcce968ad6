"""Who waits to say hello, and who gives way."""

import asyncio

import pytest

from app.api.websockets import lobby as module
from app.api.websockets.lobby import Lobby


async def wait(lobby: Lobby, seconds: float = 60) -> str:
    """Be one who never says hello; tells how it ended."""
    try:
        async with lobby.waiting(seconds):
            await asyncio.sleep(3600)
    except TimeoutError:
        return "gave way, or was late"
    return "never"


async def waiters(lobby: Lobby, count: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(wait(lobby)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def end(tasks: list[asyncio.Task[str]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_c1_nobody_gives_way_who_has_just_come() -> None:
    lobby = Lobby(2)
    assert lobby.admits()
    tasks = await waiters(lobby, 2)
    assert [lobby.admits() for _ in range(3)] == [False] * 3
    await end(tasks[:1])
    assert lobby.admits()
    await end(tasks)


async def test_c1_the_oldest_gives_way_and_only_one_for_each_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAIR_SECONDS", 0)
    lobby = Lobby(3)
    first, second, third = tasks = await waiters(lobby, 3)
    assert lobby.admits()
    assert await first == "gave way, or was late"
    assert lobby.admits(), "there is room now"
    tasks += await waiters(lobby, 1)
    assert lobby.admits()
    assert await second == "gave way, or was late"
    assert not third.done()
    await end(tasks)


async def test_c1_no_hello_in_time_is_a_timeout() -> None:
    lobby = Lobby(1)
    assert await wait(lobby, 0.01) == "gave way, or was late"
    assert lobby.admits()
