"""The embedded Redis: started, watched, shared between processes, gone with its owner."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis.asyncio as aioredis

from app.core import redis_server
from app.core.errors import StartError
from app.core.redis_server import answers, command_line, embedded_redis, find_program, socket_path

pytestmark = pytest.mark.process

OWNER = """
import asyncio, pathlib, sys
from app.core.redis_server import embedded_redis
async def main():
    async with embedded_redis(pathlib.Path(sys.argv[1])) as url:
        print(url, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def start_owner(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True)


async def command(url: str, *words: str) -> object:
    async with aioredis.from_url(url, decode_responses=True) as client:
        return await client.execute_command(*words)


async def pid_of(url: str) -> int:
    async with aioredis.from_url(url) as client:
        return int((await client.info("server"))["process_id"])


async def until(condition: object, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_it_answers_soon_on_a_private_socket_only_and_ends_with_the_block(tmp_path: Path) -> None:
    began = time.monotonic()
    async with embedded_redis(tmp_path) as url:
        assert time.monotonic() - began < 1
        assert url == f"unix://{tmp_path}/redis.sock"
        assert (tmp_path / "redis.sock").stat().st_mode & 0o077 == 0
        assert await command(url, "CONFIG", "GET", "port") == {"port": "0"}
        assert await command(url, "CONFIG", "GET", "save") == {"save": ""}
        assert await command(url, "CONFIG", "GET", "appendonly") == {"appendonly": "no"}
        assert await command(url, "CONFIG", "GET", "maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        pid = await pid_of(url)
    assert not is_alive(pid)
    assert not await answers(tmp_path / "redis.sock")


async def test_it_is_restarted_when_it_dies(tmp_path: Path) -> None:
    async with embedded_redis(tmp_path) as url:
        for _ in range(2):
            pid = await pid_of(url)
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: asyncio.to_thread(lambda: not is_alive(pid)))
            await until(lambda: answers(tmp_path / "redis.sock"))
            assert await pid_of(url) != pid


async def test_two_owners_share_one_and_the_second_takes_over(tmp_path: Path) -> None:
    owner = start_owner(tmp_path)
    first = (await asyncio.to_thread(owner.stdout.readline)).strip()
    async with embedded_redis(tmp_path) as url:
        assert url == first
        pid = await pid_of(url)
        assert os.getpgid(pid) != os.getpgid(owner.pid), "Ctrl-C must not reach it"
        owner.kill()
        owner.communicate()
        await until(lambda: asyncio.to_thread(lambda: not is_alive(pid)))
        await until(lambda: answers(tmp_path / "redis.sock"))
        assert await pid_of(url) != pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_sigkill_of_the_owner_leaves_no_redis(tmp_path: Path) -> None:
    owner = start_owner(tmp_path)
    url = (await asyncio.to_thread(owner.stdout.readline)).strip()
    pid = await pid_of(url)
    owner.kill()
    owner.communicate()
    await until(lambda: asyncio.to_thread(lambda: not is_alive(pid)))


async def test_an_orphan_is_shut_down_before_a_new_one_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "end_with_parent", lambda _: None)
    command = command_line(find_program(), socket_path(tmp_path))
    orphan = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
    await until(lambda: answers(tmp_path / "redis.sock"))
    async with embedded_redis(tmp_path) as url:
        await asyncio.to_thread(orphan.wait, 5)
        await until(lambda: answers(tmp_path / "redis.sock"))
        assert await pid_of(url) != orphan.pid


async def test_a_deep_data_directory_gets_a_private_place_for_its_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e e" * 20)
    deep.mkdir(parents=True)
    async with embedded_redis(deep) as url:
        socket = socket_path(deep)
        assert len(str(socket)) < 100
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert await command(url, "PING")
    socket.parent.rmdir()


async def test_a_planted_temporary_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server.tempfile, "gettempdir", lambda: str(tmp_path))
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    private = socket_path(deep).parent
    private.chmod(0o777)
    with pytest.raises(StartError, match="belongs to somebody else"):
        socket_path(deep)


async def test_a_redis_that_does_not_start_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "find_program", lambda: "/bin/false")
    with pytest.raises(StartError, match=r"/bin/false does not start: see .*redis\.log"):
        async with embedded_redis(tmp_path):
            pass


def test_no_redis_at_all_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "PROGRAMS", ())
    monkeypatch.setattr(redis_server, "PACKAGES", (("no_such_package", "bin/x"),))
    with pytest.raises(StartError, match="No Redis was found"):
        redis_server.find_program()
