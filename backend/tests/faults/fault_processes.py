"""What the system tells of a server's process: memory, sockets, children."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from server_process import ServerProcess

ESTABLISHED, LISTEN = "01", "0A"


def resident_bytes(pid: int) -> int:
    """The memory that a process has in RAM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_sockets(server: ServerProcess) -> int:
    """How many connections to its port a server holds."""
    port = f"{server.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = {row[9] for row in rows if row[1].endswith(f":{port}") and row[3] != LISTEN}
    return len(local & _inodes(server.pid))


def _inodes(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def runs(pid: int) -> bool:
    """Does a process still run? One that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


async def eventually(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until something holds, and give the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, f"in vain for {seconds:g} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def send_signal(pid: int, number: int) -> None:
    """Signal one process that a test started."""
    assert pid > 1
    os.kill(pid, number)


@asynccontextmanager
async def running(*servers: ServerProcess) -> AsyncIterator[tuple[ServerProcess, ...]]:
    """Start servers at once; at the end stop them, and see that none has written a traceback."""
    try:
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in servers))
        yield servers
    finally:
        await asyncio.gather(*(asyncio.to_thread(each.close) for each in servers))
    for each in servers:
        assert "Traceback" not in each.stderr, each.stderr
