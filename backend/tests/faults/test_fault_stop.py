"""C4: an orderly stop under load, and a rolling restart of two processes: the same clients simply go on."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGTERM

from fault_crowd import Crowd, on_disk
from fault_processes import running, runs, send_signal
from fault_redis import ExternalRedis
from fault_relay import Relay
from processes import children
from server_process import ServerProcess

from whiteboard_client import Closed, Event, Received
from whiteboard_client.messages import Bye

SEED = 12
LONG_ONLY = {"test_a_rolling_restart_of_two_processes"}
VARIANTS = {"test_an_orderly_stop_under_load": [(1, "worker")]}
LONG_VARIANTS = {"test_an_orderly_stop_under_load": [(2, "workers")]}


async def test_an_orderly_stop_under_load(
    data_dir: Path, long: bool, variant: tuple[int, str], figures: Callable[..., None]
) -> None:
    rounds, seconds = (10 if long else 1), []
    ends: list[str] = []
    server = ServerProcess(data_dir, {"WHITEBOARD_WORKERS": str(variant[0])})
    async with running(server), await Crowd.enter([server.url], 8, seed=SEED) as crowd:
        for each in crowd.everybody:
            each.listeners.append(lambda event: note_end(event, ends))
        crowd.draw()
        for round_ in range(rounds):
            await asyncio.sleep(0.6)
            ends.clear()
            helpers = children(server.pid)
            began = time.monotonic()
            status = await asyncio.to_thread(server.interrupt if round_ % 2 else server.terminate)
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
    figures(
        "stop",
        workers=variant[0],
        rounds=rounds,
        signals="TERM,INT" if long else "TERM",
        **result,
        longest=max(seconds),
    )
    assert max(seconds) < 5


def note_end(event: Event, ends: list[str]) -> None:
    """Note how a connection ends."""
    if isinstance(event, Received) and isinstance(event.frame, Bye):
        ends.append("bye")
    elif isinstance(event, Closed) and event.code == 1012:
        ends.append("1012")


async def test_a_stop_while_redis_is_being_lost(data_dir: Path, long: bool) -> None:
    """The signal comes just before, with and after the end of Redis: the stop is as orderly as ever."""
    async with ExternalRedis() as outside:
        server = ServerProcess(data_dir, {"REDIS_URL": outside.url})
        async with running(server), await Crowd.enter([server.url], 4, seed=SEED) as crowd:
            crowd.draw()
            for milliseconds in (-3, -1, 0, 1, 2, 3, 5, 10, 20, 50) if long else (0,):
                await asyncio.sleep(0.3)
                if milliseconds < 0:
                    send_signal(server.pid, SIGTERM)
                    await asyncio.sleep(-milliseconds / 1000)
                outside.kill()
                if milliseconds >= 0:
                    await asyncio.sleep(milliseconds / 1000)
                    send_signal(server.pid, SIGTERM)
                assert await asyncio.to_thread(server.wait) == 0
                assert "Traceback" not in server.stderr, server.stderr
                await outside.start()
                await asyncio.to_thread(server.start)
                await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 30, "all are back")
            await crowd.judge(data_dir)


async def test_a_rolling_restart_of_two_processes(data_dir: Path, figures: Callable[..., None]) -> None:
    rounds = 5
    async with (
        running(ServerProcess(data_dir), ServerProcess(data_dir)) as (first, second),
        Relay([first.port, second.port]) as front,
        await Crowd.enter([front.url], 6, seed=SEED) as crowd,
    ):
        clients = [each.client for each in crowd.everybody]
        crowd.draw()
        began = time.monotonic()
        for _ in range(rounds):
            for server in (first, second):
                await asyncio.sleep(0.5)
                assert await asyncio.to_thread(server.terminate) == 0
                await asyncio.to_thread(server.start)
                front.targets.reverse()
                await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 30, "all are back")
        pause = crowd.book.longest_pause(began, time.monotonic())
        result = await crowd.judge(data_dir)
        assert clients == [each.client for each in crowd.everybody]
    figures("rolling-restart", restarts=2 * rounds, **result, longest_pause_of_acks=pause)
