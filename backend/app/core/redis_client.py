"""A client for whatever Redis a URL names: one server, the master that Sentinels watch over, or a cluster.

`redis+sentinel://user:password@host1:26379,host2:26379/name/0` and `redis+cluster://user:password@host1,host2:6380`
name one or more hosts from which the rest is found; with `rediss+…` everything is reached over TLS. What stands behind
`?` is redis-py's (https://redis.readthedocs.io/en/stable/connections.html).
"""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, connection
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from app.core.patience import Patience

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
CONNECTIONS = 32
MOST = 1000
"""Connections to a node of a cluster, or to a master: their pools do not wait for one that is free, but fail."""
SENTINEL_PORT, PORT = 26379, 6379

Client = Redis | RedisCluster

# How redis-py waits for an answer, whatever kind of server it is; it cannot be told in any other way.
connection.async_timeout = Patience  # type: ignore[attr-defined, assignment, unused-ignore]


def check_url(url: str) -> str:
    """Give a URL that names a Redis; ValueError if it cannot."""
    scheme, kind = _kind(urlsplit(url))
    if scheme not in ("redis", "rediss", "unix") or kind not in ("", "sentinel", "cluster"):
        raise ValueError(f"must begin with one of {', '.join(f'{each}://' for each in SCHEMES)}")
    if kind:
        _hosts(urlsplit(url), PORT)
    if kind == "sentinel" and not _path(url)[0]:
        raise ValueError("must name what the Sentinels watch over: redis+sentinel://host:26379/name/0")
    return url


def make_client(url: str, timeout: float) -> Client:
    """A client that tries each call once, and waits for `timeout` seconds for a connection, and for an answer."""
    limits: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    retry = Retry(NoBackoff(), 0)
    _, kind = _kind(urlsplit(url))
    if kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(urlsplit(url), PORT)]
        return RedisCluster(startup_nodes=nodes, max_connections=MOST, retry=retry, **_options(url), **limits)
    if kind == "sentinel":
        name, options = _path(url)[0], _options(url)
        secure = {key: value for key, value in options.items() if key.startswith("ssl")}
        hosts = _hosts(urlsplit(url), SENTINEL_PORT)
        sentinel = Sentinel(hosts, sentinel_kwargs={**secure, **limits})  # type: ignore[no-untyped-call]
        every = {"max_connections": MOST, "retry": retry, **options, **limits}
        return Redis.from_pool(SentinelConnectionPool(name, sentinel, **every))  # type: ignore[no-untyped-call]
    pool = BlockingConnectionPool.from_url(url, timeout=timeout, max_connections=CONNECTIONS, retry=retry, **limits)
    return Redis.from_pool(pool)


def _kind(parts: SplitResult) -> tuple[str, str]:
    scheme, _, kind = parts.scheme.partition("+")
    return scheme, kind


def _hosts(parts: SplitResult, port: int) -> list[tuple[str, int]]:
    found = [urlsplit(f"//{each}") for each in parts.netloc.rpartition("@")[2].split(",")]
    if not all(each.hostname for each in found):
        raise ValueError("must name one host or more, with commas between them")
    return [(each.hostname or "", each.port or port) for each in found]


def _path(url: str) -> tuple[str, str]:
    """The name of what Sentinels watch over, and the number of the database."""
    name, _, database = urlsplit(url).path.strip("/").partition("/")
    return name, database


def _options(url: str) -> dict[str, Any]:
    """User, password, database and what stands behind `?`, as redis-py has them for one of the hosts."""
    parts = urlsplit(url)
    scheme, kind = _kind(parts)
    path = f"/{_path(url)[1]}" if kind == "sentinel" else ""
    user = parts.netloc.rpartition("@")[0]
    one = SplitResult(scheme, f"{user}@host" if user else "host", path, parts.query, "")
    options = dict(parse_url(one.geturl()))
    del options["host"]
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    return options
