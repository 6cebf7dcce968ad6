"""More than one plain Redis: a cluster, a master with a replica and a Sentinel, and one that speaks TLS only."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self

from fault_redis import answering
from redis.asyncio import Redis
from server_process import free_port

from app.core.redis_server import find_program

SECONDS = 30
SLOTS = 16384
MASTERS = 3
FAILOVER_MS = 1500


class Node:
    """A process of redis-server, with a directory for what it writes."""

    def __init__(self, directory: Path, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self._directory = directory / str(self.port)
        self._directory.mkdir()
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *first: str) -> Self:
        """Start it, and do not wait."""
        words = [*first, "--dir", str(self._directory), "--bind", "127.0.0.1", *self._options]
        with (self._directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [find_program(), *words],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def ask(self, *words: str) -> object:
        """Send a command."""
        async with Redis(port=self.port, decode_responses=True) as client:
            return await client.execute_command(*words)


def plain(directory: Path, *options: str) -> Node:
    """A server that keeps nothing."""
    port = free_port()
    return Node(directory, "--port", str(port), "--save", "", "--appendonly", "no", *options, port=port)


@contextlib.contextmanager
def nodes() -> Iterator[tuple[Path, list[Node]]]:
    """A directory, and a list whose nodes end with the block."""
    started: list[Node] = []
    with tempfile.TemporaryDirectory(prefix="redis-kinds-") as directory:
        try:
            yield Path(directory), started
        finally:
            for node in started:
                if node.process and node.process.poll() is None:
                    node.kill()


class Cluster:
    """Three masters, each with a replica."""

    def __init__(self, masters: list[Node], replicas: list[Node]) -> None:
        self.masters = masters
        self.replicas = replicas

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.masters)

    async def master_of(self, key: str) -> Node:
        """The node that holds a key."""
        slot = await self.masters[0].ask("CLUSTER", "KEYSLOT", key)
        assert isinstance(slot, int)
        return self.masters[slot * MASTERS // SLOTS]


@contextlib.asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    """Start one, and wait until it is whole."""
    with nodes() as (directory, started):
        for _ in range(2 * MASTERS):
            options = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(FAILOVER_MS))
            bus = ("--cluster-port", str(free_port()))
            started.append(plain(directory, *options, *bus, "--repl-diskless-sync-delay", "0").start())
        for node in started:
            await answering(node.port)
        made = Cluster(started[:MASTERS], started[MASTERS:])
        for index, node in enumerate(made.masters):
            first, last = -(-SLOTS * index // MASTERS), -(-SLOTS * (index + 1) // MASTERS) - 1
            await node.ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
        for node in started[1:]:
            await node.ask(
                "CLUSTER", "MEET", "127.0.0.1", str(started[0].port), node_option(started[0], "--cluster-port")
            )
        await until_all(started, "cluster_known_nodes:6")
        for master, replica in zip(made.masters, made.replicas, strict=True):
            await replica.ask("CLUSTER", "REPLICATE", str(await master.ask("CLUSTER", "MYID")))
        await until_all(started, "cluster_state:ok")
        for replica in made.replicas:
            await until_holds(replica, "'master_link_status': 'up'", "INFO", "replication")
        yield made


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[tuple[str, Node]]:
    """A master with a replica, and a Sentinel that watches over them; gives the URL, and the master."""
    with nodes() as (directory, started):
        master = plain(directory).start()
        replica = plain(
            directory, "--replicaof", "127.0.0.1", str(master.port), "--repl-diskless-sync-delay", "0"
        ).start()
        started += [master, replica]
        await answering(master.port)
        await until_holds(replica, "'master_link_status': 'up'", "INFO", "replication")
        port = free_port()
        file = directory / "sentinel.conf"
        file.write_text(
            f"port {port}\nsentinel monitor board 127.0.0.1 {master.port} 1\n"
            f"sentinel down-after-milliseconds board {FAILOVER_MS}\nsentinel failover-timeout board 10000\n"
        )
        sentinel = Node(directory, port=port).start(str(file), "--sentinel")
        started.append(sentinel)
        await answering(port)
        await until_holds(sentinel, "'slaves': 1", "INFO", "sentinel")
        yield f"redis+sentinel://127.0.0.1:{port}/board/0", master


@contextlib.asynccontextmanager
async def secret() -> AsyncIterator[tuple[str, Path]]:
    """One that speaks TLS only, with a certificate that only itself vouches for; gives the URL without it, and it."""
    with nodes() as (directory, started):
        key, certificate = directory / "key.pem", directory / "certificate.pem"
        words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
        await asyncio.to_thread(subprocess.run, ["openssl", "req", *words, *files], check=True, capture_output=True)
        port = free_port()
        tls = ("--tls-port", str(port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key))
        options = (
            "--port",
            "0",
            "--save",
            "",
            *tls,
            "--tls-ca-cert-file",
            str(certificate),
            "--tls-auth-clients",
            "no",
        )
        started.append(Node(directory, *options, port=port).start())
        yield f"rediss://localhost:{port}/0", certificate


def node_option(node: Node, name: str) -> str:
    """What a node was started with."""
    return node._options[node._options.index(name) + 1]


async def until_all(started: list[Node], text: str) -> None:
    """Wait until every node of a cluster says so."""
    for node in started:
        await until_holds(node, text, "CLUSTER", "INFO")


async def until_holds(node: Node, text: str, *words: str) -> None:
    """Wait until the answer to a command holds a text."""
    async with asyncio.timeout(SECONDS):
        while True:
            with contextlib.suppress(OSError):
                if text in str(await node.ask(*words)):
                    return
            await asyncio.sleep(0.05)


def speaks_tls() -> bool:
    """Can the Redis that is there speak TLS?"""
    found = subprocess.run(
        [find_program(), "--tls-port", "0", "--port", "0", "--version"], capture_output=True, check=False
    )
    linked = subprocess.run(["ldd", find_program()], capture_output=True, text=True, check=False).stdout
    return not found.returncode and "libssl" in linked and bool(os.access("/usr/bin/openssl", os.X_OK))
