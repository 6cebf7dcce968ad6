"""Several machines on one: each a network namespace, joined by a router that is one too.

The router drops what a cut is to drop, and tells nobody, as a cable does that was pulled out: no reset, no ICMP. It
needs iproute2 and no module of the kernel beyond veth, policy routing and, for a slow line, tun.
"""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.parent import end_with_parent

CLONE_NEWNET = 0x40000000
ROUTER = "router"
PLACE = Path("/run/netns")
NAME = re.compile(r"wb-(\d+)-(\d+)-\d+-\w+")
_networks = count(1)
_libc = ctypes.CDLL(None, use_errno=True)


class NotPermitted(Exception):  # noqa: N818 - what is told
    """This process may not make namespaces, or the system has none."""


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """What this thread opens and starts in the block is in that namespace, and stays there."""
    with Path("/proc/thread-self/ns/net").open() as here, (PLACE / namespace).open() as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(here.fileno())


class Machine:
    """One of them; its address is `address`."""

    def __init__(self, prefix: str, name: str, number: int) -> None:
        self.name = name
        self.namespace = f"{prefix}{name}"
        self.address, self.gateway = f"10.77.{number}.2", f"10.77.{number}.1"

    def inside(self) -> contextlib.AbstractContextManager[None]:
        """What this thread opens and starts in the block is on this machine, and stays there."""
        return inside(self.namespace)


class Network:
    """`with Network("a", "b", "redis") as network: …`; at the end nothing is left of it, nor of runs that crashed."""

    def __init__(self, *names: str) -> None:
        prefix = f"wb-{os.getpid()}-{_began(os.getpid())}-{next(_networks)}-"
        self.machines = {name: Machine(prefix, name, number) for number, name in enumerate(names, 1)}
        self._router = f"{prefix}{ROUTER}"

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def __enter__(self) -> Self:
        sweep()
        try:
            self._build()
        except (OSError, subprocess.CalledProcessError) as error:
            self._remove()
            reason = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
            raise NotPermitted(str(reason)) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    # Faults.

    @contextlib.contextmanager
    def cut(self, *lines: tuple[str, str]) -> Iterator[None]:
        """While the block runs, what goes from the first to the second of each pair is lost, and nobody is told."""
        for one, other in lines:
            self._rule("add", one, other)
        try:
            yield
        finally:
            for one, other in lines:
                self._rule("del", one, other)

    @contextlib.contextmanager
    def unplugged(self, name: str) -> Iterator[None]:
        """While the block runs, nothing goes to a machine or comes from it."""
        _ip("-n", self._router, "link", "set", f"to-{name}", "down")
        try:
            yield
        finally:
            _ip("-n", self._router, "link", "set", f"to-{name}", "up")

    @contextlib.contextmanager
    def slow(self, name: str, *, milliseconds: int, percent: float) -> Iterator[None]:
        """While the block runs, a machine's line takes so long each way, and loses so many packets of a hundred."""
        machine = self[name]
        words = [machine.namespace, self._router, str(milliseconds), str(percent)]
        line = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "slow_line.py"), *words],
            stdout=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),  # noqa: PLW1509 - made ready before the fork
        )
        try:
            assert line.stdout is not None
            assert line.stdout.readline() == b"ready\n", "the slow line did not begin"
            for namespace in (machine.namespace, self._router):
                _ip("-n", namespace, "link", "set", "slow", "up")
            _ip("-n", machine.namespace, "route", "replace", "default", "dev", "slow", "src", machine.address)
            _ip("-n", self._router, "route", "add", f"{machine.address}/32", "dev", "slow")
            yield
        finally:
            line.kill()  # its interfaces, and the routes by them, go with it
            line.communicate()
            _ip("-n", machine.namespace, "route", "replace", "default", "via", machine.gateway)

    # How it is made.

    def _build(self) -> None:
        for namespace in (self._router, *(each.namespace for each in self.machines.values())):
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        with inside(self._router):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        for each in self.machines.values():
            here = f"to-{each.name}"
            peer = ("peer", "name", "eth0", "netns", each.namespace)
            _ip("link", "add", here, "netns", self._router, "type", "veth", *peer)
            _ip("-n", self._router, "address", "add", f"{each.gateway}/24", "dev", here)
            _ip("-n", each.namespace, "address", "add", f"{each.address}/24", "dev", "eth0")
            _ip("-n", self._router, "link", "set", here, "up")
            _ip("-n", each.namespace, "link", "set", "eth0", "up")
            _ip("-n", each.namespace, "route", "add", "default", "via", each.gateway)
        with self.cut(*(2 * (name,) for name in self.machines)):
            pass  # the router can

    def _rule(self, what: str, one: str, other: str) -> None:
        addresses = ("from", self[one].address, "to", self[other].address)
        _ip("-n", self._router, "rule", what, *addresses, "blackhole")

    def _remove(self) -> None:
        for namespace in (*(each.namespace for each in self.machines.values()), self._router):
            _end(namespace)


def sweep() -> None:
    """Remove what runs left behind that crashed: namespaces that bear the name of a process that is no more."""
    for path in PLACE.glob("wb-*"):
        found = NAME.fullmatch(path.name)
        if found and _began(int(found[1])) != found[2]:
            _end(path.name)


def _end(namespace: str) -> None:
    """Remove a namespace, and end who still runs in it."""
    if not (PLACE / namespace).exists():
        return
    for pid in map(int, _ip("netns", "pids", namespace).split()):
        if pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    _ip("netns", "delete", namespace)


def _enter(handle: int) -> None:
    if _libc.setns(handle, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _began(pid: int) -> str | None:
    """When a process began, in ticks of the kernel; None if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
