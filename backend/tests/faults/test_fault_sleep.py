"""Rooms by the thousand go to sleep, and rooms whose server process crashed: nothing of them is left anywhere."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fault_processes import eventually, resident_bytes, running
from fault_redis import ExternalRedis
from life import redis_in, row_of
from outside import ask
from redis.asyncio import Redis
from server_process import ServerProcess
from wire import Client, dial
from wire_door import Door, Room, http

IDLE_SECONDS = 2.0
SETTINGS = {
    "WHITEBOARD_ROOM_IDLE_SECONDS": str(IDLE_SECONDS),
    "WHITEBOARD_ROOMS_PER_ADDRESS": "0",
    "WHITEBOARD_PROCESS_TIMEOUT_SECONDS": "3",
    "WHITEBOARD_BACKUP_SECONDS": "0",
}
AT_ONCE = 20
RSS_NOISE = 6 * 1024 * 1024
REDIS_NOISE = 256 * 1024


async def one_life(client: httpx.AsyncClient, url: str) -> None:
    """Make a room, draw in it and leave it; if that takes so long that the empty room was deleted, make another."""
    visitor = None
    while visitor is None or visitor.closed:
        body = (await client.post("/api/rooms", json={"name": "Ada"})).json()
        visitor = Client(await dial(url, body["room"]["id"]))
        await visitor.hello(body["token"])
        await visitor.until(lambda who=visitor: who.in_step or who.closed)
        assert visitor.closed in (None, (4404, "this room is gone")), visitor.closed
    await visitor.save(*(visitor.put() for _ in range(10)), cursor=[1, 2])
    await visitor.close()


async def lives(url: str, rooms: int) -> None:
    """So many lives, some at once."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def turn(client: httpx.AsyncClient) -> None:
        async with turns:
            await one_life(client, url)

    async with http(url) as client:
        await asyncio.gather(*(turn(client) for _ in range(rooms)))


async def asleep(data_dir: Path) -> None:
    """Wait until no room is live."""
    await eventually(lambda: ask(data_dir, "SELECT count(*) FROM room WHERE live") == [(0,)], 60, "all asleep")


async def left_behind(server: ServerProcess, redis: Redis) -> tuple[int, int, int]:
    """Keys and bytes of Redis, bytes of the server."""
    await asyncio.sleep(1)
    return await redis.dbsize(), (await redis.info("memory"))["used_memory"], resident_bytes(server.pid)


async def test_l1_rooms_leave_nothing_in_redis_and_in_memory(
    data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    rooms = 1000 if long else 100
    async with running(ServerProcess(data_dir, SETTINGS)) as (server,):
        redis = redis_in(data_dir)
        await lives(server.url, rooms)  # pools, caches and tables of the interpreter grow once
        await asleep(data_dir)
        before = await left_behind(server, redis)
        await lives(server.url, rooms)
        alive = resident_bytes(server.pid)
        await asleep(data_dir)
        after = await left_behind(server, redis)
        await redis.aclose()
    keys, redis_bytes, rss = (now - then for now, then in zip(after, before, strict=True))
    figures(
        "sleep",
        rooms=rooms,
        keys_left=keys,
        redis_kib=redis_bytes // 1024,
        rss_kib=rss // 1024,
        rss_kib_while_live=(alive - before[2]) // 1024,
    )
    assert after[0] == 1, "the heartbeats alone"
    assert keys == 0
    assert redis_bytes < REDIS_NOISE
    assert rss < RSS_NOISE
    assert ask(data_dir, "SELECT count(*) FROM room WHERE drawn AND active_users = 0") == [(2 * rooms,)]


@pytest.mark.long
async def test_p1_l1_rooms_of_a_crashed_process_go_to_sleep(data_dir: Path) -> None:
    """Another process takes its people out, though it had nothing to do with the room; so does the one started next."""
    async with ExternalRedis() as outside:
        settings = {**SETTINGS, "REDIS_URL": outside.url}
        servers = ServerProcess(data_dir, settings), ServerProcess(data_dir, settings)
        redis = Redis(port=outside.port)
        async with running(*servers):
            for victim in servers:
                async with Door(victim.url) as door:
                    room = await door.create()
                    inside = [await door.enter(room) for _ in range(3)]
                    await inside[0].save(inside[0].put())
                    await eventually(lambda r=room: noted(data_dir, r, 3), 30, "three people noted")
                    await asyncio.to_thread(victim.kill)
                    await eventually(lambda r=room: noted(data_dir, r, 0), 15, "nobody noted")
                    await eventually(lambda r=room: not (row_of(data_dir, r.id) or {})["live"], 15, "sleep")
                    assert await redis.keys("room:*") == []
                await asyncio.to_thread(victim.start)
            async with Door(servers[0].url) as door:
                room = await door.create()
                visitor = await door.enter(room)
                await visitor.save(visitor.put())
                for server in servers:
                    await asyncio.to_thread(server.kill)
            for server in servers:
                await asyncio.to_thread(server.start)
            await eventually(lambda: not (row_of(data_dir, room.id) or {})["live"], 30, "sleep after a new start")
            assert noted(data_dir, room, 0)
            assert await redis.keys("room:*") == []
        await redis.aclose()


def noted(data_dir: Path, room: Room, people: int) -> bool:
    """Is that the number of a room's connections in the database?"""
    return bool((row_of(data_dir, room.id) or {})["active_users"] == people)
