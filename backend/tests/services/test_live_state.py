"""Who is told what by way of Redis, and that nobody is forgotten when a subscription breaks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
import redis.asyncio as aioredis

from app.core.redis_server import embedded_redis
from app.schemas.ops import Op
from app.services.live_state import LiveState, Publication
from app.services.realtime.member import Live

pytestmark = pytest.mark.process

ROOM = UUID(int=7)
SECONDS = 10.0


class Process:
    """What a server process has of Redis: its state, and its live room."""

    def __init__(self, url: str) -> None:
        self.state = LiveState(url, SECONDS)
        self.live: Live

    async def begin(self, *rooms: UUID) -> None:
        """Begin to hear what is told of rooms, and wait until it is heard."""
        subscriber = self.state.subscriber()
        await subscriber.open(rooms)
        for _ in range(1 + len(rooms)):
            assert await subscriber._pubsub.get_message(timeout=SECONDS)

    async def publish(self) -> None:
        """Let somebody in, and publish an op (none is in it: only that it is heard matters)."""
        await self.state.join(ROOM, self.live.epoch, "Ada")
        await self.state.publish_ops([Publication(ROOM, self.live.epoch, list[Op]())])


@asynccontextmanager
async def two(directory: Path) -> AsyncIterator[tuple[Process, Process, aioredis.Redis]]:
    """Two processes on a Redis; nobody listens yet."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(embedded_redis(directory))
        processes = Process(url), Process(url)
        for each in processes:
            stack.push_async_callback(each.state.close)
            await each.state.connect()
            each.live = await each.state.open(ROOM)
        yield *processes, await stack.enter_async_context(aioredis.from_url(url))


async def published(redis: aioredis.Redis, sender: Process) -> int:
    """How many messages the room's channel bears when a process publishes twice."""
    async with redis.pubsub() as channel:
        await channel.psubscribe("room:*")  # patterns do not count as listeners
        await channel.get_message(timeout=SECONDS)
        await sender.publish()
        await redis.publish("room:end", "")
        count = 0
        while (message := await channel.get_message(timeout=SECONDS)) and message["channel"] != b"room:end":
            count += 1
        return count


async def test_who_is_alone_with_a_room_tells_nobody(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other, redis):
        await one.begin(ROOM)
        await other.begin()
        assert await published(redis, one) == 0
        await other.begin(ROOM)
        assert await published(redis, one) == 2


async def test_p1_s2_whose_own_subscription_broke_still_tells_the_only_one_who_listens(tmp_path: Path) -> None:
    """That one is counted alone, as the sender would be."""
    async with two(tmp_path) as (one, other, redis):
        await one.begin(ROOM)
        await redis.client_kill_filter(_type="pubsub", skipme=False)
        await other.begin(ROOM)
        assert await published(redis, one) == 2
        await one.begin(ROOM)
        assert await published(redis, one) == 2
