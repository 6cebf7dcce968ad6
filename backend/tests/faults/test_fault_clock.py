"""The machine's clock jumps by an hour, or a client's is wrong by one: nothing is lost, overtaken, ended or put to sleep."""

import asyncio
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from fault_crowd import Crowd
from fault_figures import p99
from server_process import ServerProcess
from wire import Memory
from wire_door import Door, http

SEED = 3600
HOUR = 3600
IDLE_SECONDS = 8
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
NO_LIBRARY = "libfaketime is missing (Debian: apt install faketime)"


class FalseClock:
    """The wall clock that a server and its Redis see: the machine's, and some seconds (libfaketime's manual)."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "offset"
        self.set(0)

    def set(self, seconds: int) -> None:
        """Step it."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._file)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a process that is to see it."""
        return {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
            "WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS),
        }


async def until_jumped(server: ServerProcess, seconds: int) -> None:
    """Wait until the server's answers bear the new time; it reads the file once a second."""
    async with http(server.url) as client, asyncio.timeout(10):
        while True:
            date = parsedate_to_datetime((await client.get("/healthz")).headers["Date"]).timestamp()
            if abs(date - time.time() - seconds) < 60:
                return
            await asyncio.sleep(0.2)


@pytest.mark.skipif(not LIBRARIES, reason=NO_LIBRARY)
async def test_the_servers_clock_jumps_by_an_hour(
    data_dir: Path, tmp_path: Path, long: bool, figures: Callable[..., None]
) -> None:
    clock = FalseClock(tmp_path)
    jumps = [HOUR, 0, -HOUR, 0] * 5 if long else [HOUR, -HOUR]
    with ServerProcess(data_dir, clock.settings) as first, ServerProcess(data_dir, clock.settings) as second:
        async with (
            await Crowd.enter([first.url, second.url], 4, seed=SEED, watchers=1) as crowd,
            Door(first.url) as door,
        ):
            epochs, jumps_to_a_new_epoch = crowd.epochs, 0
            room = await door.create()
            crowd.draw()
            for jump in jumps:
                memory = await an_empty_room(door, room)
                clock.set(jump)
                await asyncio.gather(*(until_jumped(server, jump) for server in (first, second)))
                await asyncio.sleep(1.5)  # a beat of each process, by the new clock
                back = await door.enter(room, memory=memory)
                assert back.welcome["sync"] == "delta", "a room was put to sleep early"
                await back.close()
                await a_good_token(first, crowd)
                await order_holds(crowd)
                await crowd.until(lambda: len(crowd.epochs) == 1 and None not in crowd.epochs, 10, "one epoch")
                await crowd.until(lambda: names(crowd) == len(crowd.everybody), 10, "everybody is seen")
                jumps_to_a_new_epoch += crowd.epochs != epochs
                epochs = crowd.epochs
            lefts = sum(len(each.lefts) for each in crowd.everybody)
            result = await crowd.judge(data_dir)
    figures(
        "clock-server",
        jumps=len(jumps),
        **result,
        ack_p99=p99(crowd.book.latencies),
        told_to_have_left_wrongly=lefts,
        new_epochs=jumps_to_a_new_epoch,
    )
    assert lefts == 0, "nobody left"


def names(crowd: Crowd) -> int:
    """How many people everybody sees."""
    return min(len(each.client.users) for each in crowd.everybody)


async def an_empty_room(door: Door, room: Any) -> Memory:  # noqa: ANN401
    """Enter and leave a room that nobody else is in."""
    client = await door.enter(room)
    await client.save(client.put())
    await client.close()
    return client.memory


async def a_good_token(server: ServerProcess, crowd: Crowd) -> None:
    """A token from before is good, and a new one too."""
    async with http(server.url) as client:
        path = f"/api/rooms/{crowd.room_id}"
        assert (await client.get(path, headers={"Authorization": f"Bearer {crowd.token}"})).status_code == 200
        made = await client.post(f"{path}/sessions", json={"name": "New", "invite": crowd.invite})
        assert (await client.get(path, headers={"Authorization": f"Bearer {made.json()['token']}"})).status_code == 200


async def order_holds(crowd: Crowd) -> None:
    """One draws a path, another changes it, a third changes it again: the last change stands."""
    one, other, third, *_ = crowd.drawers
    path_id, ts = one.put()
    for n, each in enumerate((other, third), start=5):
        await crowd.until(lambda a=each, t=ts: a.has_seen(path_id, t), 10, "the path seen")
        if path_id not in each.client.paths:
            return  # somebody has cleared the board meanwhile
        each.client.put(path_id, f"M0 0L{n} {n}", color="#000000", width=1)
        await each.client.saved()
        ts = max(ts, each.client.sync.confirmed.stamp(path_id))
    stands = third.client.sync.confirmed.get(path_id)
    assert stands is None or stands.d == "M0 0L6 6"


@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR])
async def test_a_clients_clock_is_wrong_by_an_hour(
    wrong_by: int, data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    def now() -> float:
        return (time.time() + wrong_by) * 1000

    with ServerProcess(data_dir) as server:
        async with await Crowd.enter([server.url], 2, seed=SEED, now=now) as crowd:
            crowd.draw()
            await asyncio.sleep(10 if long else 1)
            result = await crowd.judge(data_dir)
            errors = [error for each in crowd.everybody for error in each.client.errors]
            ahead = max(op["ts"] for op in crowd.book.made.values()) / 4096 / 1000 - time.time()
    figures("clock-client", wrong_by=f"{wrong_by:+d}s", **result, errors=len(errors), newest_stamp_ahead=ahead)
    assert errors == []
    assert abs(ahead) < 30
