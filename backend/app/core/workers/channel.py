"""What goes between the supervisor and a worker, over a pair of Unix sockets: two bytes, and mostly an open socket.

The supervisor keeps both ends: what a worker had not taken when it died goes to another, or to its successor.
"""

import array
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

CONNECTION, QUESTION, STOP = b"c", b"q", b"s"
"""To a worker: somebody's connection; another worker's question; the end."""
READY, STOPPING, ASK = b"R", b"S", b"A"
"""From a worker: it takes connections now, or no more; a question for another one, whose number is the second byte."""
SIZE = 2


@dataclass(frozen=True, slots=True)
class Message:
    """A kind, a worker's number where one belongs to it, and perhaps a socket."""

    kind: bytes
    number: int = 0
    carried: socket.socket | None = None


class Channel:
    """One end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.settimeout(0)

    def fileno(self) -> int:
        """To wait for it."""
        return self._end.fileno()

    def close(self) -> None:
        """Close this process's copy of the end."""
        self._end.close()

    def send(self, message: Message) -> bool:
        """Send; False if just now no more fit, or nobody is there to read it. What is carried stays open here."""
        data = message.kind + bytes((message.number,))
        try:
            if message.carried is None:
                self._end.send(data)
            else:
                socket.send_fds(self._end, [data], [message.carried.fileno()])
        except OSError:
            return False
        return True

    def read(self) -> Iterator[Message]:
        """What has come until now. EOFError if the other side is gone."""
        while True:
            try:
                data, ancillary, _, _ = self._end.recvmsg(SIZE, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            except OSError:
                data, ancillary = b"", []
            if not data:
                raise EOFError
            yield Message(data[:1], data[1], _carried(ancillary))


def pair() -> tuple[Channel, Channel]:
    """Two ends."""
    one, other = socket.socketpair()
    return Channel(one), Channel(other)


def _carried(ancillary: list[tuple[int, int, bytes]]) -> socket.socket | None:
    """The socket that came along; None also if this process has no number left for it."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS) and len(data) >= 4:
            numbers = array.array("i", data[:4])
            os.set_inheritable(numbers[0], False)  # noqa: FBT003 - the system's order
            return socket.socket(fileno=numbers[0])
    return None
