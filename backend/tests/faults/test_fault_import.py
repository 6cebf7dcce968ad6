"""What may happen to an import: its worker hangs, dies, eats; the sender leaves; many come; the server is killed."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from server_process import ServerProcess

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc, which only Linux has"),
]

SVG = 'xmlns="http://www.w3.org/2000/svg"'
SMALL = f'<svg {SVG}><path stroke="red" d="M0 0L1 1"/></svg>'
LARGE = f"<svg {SVG}>" + '<path stroke="red" d="M0 0L1 1"/>' * 20_000 + "</svg>"
SETTINGS = {"WHITEBOARD_ROOMS_PER_ADDRESS": "0", "WHITEBOARD_SVG_SECONDS": "2", "WHITEBOARD_SVG_WORKERS": "1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "data", SETTINGS) as started:
        yield started


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with http(server) as opened:
        yield opened


def http(server: ServerProcess) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60)


async def send(client: httpx.AsyncClient, drawing: str = SMALL) -> httpx.Response:
    return await client.post("/api/rooms", data={"name": "Ada"}, files={"drawing": ("x.svg", drawing.encode())})


async def told(client: httpx.AsyncClient, drawing: str = SMALL) -> tuple[int, str]:
    answer = await send(client, drawing)
    return answer.status_code, answer.json().get("code", "")


def workers(server: ServerProcess) -> list[int]:
    """The processes that read files for a server."""
    found = []
    for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii").split():
        try:
            if b"app.services.svg.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
        except OSError:  # it has ended meanwhile
            continue
    return found


def rooms(server: ServerProcess) -> list[tuple[int, bytes, int]]:
    """Key, invite's hash and number of paths of every room on disk, open or not."""
    with closing(sqlite3.connect(f"file:{server.data_dir}/whiteboard.db?mode=ro", uri=True)) as db:
        return list(
            db.execute(
                "SELECT key, invite_hash, (SELECT count(*) FROM path WHERE room_key = key) FROM room ORDER BY key"
            )
        )


def has_ended(pid: int) -> bool:
    """Whether a process is gone, but for its entry in the table perhaps."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return True


async def until(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


async def test_h6_a_worker_that_hangs_is_killed_and_replaced(client: httpx.AsyncClient, server: ServerProcess) -> None:
    assert await told(client) == (201, "")
    [hanging] = workers(server)
    os.kill(hanging, signal.SIGSTOP)
    assert await told(client) == (413, "drawing_too_large")
    assert hanging not in workers(server)
    assert await told(client) == (201, "")
    assert len(rooms(server)) == 2


async def test_h6_a_worker_that_dies_takes_only_its_file_with_it(
    client: httpx.AsyncClient, server: ServerProcess
) -> None:
    await send(client)
    [dying] = workers(server)
    os.kill(dying, signal.SIGSTOP)
    sent = asyncio.create_task(send(client))
    await asyncio.sleep(0.3)
    os.kill(dying, signal.SIGKILL)
    answer = await sent
    assert (answer.status_code, answer.json()["code"]) == (413, "drawing_too_large")
    assert await told(client) == (201, "")
    assert len(rooms(server)) == 2


async def test_h6_an_idle_worker_that_dies_is_replaced(client: httpx.AsyncClient, server: ServerProcess) -> None:
    await send(client)
    os.kill(workers(server)[0], signal.SIGKILL)
    await asyncio.sleep(0.3)
    assert await told(client) == (201, "")


@pytest.mark.parametrize(
    "settings",
    [
        {"WHITEBOARD_SVG_MEMORY_MB": "128", "WHITEBOARD_SVG_SECONDS": "60", "WHITEBOARD_SVG_CPU_SECONDS": "60"},
        {"WHITEBOARD_SVG_CPU_SECONDS": "0.1", "WHITEBOARD_SVG_SECONDS": "60"},
    ],
    ids=["memory", "processor"],
)
async def test_h6_the_system_bounds_a_worker(settings: dict[str, str], tmp_path: Path) -> None:
    unlimited = {f"WHITEBOARD_SVG_MAX_{what}": "10000000" for what in ("ELEMENTS", "PATHS", "SEGMENTS")}
    big = f"<svg {SVG}>" + '<path stroke="red" d="M0 0a1 1 0 011 1 1 1 0 01.5.5"/>' * 150_000 + "</svg>"
    with ServerProcess(tmp_path / "data", {**SETTINGS, **unlimited, **settings}) as server:
        async with http(server) as client:
            assert await told(client, big) == (413, "drawing_too_large")
            assert rooms(server) == []
            assert await told(client) == (201, "")


async def test_h6_who_leaves_before_the_answer_leaves_no_room(client: httpx.AsyncClient, server: ServerProcess) -> None:
    await send(client)
    [stopped] = workers(server)
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(httpx.ReadTimeout):
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=0.5) as impatient:
            await send(impatient)
    await until(lambda: stopped not in workers(server), 1.5)  # not only when its time is over
    assert len(rooms(server)) == 1
    assert await told(client) == (201, "")


async def test_h6_who_leaves_in_the_middle_of_a_large_drawing_leaves_no_room(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", {**SETTINGS, "WHITEBOARD_SVG_SECONDS": "60"}) as server:
        await leave_in_the_middle(server)


async def leave_in_the_middle(server: ServerProcess) -> None:
    async with http(server) as client:
        sending = asyncio.create_task(send(client, LARGE))
        await until(lambda: any(paths for _, _, paths in rooms(server)))
        sending.cancel()
        await asyncio.wait({sending})
    await until(lambda: rooms(server) == [])
    async with http(server) as client:
        assert await told(client) == (201, "")


async def test_h6_many_at_once_are_read_in_turn_or_sent_away(client: httpx.AsyncClient, server: ServerProcess) -> None:
    await send(client)
    os.kill(workers(server)[0], signal.SIGSTOP)  # so that they pile up
    answers = asyncio.gather(*(send(client) for _ in range(40)))
    answers = await answers
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 413, 503}
    assert statuses.count(413) == 1
    assert statuses.count(201) == 16
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["code"] == "import_busy"
            assert int(answer.headers["retry-after"]) >= 1
    assert len(rooms(server)) == 1 + statuses.count(201)


async def test_h6_a_server_that_is_killed_leaves_nothing_that_can_be_found(tmp_path: Path) -> None:
    server = ServerProcess(
        tmp_path / "data", {**SETTINGS, "WHITEBOARD_ROOM_IDLE_SECONDS": "1", "WHITEBOARD_SVG_SECONDS": "60"}
    )
    server.start()
    try:
        async with http(server) as client:
            sending = asyncio.create_task(send(client, LARGE))
            await until(lambda: any(paths for _, _, paths in rooms(server)))
            [worker] = workers(server)
            server.kill()
            with pytest.raises(httpx.HTTPError):
                await sending
        await until(
            lambda: not Path(f"/proc/{worker}/status").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text()
        )
        [(_, invite, paths)] = rooms(server)
        assert invite == b""  # fits no invite
        assert paths < 20_000
        with closing(sqlite3.connect(server.data_dir / "whiteboard.db")) as db, db:
            db.execute("UPDATE room SET created_at = created_at - 700000")
        server.start()
        await until(lambda: rooms(server) == [])
    finally:
        server.close()
