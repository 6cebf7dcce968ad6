"""Ways to keep a server from writing: a limit on its files, a full file system, a lock."""

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from server_process import ServerProcess

LOCK = """
import sys
from pysqlite3 import dbapi2 as sqlite
db = sqlite.connect(sys.argv[1], isolation_level=None, timeout=30)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
MIB = 1 << 20


@contextlib.contextmanager
def no_file_may_grow(server: ServerProcess) -> Iterator[None]:
    """Every write of the server to a file fails (EFBIG: to SQLite an I/O error) while the block runs."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextlib.contextmanager
def small_file_system(place: Path, mebibytes: int) -> Iterator[bool]:
    """A file system of that size at `place`; False where this user may mount none."""
    place.mkdir(parents=True)
    size = f"size={mebibytes}m,mode=0700"
    mounted = os.getuid() == 0 and not _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place))
    try:
        yield mounted
    finally:
        if mounted:
            _run("umount", "--lazy", str(place))


@contextlib.contextmanager
def filled(place: Path) -> Iterator[None]:
    """The file system of `place` is full to the last byte while the block runs."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)) == 4096:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Another process holds the write lock of the database while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCK, str(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"locked\n"
        yield
    finally:
        process.stdin.close()
        await process.wait()


def _run(*words: str) -> int:
    return subprocess.run(words, capture_output=True, check=False).returncode
