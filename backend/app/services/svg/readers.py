"""The worker processes that read drawings: few at a time, each replaced when it has failed."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import BinaryIO

import structlog

from app.core.config import Settings
from app.core.errors import DrawingTooLarge, ImportBusy, InvalidSvg, WhiteboardError
from app.core.parent import end_with_parent
from app.services.svg.limits import Limits
from app.services.svg.messages import LENGTH, Job, Part, Refused, Report, framed, read_answer
from app.services.svg.report import ImportedPath, Skipped

log = structlog.get_logger()

WAITING = 16
"""Files that may wait for a worker; more are sent away for a moment."""
IDLE_SECONDS = 60.0
JOBS = 200
"""After so many a worker is replaced, for what memory it may have kept."""
LARGE = 50_000
"""So many bytes count as one job more: after 10 MB a worker has done its work."""
CHUNK = 256 * 1024
OVERTIME = "The drawing takes too long to read."

Take = Callable[[list[ImportedPath]], Awaitable[None]]
"""What is done with the paths, part by part, in the order of drawing."""


class Readers:
    """Reads files in workers; `read` is all that there is to it, and `close` ends them."""

    def __init__(self, settings: Settings) -> None:
        self._limits = limits_of(settings)
        self._settings = settings
        self._turn = asyncio.Semaphore(settings.svg_workers)
        self._waiting = 0
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()

    async def read(self, source: BinaryIO, size: int, take: Take) -> list[Skipped]:
        """Have a file of `size` bytes read, and give what was left out of it.

        Raises InvalidSvg, DrawingTooLarge, ImportBusy, and what `take` raises.
        """
        async with self._in_turn(), self._worker() as worker:
            return await worker.read(Job(self._limits, size, self._settings.svg_cpu_seconds), source, take)

    async def close(self) -> None:
        """End every worker."""
        for worker in list(self._all):
            await self._end(worker)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING:
            raise ImportBusy
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator["Worker"]:
        """A worker of one's own; one in which anything went wrong is not used again."""
        worker = await self._idle_one() or await self._start()
        try:
            yield worker
        finally:
            if worker.is_fit:
                worker.rest(lambda: self._retire(worker))
                self._idle.append(worker)
            else:
                await asyncio.shield(self._end(worker))

    async def _idle_one(self) -> "Worker | None":
        """The one that was used last; those that have died meanwhile are forgotten."""
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive:
                return worker
            await self._end(worker)
        return None

    async def _start(self) -> "Worker":
        worker = await Worker.start(self._settings.svg_memory_mb, self._settings.svg_seconds)
        self._all.add(worker)
        return worker

    def _retire(self, worker: "Worker") -> None:
        """End one that had nothing to do for long: it closes by itself when its pipe does."""
        self._idle.remove(worker)
        self._ending = asyncio.ensure_future(self._end(worker))

    async def _end(self, worker: "Worker") -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        await worker.end()


class Worker:
    """One process; `is_fit` between jobs that went as they should."""

    def __init__(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        self._process = process
        self._seconds = seconds
        self._left = JOBS
        self._timer: asyncio.TimerHandle | None = None
        self.is_fit = True

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self._process.returncode is None

    @classmethod
    async def start(cls, megabytes: int, seconds: float) -> "Worker":
        """Start one; it ends with this process, whatever ends this one."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.services.svg.worker",
            str(megabytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent(os.getpid()),
            start_new_session=True,  # Ctrl-C is for the server, which ends this one
        )
        return cls(process, seconds)

    async def read(self, job: Job, source: BinaryIO, take: Take) -> list[Skipped]:
        """Have one file read; see `Readers.read`."""
        if self._timer:
            self._timer.cancel()
        self.is_fit = False
        try:
            answer = await self._first_answer(job, source)
            while isinstance(answer, Part):
                await take(answer.paths)
                answer = await self._answer()
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._death() from None
        self._left -= 1 + job.size // LARGE
        self.is_fit = self._left > 0 and not (isinstance(answer, Refused) and answer.last)
        if isinstance(answer, Refused):
            raise error_of(answer)
        return answer.skipped

    async def _first_answer(self, job: Job, source: BinaryIO) -> Part | Report | Refused:
        """Send the file, and wait until it is read, which has a time limit."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(job, source)
                return await self._answer()
        except TimeoutError:
            raise DrawingTooLarge(OVERTIME) from None

    async def _send(self, job: Job, source: BinaryIO) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - it was asked for
        pipe.write(framed(job))
        left = job.size
        while left:
            chunk = await asyncio.to_thread(source.read, min(CHUNK, left))
            if not chunk:
                raise InvalidSvg("The file ends too early.")
            left -= len(chunk)
            pipe.write(chunk)
            await pipe.drain()

    async def _answer(self) -> Part | Report | Refused:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - it was asked for
        (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
        return read_answer(await pipe.readexactly(length))

    async def _death(self) -> DrawingTooLarge:
        """The error for a process that ended in the middle of a job: the system has ended it."""
        await self.end()
        log.warning("import worker died", status=self._process.returncode)
        return DrawingTooLarge("The drawing needs too much time or memory to be read.")

    def rest(self, retire: Callable[[], None]) -> None:
        """Wait for the next job, but not for ever."""
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, retire)

    async def end(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._timer:
            self._timer.cancel()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def error_of(refused: Refused) -> WhiteboardError:
    """A worker's refusal as the error that it is."""
    kind = DrawingTooLarge if refused.code == DrawingTooLarge.code else InvalidSvg
    return kind(refused.detail)


def limits_of(settings: Settings) -> Limits:
    """What a drawing may have, by the settings."""
    return Limits(
        sent=settings.svg_max_bytes,
        inflated=settings.svg_max_inflated,
        depth=settings.svg_max_depth,
        elements=settings.svg_max_elements,
        paths=settings.svg_max_paths,
        segments=settings.svg_max_segments,
        use_depth=settings.svg_max_use_depth,
        style=settings.svg_max_style,
        css=settings.svg_max_css,
    )
