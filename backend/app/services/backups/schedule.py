"""Backups while a server runs: a round every minute in one process of a data directory, and how they stand."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from typing import Literal

import msgspec
import structlog

from app.core.config import Settings
from app.core.parent import end_with_parent
from app.services.backups.keeping import FAILURES, REST, Round, backups_of, job_of
from app.services.backups.store import Store

log = structlog.get_logger()

FIRST_SECONDS = 10.0
"""After the start: so that a server that is only tried does no work for it."""
PATIENCE_SECONDS = 300.0
WORKER = ("-m", "app.services.backups.worker")

Status = Literal["ok", "degraded", "none", "off"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the backups stand: seconds since the newest one had everything, and the bytes that all take."""

    status: Status
    age_seconds: float | None
    bytes: int


class Backups:
    """The backups of a server; whatever becomes of them, drawing goes on."""

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        """`patience`: seconds for which backups may fail before that is told as `degraded`."""
        self._seconds = settings.backup_seconds
        self._patience = patience
        self._job = job_of(settings, REST)
        self._store = Store(backups_of(settings))
        self._began = time.time()
        self.rounds = self.failures = 0
        self.last_seconds: float | None = None
        """Rounds that this process began, those that failed, and how long the last one took, whatever became of it."""
        self.worker: asyncio.subprocess.Process | None = None
        """The process that does a long round now, if there is one."""

    async def run(self) -> None:
        """Make backups until cancelled, if no other process of this data directory does."""
        if not self._seconds:
            return
        await asyncio.sleep(min(FIRST_SECONDS, self._seconds))
        while True:
            try:
                with self._store.lock("keeper.lock") as mine:
                    while mine:
                        await self._round()
            except OSError as error:
                self.failures += 1
                log.warning("no backup", reason=str(error))
            await asyncio.sleep(self._seconds)

    async def standing(self) -> Standing:
        """How the backups stand, whichever process makes them."""
        return await asyncio.to_thread(self._standing)

    async def _round(self) -> None:
        """Begin a round now, and return when the next one is due."""
        time_of = asyncio.get_running_loop().time
        begun = time_of()
        self.rounds += 1
        try:
            if await asyncio.to_thread(Round(self._job, small=True).run):
                await self._work()
        except FAILURES as error:
            self.failures += 1
            log.warning("no backup", reason=" ".join(str(error).split()))
        except Exception:
            self.failures += 1
            log.exception("no backup")
        self.last_seconds = time_of() - begun
        await asyncio.sleep(max(0.0, begun + self._seconds - time_of()))

    async def _work(self) -> None:
        self.worker = await asyncio.create_subprocess_exec(
            sys.executable,
            *WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=end_with_parent(os.getpid()),
            start_new_session=True,  # Ctrl-C is for the server, which ends this one
        )
        try:
            _, told = await self.worker.communicate(msgspec.json.encode(self._job))
            if self.worker.returncode:
                self.failures += 1
                log.warning("no backup", reason=told.decode(errors="replace").strip()[-500:])
        finally:
            await _end(self.worker)
            self.worker = None

    def _standing(self) -> Standing:
        if not self._seconds:
            return Standing("off", None, self._store.bytes)
        current = self._store.current
        age = max(0.0, time.time() - (current or self._began))
        late = age > self._seconds + self._patience
        status: Status = "degraded" if late else "ok" if current else "none"
        return Standing(status, round(age, 1) if current else None, self._store.bytes)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs: what it was writing is litter, and is swept."""
    if process.returncode is None:
        process.kill()
        await process.wait()
