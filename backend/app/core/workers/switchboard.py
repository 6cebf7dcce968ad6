"""Takes every connection, and hands each to a worker: people of one room to the same one, as long as it keeps up.

A room in one worker costs less than in two, which tell one another whatever is drawn, and each make their own frames
of it. So the path that is asked for is looked at (and left where it is, for the worker to read). Nothing depends on it
but cost: a room may be in any number of workers.
"""

import re
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from app.core.workers.channel import CONNECTION, Channel, Message
from app.core.workers.reactor import Reactor
from app.core.workers.slots import Slot

ROOM = re.compile(rb"[A-Z]+ /api/rooms/[0-9A-Fa-f-]{28}([0-9A-Fa-f]{8})[/ ?]")
"""The first line of a request that concerns a room; the end of its id is as good as a die."""
LOOKED_AT = 256
"""Bytes of a request in which its path stands."""
WORDLESS_SECONDS = 0.5
"""After which a connection that has asked nothing yet is handed out all the same."""
MOST_WORDLESS = 500
AT_ONCE = 64
FULL_SECONDS = 0.02
TIRED_SECONDS = 0.5
"""How long no connection is taken when the system has no more of them to give."""
UNEVEN, SPARE = 1.25, 16
"""A room goes to its own worker until that has a quarter more than its share of all connections, and a few."""


class Line:
    """A worker as it is seen from here."""

    def __init__(self, number: int, slot: Slot, channel: Channel) -> None:
        self.number = number
        self.slot = slot
        self.channel = channel
        self.sent = 0
        """Connections handed to it."""

    @property
    def load(self) -> int:
        """Its connections, with those that it has not taken from the channel yet."""
        return self.slot.open + self.sent - self.slot.taken


class Switchboard:
    """The listening sockets, and the connections that no worker has yet."""

    def __init__(self, reactor: Reactor, listeners: Sequence[socket.socket], lines: Sequence[Line]) -> None:
        self._reactor = reactor
        self._listeners = listeners
        self._lines = lines
        self._wordless: dict[socket.socket, float] = {}
        self._waiting: deque[tuple[socket.socket, int | None]] = deque()
        self._emptying = False

    def open(self) -> None:
        """Take connections."""
        for listener in self._listeners:
            listener.settimeout(0)
            self._reactor.on_read(listener, self._accepting(listener))

    def close(self) -> None:
        """Take no more, and drop those that no worker has."""
        for listener in self._listeners:
            self._reactor.forget(listener)
            listener.close()
        for connection in [*self._wordless, *(each for each, _ in self._waiting)]:
            self._reactor.forget(connection)
            connection.close()
        self._wordless.clear()
        self._waiting.clear()

    def disown(self) -> None:
        """In a child: close its copies of everything, of which its parent notices nothing."""
        for each in (*self._listeners, *self._wordless, *(connection for connection, _ in self._waiting)):
            each.close()

    def hand(self, connection: socket.socket, home: int | None = None) -> None:
        """Give a connection to a worker: to its own, or the one that has the fewest."""
        self._waiting.append((connection, home))
        self._hand_out()

    def look(self, connection: socket.socket) -> None:
        """Give a connection to a worker by what it asks for."""
        try:
            words = connection.recv(LOOKED_AT, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            words = b" "
        except OSError:
            words = b""
        if words:
            self.hand(connection, home_of(words))
        else:
            connection.close()  # whoever it was has gone

    def _accepting(self, listener: socket.socket) -> Callable[[], None]:
        def accept() -> None:
            for _ in range(AT_ONCE):
                try:
                    connection, _ = listener.accept()
                except (BlockingIOError, ConnectionAbortedError):
                    return
                except OSError:  # no numbers for open files, no memory: those who wait in the queue are safe there
                    self._reactor.forget(listener)
                    self._reactor.later(TIRED_SECONDS, lambda: self._again(listener))
                    return
                self._await_words(connection)

        return accept

    def _again(self, listener: socket.socket) -> None:
        if listener.fileno() >= 0:
            self._reactor.on_read(listener, self._accepting(listener))

    def _await_words(self, connection: socket.socket) -> None:
        if len(self._wordless) >= MOST_WORDLESS:
            self._heard(next(iter(self._wordless)))
        self._wordless[connection] = time.monotonic()
        self._reactor.on_read(connection, lambda: self._heard(connection))
        self._reactor.later(WORDLESS_SECONDS, lambda: self._heard(connection))

    def _heard(self, connection: socket.socket) -> None:
        """It has asked for something, or its time is over."""
        if self._wordless.pop(connection, None) is not None:
            self._reactor.forget(connection)
            self.look(connection)

    def _hand_out(self) -> None:
        """Give away those that wait, in their order, as far as there is somebody who takes them."""
        while self._waiting:
            connection, home = self._waiting[0]
            message = Message(CONNECTION, 0, connection)
            line = next((each for each in choices(self._lines, home) if each.channel.send(message)), None)
            if line is None:
                self._hand_out_later()
                return
            line.sent += 1
            connection.close()
            self._waiting.popleft()

    def _hand_out_later(self) -> None:
        if not self._emptying:
            self._emptying = True
            self._reactor.later(FULL_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._emptying = False
        self._hand_out()


def home_of(words: bytes) -> int | None:
    """A number of the room that a request concerns; None if it concerns none."""
    found = ROOM.match(words)
    return int(found[1], 16) if found else None


def choices(lines: Sequence[Line], home: int | None) -> Iterator[Line]:
    """The workers that take connections, the one for this connection first."""
    ready = [line for line in lines if line.slot.serves] or [line for line in lines if line.slot.ready]
    ready.sort(key=lambda line: line.load)
    if home is not None and ready:
        most = UNEVEN * sum(line.load for line in ready) / len(ready) + SPARE
        around = (lines[(home + step) % len(lines)] for step in range(len(lines)))
        yield next((line for line in around if line in ready and line.load < most), ready[0])
    yield from ready
