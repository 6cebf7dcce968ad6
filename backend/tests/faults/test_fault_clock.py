"""The machine's clock jumps by an hour, or a client's is wrong by one: nothing is lost, overtaken or put to sleep."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

from fault_crowd import Crowd
from fault_figures import p99
from fault_processes import running
from fault_redis import ExternalRedis, packaged
from server_process import ServerProcess
from wire import Memory
from wire_door import Door, Room, http

SEED = 3600
HOUR = 3600
IDLE_SECONDS = 8
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
PYTHON_CLOCK = Path(__file__).with_name("false_clock")


class FalseClock:
    """The wall clock that servers and their Redis see: the machine's, and some seconds.

    The servers' is `false_clock`, that of Redis libfaketime's; where that is missing, Redis keeps the right time.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / "offset"
        self.set(0)

    def set(self, seconds: int) -> None:
        """Step it."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._file)

    @property
    def for_servers(self) -> dict[str, str]:
        """The environment of a server that is to see it."""
        return {"PYTHONPATH": str(PYTHON_CLOCK), "FALSE_CLOCK_FILE": str(self._file)}

    @property
    def for_redis(self) -> dict[str, str]:
        """The environment of a Redis that is to see it."""
        if not LIBRARIES:
            return {}
        return {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }


@asynccontextmanager
async def two_servers(data_dir: Path, clock: FalseClock) -> AsyncIterator[list[str]]:
    """Two servers and a Redis, all by the false clock; gives the servers' addresses.

    The Redis is the package's: Debian's (7.0, with jemalloc) hangs at its start under libfaketime.
    """
    async with ExternalRedis(clock.for_redis, packaged()) as redis:
        settings = {"REDIS_URL": redis.url, "WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS), **clock.for_servers}
        async with running(ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)) as servers:
            yield [server.url for server in servers]


async def until_jumped(url: str, seconds: int) -> None:
    """Wait until a server's answers bear the new time."""
    async with http(url) as client, asyncio.timeout(10):
        while True:
            date = parsedate_to_datetime((await client.get("/healthz")).headers["Date"]).timestamp()
            if abs(date - time.time() - seconds) < 60:
                return
            await asyncio.sleep(0.2)


async def test_the_servers_clock_jumps_by_an_hour(
    data_dir: Path, tmp_path: Path, long: bool, figures: Callable[..., None]
) -> None:
    clock = FalseClock(tmp_path)
    jumps = [HOUR, -HOUR, 0] * 4 if long else [HOUR, -HOUR]
    async with two_servers(data_dir, clock) as urls, await Crowd.enter(urls, 4, seed=SEED, watchers=1) as crowd:
        epochs, new_epochs = crowd.epochs, 0
        staying = {each.client.user for each in crowd.everybody}
        async with Door(urls[0]) as door:
            room = await door.create()
            crowd.draw()
            for jump in jumps:
                memory = await an_empty_room(door, room)
                clock.set(jump)
                await asyncio.gather(*(until_jumped(url, jump) for url in urls))
                await asyncio.sleep(1.5)  # a beat of each process, by the new clock
                back = await door.enter(room, memory=memory)
                assert back.welcome["sync"] == "delta", "a room was put to sleep early"
                await back.close()
                await a_good_token(door, crowd)
                await order_holds(crowd)
                await crowd.until(lambda: len(crowd.epochs) == 1 and None not in crowd.epochs, 10, "one epoch")
                await crowd.until(lambda: seen(crowd) == len(crowd.everybody), 10, "everybody is seen")
                new_epochs += crowd.epochs != epochs
                epochs = crowd.epochs
        lefts = sum(user in staying for each in crowd.everybody for user in each.lefts)
        result = await crowd.judge(data_dir)
    figures(
        "clock-server",
        jumps=",".join(f"{jump:+d}s" for jump in dict.fromkeys(jumps)),
        rounds=len(jumps),
        **result,
        ack_p99=p99(crowd.book.latencies),
        told_to_have_left_wrongly=lefts,
        new_epochs=new_epochs,
        clock_of_redis=bool(LIBRARIES),
    )
    assert lefts == 0, "nobody left"


def seen(crowd: Crowd) -> int:
    """How many people everybody sees."""
    return min(len(each.client.users) for each in crowd.everybody)


async def an_empty_room(door: Door, room: Room) -> Memory:
    """Enter and leave a room that nobody else is in."""
    client = await door.enter(room)
    await client.save(client.put())
    await client.close()
    return client.memory


async def a_good_token(door: Door, crowd: Crowd) -> None:
    """A token from before is good, and a new one too, for HTTP and for the WebSocket."""
    room = Room(crowd.room_id, crowd.invite, crowd.token, {})
    for token in (crowd.token, await door.token(room, "New")):
        async with http(door.url) as client:
            look = await client.get(f"/api/rooms/{room.id}", headers={"Authorization": f"Bearer {token}"})
        assert look.status_code == 200, look.text
        visitor = await door.enter(room, token=token)
        await visitor.close()


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


async def test_clients_whose_clocks_are_wrong_by_an_hour(
    data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    wrong = iter((HOUR, -HOUR))

    def clock() -> Callable[[], float]:
        by = next(wrong)
        return lambda: (time.time() + by) * 1000

    async with (
        running(ServerProcess(data_dir)) as (server,),
        await Crowd.enter([server.url], 2, seed=SEED, clock=clock) as crowd,
    ):
        crowd.draw()
        await asyncio.sleep(10 if long else 1)
        result = await crowd.judge(data_dir)
        errors = [error for each in crowd.everybody for error in each.client.errors]
        ahead = max(op["ts"] for op in crowd.book.made.values()) / 4096 / 1000 - time.time()
    figures("clock-client", wrong_by="+3600s,-3600s", **result, errors=len(errors), newest_stamp_ahead=ahead)
    assert errors == []
    assert abs(ahead) < 30
