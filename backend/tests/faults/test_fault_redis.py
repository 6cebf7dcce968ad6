"""S9: Redis is killed, hangs or is emptied, with one server process and with two, embedded and outside."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fault_crowd import Crowd
from fault_figures import p99
from fault_processes import running, send_signal
from fault_redis import ExternalRedis, answering, command
from processes import redis_of
from server_process import ServerProcess
from wire_door import http, new_source

SEED = 4711
HANG_SECONDS = 6.0
AWAY_SECONDS = {True: 6.0, False: 1.5}
PATIENCE = 20.0
LONG_ONLY = {"test_redis_is_emptied_while_one_process_only_watches"}

Variant = tuple[str, str, int]
Epochs = set[str | None]
ALL = [
    (what, where, count)
    for what in ("killed", "hung", "emptied")
    for where in ("embedded", "external")
    for count in (1, 2)
]
VARIANTS = {
    "test_redis_is_lost_and_comes_back": [("killed", "external", 2)],
    "test_redis_is_emptied_while_one_process_only_watches": [("external", 2)],
}
LONG_VARIANTS = {"test_redis_is_lost_and_comes_back": ALL}


@dataclass
class Site:
    """One or two servers and their Redis."""

    servers: list[ServerProcess]
    outside: ExternalRedis | None
    data_dir: Path

    @property
    def urls(self) -> list[str]:
        return [server.url for server in self.servers]

    @property
    def redis(self) -> Path | int:
        return self.outside.port if self.outside else self.data_dir / "redis.sock"

    @property
    def redis_pid(self) -> int:
        pid = self.outside.pid if self.outside else redis_of(*self.servers)
        assert pid is not None
        return pid


@dataclass(frozen=True)
class Return:
    """Redis is back: when, under which epochs the clients were until then, and how many ops were acknowledged."""

    at: float
    alone: Epochs
    acks: int


@asynccontextmanager
async def site(data_dir: Path, where: str, count: int) -> AsyncIterator[Site]:
    """Start them."""
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(ExternalRedis()) if where == "external" else None
        settings = {"REDIS_URL": outside.url} if outside else {}
        servers = [ServerProcess(data_dir, settings) for _ in range(count)]
        await stack.enter_async_context(running(*servers))
        yield Site(servers, outside, data_dir)


async def kill(place: Site, crowd: Crowd, long: bool) -> Return:
    """Kill it; one outside stays away for a while."""
    alone: Epochs = set()
    send_signal(place.redis_pid, signal.SIGKILL)
    if place.outside:
        place.outside.kill()
        await asyncio.sleep(AWAY_SECONDS[long])
        alone = crowd.epochs
        await place.outside.start()
    else:
        await asyncio.sleep(0.05)
        await answering(place.redis)
    return Return(time.monotonic(), alone, crowd.book.acks)


async def hang(place: Site, crowd: Crowd, long: bool) -> Return:
    """Stop it, and let it go on."""
    pid = place.redis_pid
    send_signal(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(HANG_SECONDS if long else HANG_SECONDS - 2)
        alone = crowd.epochs
    finally:
        send_signal(pid, signal.SIGCONT)
    return Return(time.monotonic(), alone, crowd.book.acks)


async def empty(place: Site, crowd: Crowd, long: bool) -> Return:  # noqa: ARG001 - one of three
    """Take everything out of it, scripts too."""
    assert await command(place.redis, "FLUSHALL") == b"+OK"
    assert await command(place.redis, "SCRIPT", "FLUSH") == b"+OK"
    return Return(time.monotonic(), set(), crowd.book.acks)


FAULTS: dict[str, Callable[[Site, Crowd, bool], Awaitable[Return]]] = {"killed": kill, "hung": hang, "emptied": empty}


async def test_redis_is_lost_and_comes_back(
    variant: Variant, data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    what, where, count = variant
    async with (
        site(data_dir, where, count) as place,
        await Crowd.enter(place.urls, 4, seed=SEED, watchers=1) as crowd,
    ):
        crowd.draw()
        await asyncio.sleep(0.5)
        (before,) = crowd.epochs
        began = time.monotonic()
        acks = crowd.book.acks
        asking = asyncio.create_task(ask_until_cancelled(place, crowd))
        back = await FAULTS[what](place, crowd, long)
        old = {before, None, *back.alone}
        await crowd.until(lambda: len(crowd.epochs) == 1 and not crowd.epochs & old, PATIENCE, "one new epoch")
        new_epoch = time.monotonic() - back.at
        await crowd.probe(PATIENCE)
        converged = time.monotonic() - back.at
        asking.cancel()
        answers = await asyncio.gather(asking, return_exceptions=True)
        pause = crowd.book.longest_pause(began, time.monotonic())
        result = await crowd.judge(data_dir)
        assert not isinstance(answers[0], Exception), answers
    figures(
        f"redis-{what}",
        redis=where,
        processes=count,
        **result,
        acked_while_away=back.acks - acks,
        longest_pause_of_acks=pause,
        ack_p99=p99(crowd.book.latencies),
        new_epoch_after_return=new_epoch,
        converged_after_return=converged,
    )
    assert pause < (10 if long else 20)


async def ask_until_cancelled(place: Site, crowd: Crowd) -> None:
    """While Redis is away, look at the room and enter it, at every process; and make another room, once."""
    body = {"name": "New", "invite": crowd.invite}
    headers = {"Authorization": f"Bearer {crowd.token}"}
    for url in place.urls * 100:
        async with http(url, new_source()) as client:
            look = await client.get(f"/api/rooms/{crowd.room_id}", headers=headers)
            enter = await client.post(f"/api/rooms/{crowd.room_id}/sessions", json=body)
            make = await client.post("/api/rooms", json={"name": "New"})
        assert (look.status_code, enter.status_code) == (200, 201), f"{look.text} {enter.text}"
        assert made_or_put_off(make), make.text
        await asyncio.sleep(0.2)


def made_or_put_off(answer: httpx.Response) -> bool:
    """Creation is counted in Redis, so it may be put off."""
    return answer.status_code == 201 or (answer.status_code == 503 and "Retry-After" in answer.headers)


async def test_redis_is_emptied_while_one_process_only_watches(
    variant: tuple[str, int], data_dir: Path, figures: Callable[..., None]
) -> None:
    async with site(data_dir, *variant) as place, await Crowd.enter(place.urls, 1, seed=SEED, watchers=1) as crowd:
        crowd.draw()
        await asyncio.sleep(0.5)
        (before,) = crowd.epochs
        await command(place.redis, "FLUSHALL")
        emptied = time.monotonic()
        await crowd.until(
            lambda: len(crowd.epochs) == 1 and not crowd.epochs & {before, None},
            PATIENCE,
            "one new epoch for watchers too",
        )
        await crowd.probe(PATIENCE)
        converged = time.monotonic() - emptied
        result = await crowd.judge(data_dir)
    figures("redis-emptied-one-watches", **result, converged=converged)
