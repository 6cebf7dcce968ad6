"""The machine and the libraries: versions, open files, the clock."""

import ctypes
import platform
import resource
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

from app.core.sqlite import OLDEST, sqlite_version
from app.services.inspection.findings import Finding, fail, ok, warn

OLDEST_PYTHON = (3, 11)
OLDEST_LIBRARIES = {"uvicorn": (0, 54), "redis": (5, 0), "websockets": (13, 0)}
FEW_FILES = 4096
SPARE_FILES = 200
"""What the server has open besides a connection each."""
UNSYNCHRONISED = 0x40
"""The bit of adjtimex(2) that says so."""


def versions() -> Iterator[Finding]:
    """Python and the libraries that matter most."""
    python = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        yield fail("Python", python, "install 3.11 or newer")
    else:
        yield ok("Python", python)
    sqlite = sqlite_version()
    if numbers(sqlite) < OLDEST:
        yield fail("SQLite", f"{sqlite} can damage a database", "install the Python package pysqlite3")
    else:
        yield ok("SQLite", sqlite)
    for name, oldest in OLDEST_LIBRARIES.items():
        found = version(name)
        if numbers(found) < oldest:
            yield warn(name, found, f"install {'.'.join(map(str, oldest))} or newer, as the lock list has it")
        else:
            yield ok(name, found)


def numbers(text: str) -> tuple[int, ...]:
    """A version as numbers, as far as they go."""
    parts: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def files() -> Iterator[Finding]:
    """How many files a process may have open: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        yield ok("open files", "no limit")
        return
    found = f"{soft:,} here, so about {max(0, soft - SPARE_FILES):,} connections a process"
    if soft >= FEW_FILES:
        yield ok("open files", found)
        return
    advice = "raise it where the server is started: LimitNOFILE=65536 in a systemd unit, `ulimit -n 65536` in a shell"
    yield warn("open files", f"{found} (it may be raised to {hard:,})", advice)


def clock() -> Iterator[Finding]:
    """Is the clock kept right by a time server?"""
    synchronised = by_timedatectl()
    if synchronised is None:
        synchronised = by_kernel()
    if synchronised is None:
        yield warn("clock", "whether it is synchronised cannot be told here", "see that the machine itself uses NTP")
    elif synchronised:
        yield ok("clock", "synchronised")
    else:
        advice = "turn on chrony or systemd-timesyncd (in a container: on its host)"
        yield warn("clock", "not synchronised: what is drawn is ordered by it", advice)


def by_timedatectl() -> bool | None:
    """What systemd says; None where it says nothing."""
    if not (program := shutil.which("timedatectl")):
        return None
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()  # noqa: S603
    return {"yes": True, "no": False}.get(told)


def by_kernel() -> bool | None:
    """What the kernel says (adjtimex(2), asked only); None where it cannot be asked."""
    if sys.platform != "linux" or struct.calcsize("l") != 8:
        return None
    state = ctypes.create_string_buffer(512)
    if ctypes.CDLL(None, use_errno=True).adjtimex(state) < 0:
        return None
    (status,) = struct.unpack_from("i", state, 40)  # after modes, offset, freq, maxerror and esterror
    return not status & UNSYNCHRONISED
