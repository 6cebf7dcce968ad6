"""Processes forked from `server_template.py`, which end with this one: `launch(…)` is like `subprocess.Popen`."""

import atexit
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import spied_server

TEMPLATE = Path(__file__).with_name("server_template.py")
OF_EXECUTION = ("LD_", "PYTHON", "MALLOC_")
"""Environment variables that only take effect when a program is executed."""
LARGEST = 4096


class Forked:
    """A process, with those parts of `subprocess.Popen` that tests use."""

    def __init__(self, pid: int, stdout: IO[str], stderr: IO[str]) -> None:
        self.pid = pid
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self.ended = threading.Event()

    def poll(self) -> int | None:
        """Its status, once it has ended."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal if it still runs."""
        if not self.ended.is_set():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without notice."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Have it end."""
        self.send_signal(signal.SIGTERM)


class Template:
    """The process that forks them, and a thread that hears of their ends."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen([sys.executable, TEMPLATE], stdin=theirs, cwd="/", start_new_session=True)
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._pids: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._known: dict[int, Forked] = {}
        self._ends: dict[int, int] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        atexit.register(self.close)

    def launch(self, command: Sequence[str], environment: Mapping[str, str], directory: str) -> Forked:
        """Start a process."""
        (stdout, out), (stderr, err) = os.pipe(), os.pipe()
        arguments = command[2:] if is_spied(command, environment) else None
        asked = {"command": command, "arguments": arguments, "environment": dict(environment), "directory": directory}
        with self._turn:
            socket.send_fds(self._door, [json.dumps(asked).encode()], [out, err])
            pid = self._pids.get(timeout=60)
        os.close(out)
        os.close(err)
        process = Forked(pid, os.fdopen(stdout, encoding="utf-8"), os.fdopen(stderr, encoding="utf-8"))
        with self._lock:
            self._known[pid] = process
            if pid in self._ends:
                self._end(pid)
        return process

    def close(self) -> None:
        """End it, and with it all that it has forked."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._process.wait(10)
        self._listener.join(10)
        self._door.close()

    def _listen(self) -> None:
        while message := self._door.recv(LARGEST):
            told = json.loads(message)
            if "status" not in told:
                self._pids.put(told["pid"])
                continue
            with self._lock:
                self._ends[told["pid"]] = told["status"]
                if told["pid"] in self._known:
                    self._end(told["pid"])

    def _end(self, pid: int) -> None:
        process = self._known.pop(pid)
        process.returncode = self._ends.pop(pid)
        process.ended.set()


def is_spied(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Tell whether a process runs the program as it is, so that it need not be executed for that."""
    plain = not any(name.startswith(OF_EXECUTION) and os.environ.get(name) != environment[name] for name in environment)
    return plain and tuple(command[:2]) == (sys.executable, spied_server.__file__)


@cache
def template() -> Template:
    """The one of this process."""
    return Template()


def launch(command: Sequence[str], environment: Mapping[str, str], directory: str) -> Forked | subprocess.Popen[str]:
    """Start a process without input, in a session of its own."""
    if sys.platform == "linux":
        return template().launch(command, environment, directory)
    return subprocess.Popen(
        command,
        env=environment,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
