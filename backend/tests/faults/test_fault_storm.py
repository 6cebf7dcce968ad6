"""Very many clients lose their connections together and are back within a second; one who stayed goes on drawing."""

import asyncio
import json
import os
import resource
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fault_figures import p99, percentile
from fault_processes import cpu_seconds, running
from server_process import ServerProcess
from wire import Client
from wire_door import Door

HERE = Path(__file__).parent
FILES = 8192
PATHS = 2000


async def test_a_storm_of_reconnecting_clients(data_dir: Path, long: bool, figures: Callable[..., None]) -> None:
    count = 1000 if long else 150
    allow_many_files()
    async with running(ServerProcess(data_dir)) as (server,):
        async with Door(server.url) as door:
            room = await door.create()
            stays = await door.enter(room, "Stays")
            await stays.save(*(stays.put() for _ in range(PATHS)))
            process = await begin({"port": server.port, "room": room.id, "token": room.token, "count": count})
            try:
                await answer(process, 120)
                drawing = asyncio.create_task(draw(stays))
                await asyncio.sleep(1)
                before = [cpu_seconds(each) for each in (server.pid, process.pid)]
                order(process)
                result = await answer(process, 60)
                used = [cpu_seconds(each) - at for each, at in zip((server.pid, process.pid), before, strict=True)]
                drawing.cancel()
                delays = await drawing
                order(process)
                alive = (await answer(process, 30))["alive"]
            finally:
                process.kill() if process.returncode is None else None
                await process.wait()
                process._transport.close()  # type: ignore[attr-defined]
        assert "Traceback" not in server.stderr, server.stderr
    seconds = result["seconds"]
    figures(
        "storm",
        clients=count,
        in_step_p50=percentile(seconds, 0.5),
        in_step_all=max(seconds),
        server_cpu=used[0],
        clients_cpu=used[1],
        deltas=result["deltas"],
        alive_afterwards=alive,
        puts_of_one_who_stayed=len(delays),
        its_p99=p99(delays),
    )
    assert alive == count
    assert result["deltas"] == count, "500 ticks are remembered, so each gets only what it missed"


def allow_many_files() -> None:
    """A socket is a file; the server and the storm inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))


async def begin(task: dict[str, Any]) -> Process:
    """Start the storm's process."""
    path = os.pathsep.join([str(HERE), *sys.path])
    script = str(HERE / "fault_storm.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, stdin=PIPE, stdout=PIPE, env={**os.environ, "PYTHONPATH": path}, limit=1 << 22
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**task, "away": 0.5, "within": 1.0}).encode() + b"\n")
    return process


def order(process: Process) -> None:
    """Go on."""
    assert process.stdin is not None
    process.stdin.write(b"\n")


async def answer(process: Process, seconds: float) -> dict[str, Any]:
    """What it tells next."""
    assert process.stdout is not None
    async with asyncio.timeout(seconds):
        line = await process.stdout.readline()
    assert line, "the storm's process has failed"
    told: dict[str, Any] = json.loads(line)
    return told


async def draw(client: Client) -> list[float]:
    """Put ten paths a second until cancelled; gives the seconds from each put to its tick."""
    sent: dict[str, float] = {}
    try:
        while True:
            op = client.put()
            sent[op["id"]] = time.monotonic()
            await client.batch(op)
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        await client.until(lambda: all(path_id in client.board.paths for path_id in sent))
    shown = {
        op["id"]: at
        for frame, at in zip(client.frames, client.arrivals, strict=True)
        for op in frame.get("ops", ())
        if op["op"] == "put"
    }
    return [shown[path_id] - at for path_id, at in sent.items()]
