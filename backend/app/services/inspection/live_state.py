"""Redis: does it answer quickly, keep what it is given, and take writes?"""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any
from urllib.parse import quote

from redis import Redis, exceptions
from redis.exceptions import RedisError, ResponseError

from app.core.config import Settings
from app.core.redis_server import find_program, socket_path
from app.services.inspection.findings import Finding, fail, ok, warn

OLDEST = (6, 2)
PINGS = 20
SLOW_SECONDS = 0.01
APART_SECONDS = 1.0
FULL = 0.8
SMALL_BUFFER = 8 * 1024 * 1024

Info = dict[str, Any]


def redis(settings: Settings) -> Iterator[Finding]:
    """The Redis that the settings name, or the embedded one, which runs only while a server does."""
    url = settings.redis_url or f"unix://{quote(str(socket_path(settings.data_dir.absolute())))}"
    timeout = settings.redis_timeout_seconds
    client = Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, decode_responses=True)
    with client:
        try:
            info: Info = client.info()
        except (RedisError, OSError) as error:
            yield silent(settings, error)
            return
        yield from server(info)
        yield from memory(info)
        yield from writing(info)
        yield from buffers(client)
        yield from speed(client)
        yield from clock(client)


def silent(settings: Settings, error: Exception) -> Finding:
    """It does not answer, which is no wonder for the embedded one while no server runs."""
    if settings.redis_url:
        return fail("Redis", "does not answer", "see that it runs, and that WHITEBOARD_REDIS_URL is right")
    if isinstance(error, exceptions.ConnectionError) and not isinstance(error, exceptions.TimeoutError):
        return ok("Redis", f"no server runs here now; it starts its own: {find_program()}")
    return fail("Redis", "the embedded one does not answer", "see redis.log in the data directory")


def server(info: Info) -> Iterator[Finding]:
    """Which one it is."""
    name = "Valkey" if info.get("server_name") == "valkey" else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version"))
    if info.get("cluster_enabled"):
        yield fail("Redis", f"{name} {version}, a cluster", "use one that is no cluster")
    elif tuple(map(int, version.split(".")[:2])) < OLDEST:
        yield warn("Redis", f"{name} {version}", "use 6.2 or newer")
    else:
        yield ok("Redis", f"{name} {version}")


def memory(info: Info) -> Iterator[Finding]:
    """It must not throw away what is live."""
    limit, policy = int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", "noeviction"))
    if policy.startswith("allkeys"):
        found = f"{policy}: live rooms may be thrown away" + ("" if limit else " once a limit is set")
        yield (fail if limit else warn)("Redis memory", found, "CONFIG SET maxmemory-policy noeviction")
    elif limit and int(info["used_memory"]) > FULL * limit:
        found = f"{int(info['used_memory']) / 1e6:,.0f} of {limit / 1e6:,.0f} MB used"
        yield warn("Redis memory", found, "raise maxmemory: when it is full, rooms are not shared any more")
    else:
        size = f"limit {limit / 1e6:,.0f} MB" if limit else "no limit"
        yield ok("Redis memory", f"{policy}, {size}, {int(info.get('used_memory', 0)) / 1e6:,.1f} MB used")


def writing(info: Info) -> Iterator[Finding]:
    """It needs to keep nothing on disk, but if it does, a failure there must not stop it."""
    if info.get("role") != "master":
        yield fail("Redis writes", f"it is a {info.get('role')}: it takes no writes", "name the one that does")
    elif info.get("rdb_last_bgsave_status", "ok") != "ok" or info.get("aof_last_write_status", "ok") != "ok":
        advice = 'make room on its disk, or turn saving off (save "", appendonly no): it holds nothing that must last'
        yield fail("Redis writes", "it could not save to its disk, and may refuse writes for that", advice)
    else:
        kept = "it also saves to disk, which is not needed" if info.get("aof_enabled") else "it keeps what is live"
        yield ok("Redis writes", kept)


def buffers(client: "Redis") -> Iterator[Finding]:
    """A subscriber that is behind by more than its buffer is cut off."""
    try:
        told = client.config_get("client-output-buffer-limit").get("client-output-buffer-limit", "")
    except ResponseError:
        yield ok("Redis buffers", "not told by this Redis; the usual 32 MB are enough")
        return
    words = str(told).split()
    hard, soft = map(int, words[words.index("pubsub") + 1 :][:2]) if "pubsub" in words else (0, 0)
    found = f"pubsub: {hard / 1e6:,.0f} MB at once, {soft / 1e6:,.0f} MB for long" if hard else "pubsub: no limit"
    if 0 < hard < SMALL_BUFFER or 0 < soft < SMALL_BUFFER // 2:
        advice = "CONFIG SET client-output-buffer-limit 'pubsub 33554432 8388608 60'"
        yield warn("Redis buffers", found, advice)
    else:
        yield ok("Redis buffers", found)


def speed(client: "Redis") -> Iterator[Finding]:
    """Every tick waits for one call."""
    times: list[float] = []
    for _ in range(PINGS):
        begun = time.perf_counter()
        client.ping()
        times.append(time.perf_counter() - begun)
    found = f"{median(times) * 1000:.2f} ms in the middle, {max(times) * 1000:.1f} ms at worst, of {PINGS}"
    if median(times) > SLOW_SECONDS:
        yield warn("Redis latency", found, "a Redis that is nearer: every tick waits for it")
    else:
        yield ok("Redis latency", found)


def clock(client: "Redis") -> Iterator[Finding]:
    """Machines that share rooms should agree on the time."""
    before = time.time()
    seconds, micros = client.time()
    apart = seconds + micros / 1e6 - (before + time.time()) / 2
    if abs(apart) > APART_SECONDS:
        advice = "synchronise both machines' clocks"
        yield warn("Redis clock", f"{abs(apart):.1f} s {'ahead of' if apart > 0 else 'behind'} this machine's", advice)
    else:
        yield ok("Redis clock", f"within {APART_SECONDS:g} s of this machine's")
