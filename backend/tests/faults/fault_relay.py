"""A TCP relay on 127.0.0.1 between two parties, which a test can cut, silence, or have lose what it chooses."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

Chooser = Callable[[bytes], bool]
CHUNK = 1 << 16


class Relay:
    """Passes on to the first of `targets` (ports) that answers, and back.

    `cut` ends every connection with a reset; while `silent`, nothing is passed on and nothing ends, as on a line that
    was pulled out; `loses` is asked for every Redis reply on its way back, if it is set.
    """

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = list(targets)
        self.loses: Chooser | None = None
        self.port = 0
        self.lost = 0
        self.connections = 0
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where HTTP goes through it."""
        return f"http://127.0.0.1:{self.port}"

    def silence(self) -> None:
        """From now on nothing comes through, in either direction, and nobody is told."""
        self._flows.clear()

    def flow(self) -> None:
        """End the silence; what was sent meanwhile comes through late."""
        self._flows.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened = await self._reach()
        if opened is None:
            writer.transport.abort()
            return
        there, back = opened
        self._writers |= {writer, back}
        try:
            pumps = [
                asyncio.create_task(each) for each in (self._pump(reader, back, None), self._return(there, writer))
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers -= {writer, back}
            for each in (writer, back):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self.targets:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _return(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._pump(reader, writer, self._choose if self.loses else None)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, choose: Chooser | None) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                if choose:
                    data, waiting = self._sift(waiting + data)
                if data:
                    writer.write(data)
                    await writer.drain()

    def _choose(self, reply: bytes) -> bool:
        return bool(self.loses and self.loses(reply))

    def _sift(self, data: bytes) -> tuple[bytes, bytes]:
        """What to pass on of some replies, and the beginning of the next one."""
        passed, start = [], 0
        while (end := reply_end(data, start)) is not None:
            reply, start = data[start:end], end
            if self._choose(reply):
                self.lost += 1
            else:
                passed.append(reply)
        return b"".join(passed), data[start:]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()


def reply_end(data: bytes, start: int) -> int | None:
    """Where the RESP value (the Redis protocol) that begins at `start` ends, or None if it is not complete."""
    line_end = data.find(b"\r\n", start)
    if line_end < 0:
        return None
    kind, rest, end = data[start : start + 1], data[start + 1 : line_end], line_end + 2
    if kind in b"$=!":
        size = int(rest)
        stop = end if size < 0 else end + size + 2
        return stop if stop <= len(data) else None
    if kind in b"*>~%":
        for _ in range(int(rest) * (2 if kind == b"%" else 1)):
            found = reply_end(data, end)
            if found is None:
                return None
            end = found
    return end


def is_ops_message(reply: bytes) -> bool:
    """Is this a message on a room's channel that tells ops?"""
    head = reply[:64]
    return head[:1] in b"*>" and b"message" in head and b"room:{" in head and b'"type":"ops"' in reply
