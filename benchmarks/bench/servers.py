"""What is measured: a server process of the product or of the baseline on a core of its own, and what it uses."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "backend" / "tests"))

from server_process import ServerProcess, free_port

SERVER_CORE, LOAD_CORE = 0, 1
ALLOWED = os.sched_getaffinity(0)
"""The cores that this run may use."""
TICKS = os.sysconf("SC_CLK_TCK")
RELAY = Path(__file__).with_name("relay.py")
UNLIMITED = {
    "WHITEBOARD_ROOMS_PER_ADDRESS": "1000000",
    "WHITEBOARD_BACKUP_SECONDS": "0",
    "WHITEBOARD_LOG_LEVEL": "info",
}


class Product(ServerProcess):
    """The server as people run it, without what the tests have around it."""

    command = (sys.executable, "-m", "app.cli", "serve")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds used so far by a process and by its children, and its memory in bytes."""

    own: float
    children: float
    memory: int


@dataclass(frozen=True, slots=True)
class Target:
    """A server to load. `pid`: its main process; `paths` and hellos differ between the product and the baseline."""

    name: str
    port: int
    pid: int
    relay: bool = False

    def usage(self) -> Usage:
        """What it has used until now."""
        others = family(self.pid)[1:]
        return Usage(_cpu(self.pid), sum(map(_cpu, others)), _memory(self.pid))

    def post(self, path: str, body: object) -> dict[str, object]:
        """Ask over HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told: dict[str, object] = json.loads(answer.read())
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {told}")
        return told


@contextlib.contextmanager
def product(
    directory: Path, settings: Mapping[str, str] | None = None, cores: set[int] | None = None
) -> Iterator[Target]:
    """The whiteboard's server, with its own Redis, pinned to a core."""
    server = Product(directory, {**UNLIMITED, **(settings or {})})
    with pinned(cores or {SERVER_CORE}):
        server.start()
    with contextlib.closing(server):
        yield Target("whiteboard", server.port, server.pid)


@contextlib.contextmanager
def relay() -> Iterator[Target]:
    """The baseline's server, pinned to a core."""
    port = free_port()
    with pinned({SERVER_CORE}):
        process = subprocess.Popen([sys.executable, str(RELAY), str(port)], stdout=subprocess.PIPE)  # noqa: S603
    try:
        (process.stdout or sys.stdin.buffer).readline()
        yield Target("bare relay", port, process.pid, relay=True)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """Let processes that are started meanwhile run on these cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores & ALLOWED or ALLOWED)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def own_cpu() -> float:
    """CPU seconds of this process, which makes the load."""
    used = os.times()
    return used.user + used.system


def family(pid: int) -> list[int]:
    """A process, and all that came of it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> int:
    """Resident bytes that are the process's own."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    return 0
