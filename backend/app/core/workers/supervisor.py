"""Keeps the workers running: starts them, starts again who dies, and ends them in order.

They are forked, not spawned: that takes a few milliseconds instead of a second, and they share the memory of the code.
So nothing here may have threads, an event loop or a database open.
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from app.core.parent import end_with_parent
from app.core.server import handled_signals
from app.core.workers.channel import ASK, CONNECTION, QUESTION, READY, STOP, STOPPING, Message, pair
from app.core.workers.reactor import Reactor
from app.core.workers.slots import Slots, shared_slots
from app.core.workers.switchboard import Line, Switchboard
from app.core.workers.worker import HURRY, Worker, name_of

log = structlog.get_logger()

STEADY_SECONDS = 10.0
"""Who has run that long is started again at once."""
LONGEST_PAUSE = 5.0
STOP_SECONDS = 15.0
"""Longer than an orderly end takes: who still runs then is killed."""

Serve = Callable[[Worker], int]
"""What a worker's process does; gives its exit status."""


class Post(Line):
    """A worker's place: its process, if there is one just now."""

    def __init__(self, number: int, slots: Slots) -> None:
        ours, self.theirs = pair()
        super().__init__(number, slots[number], ours)
        self.pid: int | None = None
        self.started = 0.0
        self.pause = 0.0
        self.was_ready = False


class Supervisor:
    """Runs `serve` in so many processes behind the listening sockets; `on_ready` is called once, when all are ready."""

    def __init__(
        self, count: int, listeners: Sequence[socket.socket], serve: Serve, on_ready: Callable[[], None]
    ) -> None:
        self._slots = shared_slots(count)
        self._serve = serve
        self._on_ready: Callable[[], None] | None = on_ready
        self._reactor = Reactor()
        self._posts = [Post(number, self._slots) for number in range(count)]
        self._switchboard = Switchboard(self._reactor, listeners, self._posts)
        self._stopping = False
        self._status = 0

    def run(self) -> int:
        """Serve until a signal comes, and all have ended; gives the exit status."""
        gc.collect()
        gc.freeze()  # what is there already stays in memory that all share
        ending = handled_signals()
        with contextlib.closing(self._reactor), self._reactor.signals((*ending, signal.SIGCHLD), self._signal):
            for post in self._posts:
                self._reactor.on_read(post.channel, self._hearing(post))
            self._start(self._posts[0])  # alone: what keeps all from starting is told once
            self._reactor.run()
        return self._status

    # Processes.

    def _start(self, post: Post) -> None:
        if self._stopping or post.pid is not None:
            return
        arrange = end_with_parent(os.getpid())
        sys.stdout.flush()
        sys.stderr.flush()
        every = signal.valid_signals()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, every)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                if arrange is not None:
                    arrange()
                self._become(post)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                status = self._serve(Worker(post.number, post.theirs, self._slots))
            except Exception:
                log.exception("worker failed")
            finally:
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        post.pid, post.started, post.was_ready = pid, time.monotonic(), False

    def _become(self, post: Post) -> None:
        """In the child: nothing of the supervisor's is left, and no signal comes to it. `ps` shows its number."""
        signal.set_wakeup_fd(-1)
        for number in handled_signals():
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)  # the terminal's Ctrl-C is for the supervisor
        with contextlib.suppress(OSError):  # Linux has it
            Path("/proc/self/comm").write_text(f"whiteboard {name_of(post.number)}")
        self._reactor.close()
        self._switchboard.disown()
        for each in self._posts:
            each.channel.close()
            if each is not post:
                each.theirs.close()

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:  # in a container, as process 1, also what workers have left behind
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                for post in self._posts:
                    if post.pid == pid:
                        self._ended(post, os.waitstatus_to_exitcode(status))

    def _ended(self, post: Post, status: int) -> None:
        post.pid = None
        post.slot.clear()
        post.sent = 0
        if self._stopping:
            self._status = self._status or int(status != 0)
            self._until_all_ended()
        elif self._on_ready and not post.was_ready:
            self._status = 1  # it has told why
            self._end()
        else:
            self._replace(post, status)
        self._take_back(post)

    def _replace(self, post: Post, status: int) -> None:
        steady = time.monotonic() - post.started > STEADY_SECONDS
        pause = post.pause = 0.0 if steady or (status == 0 and post.was_ready) else post.pause
        post.slot.restarts += 1
        log.error("worker ended, starting it again", worker=name_of(post.number), status=status, seconds=pause)
        post.pause = min(LONGEST_PAUSE, pause * 2 or 0.1)
        self._reactor.later(pause, lambda: self._start(post))

    def _take_back(self, post: Post) -> None:
        """What it was handed and never took goes to others."""
        with contextlib.suppress(EOFError):
            for message in post.theirs.read():
                if message.carried is None:
                    continue
                if message.kind == CONNECTION and not self._stopping:
                    self._switchboard.look(message.carried)
                else:
                    message.carried.close()

    # What workers say.

    def _hearing(self, post: Post) -> Callable[[], None]:
        def hear() -> None:
            for message in post.channel.read():
                self._hear(post, message)

        return hear

    def _hear(self, post: Post, message: Message) -> None:
        if message.kind == READY:
            self._ready(post)
        elif message.kind == STOPPING:
            post.slot.ready = 0
            self._take_back(post)
        elif message.kind == ASK and message.carried is not None:
            with message.carried as asker:
                if message.number < len(self._posts):
                    self._posts[message.number].channel.send(Message(QUESTION, 0, asker))

    def _ready(self, post: Post) -> None:
        post.was_ready = True
        post.slot.ready = 1
        log.info("worker is ready", worker=name_of(post.number), pid=post.pid)
        if self._on_ready is None:
            return
        if all(each.was_ready for each in self._posts):
            on_ready, self._on_ready = self._on_ready, None
            self._switchboard.open()
            on_ready()
        else:
            for each in self._posts:
                self._start(each)

    # The end.

    def _signal(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif self._stopping:
            self._hurry()
        else:
            self._end()

    def _end(self) -> None:
        """No new connections, and an orderly end for everybody."""
        self._stopping = True
        self._switchboard.close()
        for post in self._posts:
            post.channel.send(Message(STOP))
        self._reactor.later(STOP_SECONDS, self._kill)
        self._until_all_ended()

    def _hurry(self) -> None:
        """A second signal: they give up waiting. A third is left to the system."""
        for number in handled_signals():
            signal.signal(number, signal.SIG_DFL)
        for post in self._posts:
            if post.pid is not None:
                os.kill(post.pid, HURRY)

    def _kill(self) -> None:
        for post in self._posts:
            if post.pid is not None:
                log.error("worker did not end, and is killed", worker=name_of(post.number))
                os.kill(post.pid, signal.SIGKILL)

    def _until_all_ended(self) -> None:
        if all(post.pid is None for post in self._posts):
            self._reactor.stop()
