"""Workers are held to their confines, and what goes wrong in one is told."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from app.services.worker_processes import OUT_OF_MEMORY, Confines, WorkerFailed, WorkerProcesses

pytestmark = pytest.mark.process

MEGABYTE = 1024**2
ROOMY = Confines(memory=512 * MEGABYTE, cpu_seconds=30, seconds=60)
HEAD = """
import os, sys, time
from app.services.worker_processes import confine
confine(int(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module in which a test may write."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return str(tmp_path / "worker_of_test.py")


def workers(path: str, source: str, confines: Confines = ROOMY, at_once: int = 1) -> WorkerProcesses:
    Path(path).write_text(HEAD + textwrap.dedent(source), "utf-8")
    return WorkerProcesses("worker_of_test", confines, at_once)


async def failure(made: WorkerProcesses, sent: bytes = b"") -> WorkerFailed:
    with pytest.raises(WorkerFailed) as caught:
        await made.run([sent])
    return caught.value


async def test_bytes_go_in_and_come_out(worker: str) -> None:
    made = workers(worker, "sys.stdout.buffer.write(sys.argv[3].encode() + sys.stdin.buffer.read()[::-1])")
    sent = [bytes([n]) * 100_000 for n in range(30)]
    assert await made.run(sent, "argument") == b"argument" + b"".join(sent)[::-1]


async def test_what_is_wrong_is_told(worker: str) -> None:
    failed = await failure(workers(worker, "sys.exit('it is broken')"))
    assert (failed.status, failed.told, failed.over) == (1, "it is broken", None)


async def test_one_that_does_not_listen_is_no_trouble(worker: str) -> None:
    assert await workers(worker, "print('done')").run([b"x" * 65536] * 100) == b"done\n"


async def test_memory_is_bounded(worker: str) -> None:
    source = f"try: bytearray({600 * MEGABYTE})\nexcept MemoryError: sys.exit({OUT_OF_MEMORY})"
    assert (await failure(workers(worker, source))).over == "memory"


async def test_computing_is_bounded(worker: str) -> None:
    failed = await failure(workers(worker, "while True: pass", Confines(512 * MEGABYTE, 1, 60)))
    assert failed.over == "time"


async def test_waiting_is_bounded(worker: str) -> None:
    failed = await failure(workers(worker, "time.sleep(100)", Confines(512 * MEGABYTE, 30, 1.0)))
    assert failed.over == "time"


async def test_one_runs_at_a_time(worker: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    made = workers(worker, f"os.mkdir({str(lock)!r}); time.sleep(0.1); os.rmdir({str(lock)!r})")
    await asyncio.gather(*(made.run([]) for _ in range(4)))


async def test_one_that_nobody_waits_for_any_more_ends(worker: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    made = workers(worker, f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(100)")
    task = asyncio.create_task(made.run([]))
    while not told.exists() or not told.read_text():  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)
    assert await workers(worker, "print('next')").run([]) == b"next\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parents")
def test_one_ends_with_its_server(worker: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    workers(worker, f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(100)")
    source = """
    import asyncio
    from app.services.worker_processes import Confines, WorkerProcesses
    asyncio.run(WorkerProcesses("worker_of_test", Confines(2**29, 30, 60), 1).run([]))
    """
    server = subprocess.Popen([sys.executable, "-c", textwrap.dedent(source)])
    child = _number_in(told)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert _ends(child)


def _number_in(path: Path) -> int:
    while not path.exists() or not path.read_text():
        pass
    return int(path.read_text())


def _ends(pid: int) -> bool:
    """It has ended; whoever is to reap it may be late."""
    stat = Path(f"/proc/{pid}/stat")
    while True:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
