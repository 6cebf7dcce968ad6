"""`python server_template.py`: has the program imported, and forks a server of itself whenever it is asked to.

Most of what a start takes is importing, and a run of the tests starts some two hundred servers. It is asked over a
socket on standard input (`server_forks.py`); when that is closed it ends, and with it, whatever has ended the tests,
all its servers. What is no `spied_server.py` is executed instead.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any

import spied_server
import uvloop  # noqa: F401 - as the server does when it starts

import app.core.migrations
import app.core.postgresql  # noqa: F401
from app.core.parent import end_with_parent

LARGEST = 2**20


def ask_for_ever(door: socket.socket) -> dict[str, Any] | None:
    """Fork until nobody can ask any more: None. In the new process, return what was asked for."""
    children, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    arrange = end_with_parent(os.getpid())
    while True:
        ready, _, _ = select.select([door, children], [], [])
        if children in ready:
            children.recv(4096)
            tell_ends(door)
        if door not in ready:
            continue
        message, files, _, _ = socket.recv_fds(door, LARGEST, 2)
        if not message:
            return None
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (door, children, waker):
                each.close()
            become(asked := json.loads(message), files)
            if arrange:
                arrange()
            return dict(asked)
        for file in files:
            os.close(file)
        door.send(json.dumps({"pid": pid}).encode())


def tell_ends(door: socket.socket) -> None:
    """Tell of each process that has ended, and how."""
    with suppress(ChildProcessError, BrokenPipeError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            door.send(json.dumps({"pid": ended[0], "status": os.waitstatus_to_exitcode(ended[1])}).encode())


def become(asked: dict[str, Any], files: list[int]) -> None:
    """Take the surroundings that were asked for."""
    os.setsid()
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), *files)):
        os.dup2(file, number)
        if file > 2:
            os.close(file)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()


def main() -> None:
    """Wait to be asked; as a server, serve."""
    gc.collect()
    gc.freeze()
    asked = ask_for_ever(socket.socket(fileno=sys.stdin.fileno()))
    if asked is None:
        return
    if asked["arguments"] is None:
        os.execvpe(asked["command"][0], asked["command"], asked["environment"])  # noqa: S606 - as it was told
    sys.argv = ["whiteboard", *asked["arguments"]]
    spied_server.main()


if __name__ == "__main__":
    main()
