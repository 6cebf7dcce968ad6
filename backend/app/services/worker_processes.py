"""Heavy work in processes of their own, so that nobody waits for it: bytes in, bytes out, bounded in every way."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from app.core.parent import end_with_parent

OUT_OF_MEMORY = 3
"""The exit status of a worker that Python told so; libraries abort instead."""
TOLD_BYTES = 2000
NICE = 19


@dataclass(frozen=True, slots=True)
class Confines:
    """What one worker may take: bytes of memory, seconds of CPU, seconds in all."""

    memory: int
    cpu_seconds: int
    seconds: float

    @property
    def arguments(self) -> tuple[str, str]:
        """The first arguments of a worker, for its `confine`."""
        return str(self.memory), str(self.cpu_seconds)


class WorkerFailed(Exception):  # noqa: N818 - it says what has happened
    """A worker did not do its work: it went beyond its confines (`over`: time, memory), or told what is wrong."""

    def __init__(self, status: int, told: str, over: str | None) -> None:
        super().__init__(f"status {status}: {told}" if told else f"status {status}")
        self.status = status
        self.told = told
        self.over = over


class WorkerProcesses:
    """Runs `python -m module`, so many at once; others wait. Their processes end with this one."""

    def __init__(self, module: str, confines: Confines, at_once: int) -> None:
        self._command = (sys.executable, "-m", module, *confines.arguments)
        self._seconds = confines.seconds
        self._turn = asyncio.Semaphore(at_once)

    async def run(self, sent: Iterable[bytes], *arguments: str) -> bytes:
        """Give a worker `sent` on standard input, and return what it wrote to standard output; raises WorkerFailed."""
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                preexec_fn=end_with_parent(os.getpid()),
                start_new_session=True,  # Ctrl-C is for the server, which ends this one
            )
            try:
                async with asyncio.timeout(self._seconds):
                    made, told = await _talk(process, sent)
            except TimeoutError:
                raise WorkerFailed(0, "", "time") from None
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if status := process.returncode or 0:
            raise WorkerFailed(status, told.decode(errors="replace").strip()[-TOLD_BYTES:], _over(status))
        return made


async def _talk(process: asyncio.subprocess.Process, sent: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Send all, take all, and wait for the end."""
    if process.stdout is None or process.stderr is None:
        raise ValueError("the process has no pipes")
    made, told, _ = await asyncio.gather(process.stdout.read(), process.stderr.read(), _send(process, sent))
    await process.wait()
    return made, told


async def _send(process: asyncio.subprocess.Process, sent: Iterable[bytes]) -> None:
    if process.stdin is None:
        raise ValueError("the process has no pipes")
    with suppress(BrokenPipeError, ConnectionResetError):  # it has ended: its status tells why
        for part in sent:
            process.stdin.write(part)
            await process.stdin.drain()
        process.stdin.close()


def _over(status: int) -> str | None:
    """Which of its confines a process went beyond."""
    if status == -signal.SIGXCPU:
        return "time"
    killed = (-signal.SIGABRT, -signal.SIGKILL)  # by a library that got none, by the system that has none left
    return "memory" if status in (OUT_OF_MEMORY, *killed) else None


def confine(memory: int, cpu_seconds: int) -> None:
    """Hold this process, a worker, to what it may take; it gives way to others."""
    os.nice(NICE)
    soft_and_hard = ((memory, memory), (cpu_seconds, cpu_seconds + 1), (0, 0))
    for kind, most in zip((resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE), soft_and_hard, strict=True):
        resource.setrlimit(kind, most)
