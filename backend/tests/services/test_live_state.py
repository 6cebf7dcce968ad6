"""Who is told what by way of Redis, and that nobody is forgotten when a subscription breaks."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
import redis.asyncio as aioredis

from app.core.redis_server import embedded_redis
from app.schemas.ops import Op
from app.services import live_state
from app.services.live_state import LiveState, Look, Publication
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


@pytest.mark.parametrize("at_once", [1, 2, 200])
async def test_rooms_are_looked_at_together_and_only_what_is_otherwise_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(live_state, "LOOKED_AT_ONCE", at_once)
    async with two(tmp_path) as (one, _other, _redis):
        rooms = [UUID(int=n) for n in range(10, 15)]
        epochs = [(await one.state.open(room)).epoch for room in rooms[:4]] + [""]
        known = {room: (epoch, 0) for room, epoch in zip(rooms, epochs, strict=True)}
        assert await one.state.moved(known) == {}
        await one.state.publish_ops([Publication(rooms[1], epochs[1], list[Op]())])
        await one.state.renew(rooms[2])
        await one.state.join(rooms[3], epochs[3], "Ada")
        looks = await one.state.look(rooms)
        assert await one.state.moved(known) == {rooms[1]: (epochs[1], 1), rooms[2]: (looks[2].epoch, 0)}
        assert await one.state.moved(dict.fromkeys(rooms[3:], ("gone", 3))) == {
            rooms[3]: (epochs[3], 0),
            rooms[4]: ("", 0),
        }
    assert looks[2].epoch != epochs[2]
    assert [looks[0], looks[3], looks[4]] == [
        Look(epochs[0], "", "0", 0),
        Look(epochs[3], "1", "0", 1),
        Look("", "", "", 0),
    ]


async def test_nothing_to_look_at_is_nothing(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, _other, _redis):
        assert await one.state.look([]) == []
        assert await one.state.moved({}) == {}
