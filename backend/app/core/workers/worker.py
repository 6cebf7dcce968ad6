"""A worker's own side: it takes the connections that it is handed, and asks the other workers how they are."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping

import structlog

from app.core.server import WhiteboardServer, handled_signals
from app.core.workers.channel import ASK, CONNECTION, QUESTION, READY, STOP, STOPPING, Channel, Message
from app.core.workers.slots import CountedConnections, Slots

log = structlog.get_logger()

ANSWER_SECONDS = 2.5
"""After which another worker counts as one that does not answer; longer than it looks around for itself (2 s)."""
HURRY = signal.SIGUSR1
"""From the supervisor: give up waiting."""

Answer = Callable[[], Awaitable[bytes]]


class Worker:
    """One of the workers, in its own process. `answers`: by their name, what others may ask it."""

    def __init__(self, number: int, channel: Channel, slots: Slots) -> None:
        self.number = number
        self.slots = slots
        self.answers: Mapping[str, Answer] = {}
        self._channel = channel
        self._server: WhiteboardServer
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """As people are told of it."""
        return name_of(self.number)

    def attend(self, server: WhiteboardServer) -> None:
        """Before the start: signals that reach the whole service mean the end once, however often they come."""
        self._server = server
        server.server_state.connections = CountedConnections(self.slots[self.number])
        server.each_second = self.slots[self.number].tell
        loop = asyncio.get_running_loop()
        for number in handled_signals():
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(HURRY, server.stop)

    def begin(self) -> None:
        """The server is ready: take connections."""
        self.slots[self.number].tell()
        self._server.servers.append(self)  # type: ignore[arg-type]
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._hear)
        self._channel.send(Message(READY))

    # As a listening server of asyncio: what uvicorn closes before anything else.

    def close(self) -> None:
        """Take no more connections."""
        if asyncio.get_running_loop().remove_reader(self._channel.fileno()):
            self._channel.send(Message(STOPPING))

    async def wait_closed(self) -> None:
        """Closing is done at once."""

    # The other workers.

    async def ask_others(self, question: str) -> dict[int, bytes | None]:
        """What the others that serve answer, by their numbers; None from those that do not in time."""
        others = [n for n, slot in enumerate(self.slots) if n != self.number and slot.serves]
        return dict(zip(others, await asyncio.gather(*(self._ask(n, question) for n in others)), strict=True))

    async def _ask(self, number: int, question: str) -> bytes | None:
        ours, theirs = socket.socketpair()
        with theirs:
            sent = self._channel.send(Message(ASK, number, theirs))
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            async with asyncio.timeout(ANSWER_SECONDS if sent else 0):
                writer.write(f"{question}\n".encode())
                return await reader.read() or None
        except (OSError, TimeoutError):
            return None
        finally:
            writer.close()

    async def _answer(self, asker: socket.socket) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_unix_connection(sock=asker)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    question = (await reader.readline()).decode().strip()
                    writer.write(await self.answers[question]())
                    await writer.drain()
            finally:
                writer.close()

    # What comes by the channel.

    def _hear(self) -> None:
        try:
            for message in self._channel.read():
                self._take(message)
        except EOFError:  # the supervisor is gone, and nobody would hand out connections any more
            self._stop()

    def _take(self, message: Message) -> None:
        if message.kind == STOP:
            self._stop()
        elif message.carried is None:
            log.warning("too many files are open: a connection is lost")
            self.slots[self.number].taken += 1
        elif message.kind == QUESTION:
            self._spawn(self._answer(message.carried))
        elif message.kind == CONNECTION:
            self._spawn(self._serve(message.carried))

    async def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(self._server.protocol, connection)
        except OSError:  # whoever it was has gone
            connection.close()
        finally:
            self.slots[self.number].taken += 1

    def _stop(self) -> None:
        if not self._server.should_exit:
            self._server.stop()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def name_of(number: int) -> str:
    """A worker as people are told of it: the first one is 1."""
    return str(number + 1)
