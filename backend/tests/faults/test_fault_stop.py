"""C4: an orderly stop under load, and a rolling restart of two processes: the same clients simply go on."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_crowd import Crowd, on_disk
from fault_processes import runs
from fault_relay import Relay
from processes import children
from server_process import ServerProcess

from whiteboard_client import Closed, Event, Received
from whiteboard_client.messages import Bye

SEED = 12


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
async def test_an_orderly_stop_under_load(name: str, data_dir: Path, long: bool, figures: Callable[..., None]) -> None:
    rounds, seconds = (10 if long else 1), []
    ends: list[str] = []
    with ServerProcess(data_dir) as server:
        async with await Crowd.enter([server.url], 8, seed=SEED) as crowd:
            for each in crowd.everybody:
                listen(each, ends)
            crowd.draw()
            for _ in range(rounds):
                await asyncio.sleep(0.7)
                ends.clear()
                helpers = children(server.pid)
                began = time.monotonic()
                status = await asyncio.to_thread(server.terminate if name == "SIGTERM" else server.interrupt)
                seconds.append(time.monotonic() - began)
                assert status == 0
                assert "Traceback" not in server.stderr, server.stderr
                assert not any(map(runs, helpers)), "a child is left"
                disk = on_disk(data_dir, crowd.room_id)
                assert crowd.book.lost(disk) == []
                assert all(disk.holds(op) for each in crowd.everybody for op in each.shown.records.values())
                await crowd.until(lambda: ends.count("1012") >= 8, 5, "everybody is told why it ends")
                assert ends.count("bye") == 8
                await asyncio.to_thread(server.start)
                await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 20, "all come back")
            result = await crowd.judge(data_dir)
    figures(f"stop-{name.lower()}", rounds=rounds, **result, longest=max(seconds))
    assert max(seconds) < 5


def listen(drawer: object, ends: list[str]) -> None:
    """Note how its connections end."""
    before = drawer.client._options.observe  # type: ignore[attr-defined]

    def observe(event: Event) -> None:
        before(event)
        if isinstance(event, Received) and isinstance(event.frame, Bye):
            ends.append("bye")
        elif isinstance(event, Closed) and event.code == 1012:
            ends.append("1012")

    client = drawer.client  # type: ignore[attr-defined]
    client.sync._observe = observe
    for place in (client, client._link):
        place._options = type(client._options)(
            **{name: getattr(client._options, name) for name in client._options.__slots__ if name != "observe"},
            observe=observe,
        )


async def test_a_rolling_restart_of_two_processes(data_dir: Path, long: bool, figures: Callable[..., None]) -> None:
    rounds = 5 if long else 1
    with ServerProcess(data_dir) as first, ServerProcess(data_dir) as second:
        async with Relay([first.port, second.port]) as front, await Crowd.enter([front.url], 6, seed=SEED) as crowd:
            clients = [each.client for each in crowd.everybody]
            crowd.draw()
            began = time.monotonic()
            for _ in range(rounds):
                for server in (first, second):
                    await asyncio.sleep(1)
                    assert await asyncio.to_thread(server.terminate) == 0
                    await asyncio.to_thread(server.start)
                    front.targets.reverse()
                    await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 30, "all are back")
            pause = crowd.book.longest_pause(began, time.monotonic())
            result = await crowd.judge(data_dir)
            assert clients == [each.client for each in crowd.everybody]
    figures("rolling-restart", restarts=2 * rounds, **result, longest_pause_of_acks=pause)
