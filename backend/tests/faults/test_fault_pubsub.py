"""Redis forgets nothing, but the line to one process loses messages, breaks or falls silent: nobody stays behind."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fault_crowd import Crowd, Drawer
from fault_processes import running
from fault_redis import ExternalRedis, command
from fault_relay import Relay, is_ops_message
from server_process import ServerProcess

SEED = 99
PATIENCE = 15.0
LONG_ONLY = {
    "test_p1_s2_subscriptions_that_redis_ends_leave_nobody_behind",
    "test_a_cut_line_to_redis_is_made_again_and_what_was_missed_is_filled",
    "test_a_line_to_redis_that_falls_silent",
}


@dataclass
class Line:
    """Two servers; the second one's line to Redis is the relay."""

    urls: list[str]
    relay: Relay
    redis: ExternalRedis


@asynccontextmanager
async def line(data_dir: Path) -> AsyncIterator[Line]:
    """Start them."""
    async with ExternalRedis() as redis, Relay([redis.port]) as relay:
        relay.loses = lambda _: False
        near = ServerProcess(data_dir, {"REDIS_URL": redis.url})
        far = ServerProcess(data_dir, {"REDIS_URL": f"redis://127.0.0.1:{relay.port}/0"})
        async with running(near, far):
            try:
                yield Line([near.url, far.url], relay, redis)
            finally:
                relay.flow()


async def test_lost_messages_are_noticed_by_their_seq_and_filled_from_the_stream(
    data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    random = Random(SEED)
    async with line(data_dir) as wired, await Crowd.enter(wired.urls, 4, seed=SEED, watchers=1) as crowd:
        epochs = crowd.epochs
        wired.relay.loses = lambda reply: is_ops_message(reply) and random.random() < 0.3
        crowd.draw()
        await asyncio.sleep(30 if long else 1.5)
        wired.relay.loses = lambda _: False
        lost = wired.relay.lost
        behind = await crowd.probe(PATIENCE)
        result = await crowd.judge(data_dir)
        assert crowd.epochs == epochs, "a gap that the stream can fill makes nobody load the room anew"
        waited = [await lose_the_last(wired, crowd) for _ in range(5 if long else 1)]
    figures("pubsub-lost", messages_lost=lost, **result, probe_after=behind, behind_for_max_if_last=max(waited))
    assert lost > 2


async def lose_the_last(wired: Line, crowd: Crowd) -> float:
    """Lose the message of an edit that no other follows; gives the seconds until everybody was shown it."""
    wired.relay.loses = is_ops_message
    lost = wired.relay.lost
    author = crowd.drawers[0]
    path_id, ts = author.put()
    began = time.monotonic()
    await crowd.until(lambda: wired.relay.lost > lost, PATIENCE, "the message on its way")
    await crowd.until(
        lambda: all(each.has_seen(path_id, ts) for each in crowd.everybody),
        PATIENCE,
        "an edit whose message was lost, and no other follows it, reaches every process",
    )
    return time.monotonic() - began


async def test_a_cut_line_to_redis_is_made_again_and_what_was_missed_is_filled(
    data_dir: Path, figures: Callable[..., None]
) -> None:
    times = []
    async with line(data_dir) as wired, await Crowd.enter(wired.urls, 4, seed=SEED, watchers=1) as crowd:
        crowd.draw()
        for _ in range(20):
            await asyncio.sleep(0.5)
            wired.relay.cut()
            cut = time.monotonic()
            await crowd.until(lambda: len(crowd.epochs) == 1 and None not in crowd.epochs, PATIENCE, "one epoch")
            await crowd.probe(PATIENCE)
            times.append(time.monotonic() - cut)
        result = await crowd.judge(data_dir)
    figures("pubsub-cut", rounds=len(times), **result, converged_max=max(times))


async def test_a_line_to_redis_that_falls_silent(data_dir: Path, figures: Callable[..., None]) -> None:
    silence = 8.0
    async with line(data_dir) as wired, await Crowd.enter(wired.urls, 4, seed=SEED, watchers=1) as crowd:
        crowd.draw()
        await asyncio.sleep(0.5)
        began = time.monotonic()
        wired.relay.silence()
        await asyncio.sleep(silence)
        wired.relay.flow()
        ended = time.monotonic()
        pause = crowd.book.longest_pause(began, ended)
        await crowd.until(lambda: len(crowd.epochs) == 1 and None not in crowd.epochs, PATIENCE, "one epoch")
        await crowd.probe(PATIENCE)
        converged = time.monotonic() - ended
        result = await crowd.judge(data_dir)
    figures("pubsub-silent", silent_for=silence, **result, longest_pause_of_acks=pause, converged=converged)


async def test_p1_s2_subscriptions_that_redis_ends_leave_nobody_behind(
    data_dir: Path, figures: Callable[..., None]
) -> None:
    """What is told in the very moment, to one process that listens alone, is counted as said to nobody."""
    behind, newcomers, ended = [], 12, 0
    async with line(data_dir) as wired, await Crowd.enter(wired.urls, 4, seed=SEED, watchers=1) as crowd:
        epochs = crowd.epochs
        seats = [each.client.seat for each in crowd.drawers[:2]]
        for number in range(newcomers):
            newcomer = Drawer(seats[number % 2], crowd.book, Random(number), 0.04)
            crowd.watchers.append(newcomer)
            entering = asyncio.create_task(newcomer.client.open())
            ended += int((await command(wired.redis.port, "CLIENT", "KILL", "TYPE", "pubsub"))[1:])
            behind.append(await crowd.probe(PATIENCE))
            await entering
        await crowd.until(
            lambda: all(len(each.client.users) == len(crowd.everybody) for each in crowd.everybody),
            PATIENCE,
            "everybody knows of everybody",
        )
        result = await crowd.judge(data_dir)
        assert crowd.epochs == epochs
    assert ended > newcomers, "those of both servers, as a rule"
    figures("pubsub-ended", ended=ended, **result, behind_max=max(behind))
