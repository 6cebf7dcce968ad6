"""The drill: draw on a real server, lose the database, bring back a backup."""

import asyncio
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from postgres_server import PASSWORD, PostgresServer
from server_process import ServerProcess, is_setting
from typer.testing import CliRunner, Result

from app.cli import commands
from app.core.errors import StartError
from app.core.redis_server import embedded_redis
from whiteboard_client import Connection, connect, create_room, join_room
from whiteboard_client.messages import Path as Drawn
from whiteboard_client.rooms import Seat

pytestmark = pytest.mark.process

SECONDS = 20


class Site:
    """A data directory, a server on it, and the command line beside it."""

    def __init__(self, directory: Path, **env: str) -> None:
        self.data = directory / "data"
        self.database = self.data / "whiteboard.db"
        alone = {"DATABASE_URL": "", "REDIS_URL": "", "WHITEBOARD_BACKUP_SECONDS": "0"}
        self.server = ServerProcess(self.data, {**alone, **env})

    def env(self) -> dict[str, str | None]:
        """The server's settings, and no others."""
        none = {name: None for name in os.environ if is_setting(name)}
        given = {"WHITEBOARD_DATA_DIR": str(self.data), "WHITEBOARD_PORT": str(self.server.port), **self.server.env}
        return {**none, **given}

    def invoke(self, *args: str) -> Result:
        """`whiteboard backup …` within this process, which costs no start of another one."""
        return CliRunner().invoke(commands, ["backup", *args], env=self.env())

    def do(self, *args: str) -> str:
        """The same; it must go well."""
        done = self.invoke(*args)
        assert done.exit_code == 0, done.exception
        return done.stdout

    def refused(self, *args: str) -> str:
        """The same; it must be refused."""
        done = self.invoke(*args)
        assert isinstance(done.exception, StartError), done
        assert done.stdout == ""
        return str(done.exception)

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """The same as a command, in another time zone."""
        env = {**os.environ, **self.env(), "TZ": "Asia/Kolkata"}
        given = {name: value for name, value in env.items() if value is not None}
        command = [sys.executable, "-m", "app.cli", "backup", *args]
        return subprocess.run(command, env=given, cwd="/", capture_output=True, text=True, timeout=60, check=False)

    def ready(self) -> dict[str, Any]:
        """What /readyz tells."""
        with urllib.request.urlopen(f"{self.server.url}/readyz", timeout=10) as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = msgspec.json.decode(answer.read())
            return found

    def wreck(self) -> None:
        """Overwrite the beginning and the middle of the database, and cut off its end."""
        size = self.database.stat().st_size
        with self.database.open("r+b") as file:
            for at in (0, size // 2):
                file.seek(at)
                file.write(os.urandom(4096))
            file.truncate(size * 3 // 4)


@asynccontextmanager
async def somebody(seat: Seat) -> AsyncIterator[Connection]:
    """Somebody at a board."""
    async with asyncio.timeout(SECONDS), connect(seat) as board:
        yield board


async def draw(seat: Seat, count: int, first: int = 0) -> dict[str, Drawn]:
    """Draw so many strokes; when this returns they are acknowledged. Gives the whole board."""
    async with somebody(seat) as board:
        for n in range(first, first + count):
            board.draw(f"M{n} 0L{n} 10.5", color="#1d3557", width=3)
        await board.saved()
        return dict(board.paths)


async def seen(seat: Seat) -> dict[str, Drawn]:
    """The board as somebody sees it who comes now."""
    async with somebody(seat) as board:
        return dict(board.paths)


def moment() -> str:
    """Now, as --at takes it; and the next second has begun, so that nothing later counts as then."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    time.sleep(0.01)
    return now


async def test_everything_acknowledged_before_a_backup_survives_the_loss_of_the_database(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.server:
        seat = (await create_room(site.server.url, "Ada")).seat
        early = await draw(seat, 300)
        site.do("now")
        then = moment()
        async with somebody(seat) as board:
            for path_id in list(early)[:100]:
                board.delete(path_id)
            await board.saved()
        late = await draw(seat, 50, first=1000)
        assert "Backups: 2" in site.do("now")
        assert "stop every server" in site.refused("restore", "--move-aside")
        told = site.refused("restore", "--to", "postgresql://u:secret@127.0.0.1:1/x")
        assert told.startswith("The database postgresql://127.0.0.1:1/x cannot be used")
        site.server.kill()
    site.wreck()
    assert "--move-aside" in site.refused("restore")
    done = site.run("restore", "--move-aside")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Rooms: 1; paths: 350; as of 20\d\d-.*\+05:30, in .*whiteboard.db.\n", done.stdout)
    assert len(list(site.data.glob("whiteboard.db.aside-*Z"))) == 1
    with site.server:
        assert len(late) == 250
        assert await seen(seat) == late
        await draw(seat, 1, first=5000)
    site.database.unlink()
    assert "Rooms: 1; paths: 300" in site.do("restore", "--at", then)
    with site.server:
        assert await seen(seat) == early
    assert "has drawings" in site.refused("restore")
    elsewhere = tmp_path / "elsewhere.db"
    assert "paths: 300" in site.do("restore", "--at", then, "--to", f"sqlite:///{elsewhere}")
    assert elsewhere.exists()


async def test_a_site_moves_to_postgresql_and_back(tmp_path: Path, postgres: PostgresServer) -> None:
    """docs/operations.md, step by step: links, tokens and drawings stay what they are."""
    site = Site(tmp_path)
    with site.server:
        seat = (await create_room(site.server.url, "Ada")).seat
        drawn = await draw(seat, 300)
    site.do("now")
    url = postgres.create()
    assert "Rooms: 1; paths: 300;" in (told := site.do("restore", "--to", url))
    assert f"in postgresql://127.0.0.1:{postgres.port}/" in told
    assert PASSWORD not in told
    site.server.env["DATABASE_URL"] = url
    with site.server:
        assert await seen(seat) == drawn
        new = (await create_room(site.server.url, "Bob")).seat
        await draw(new, 20)
        drawn = await draw(seat, 20, first=900)
        refused = site.refused("restore", "--move-aside")
        assert "stop every server" in refused
        assert PASSWORD not in refused
        site.do("now")
    postgres.drop(url)
    postgres.execute(f"CREATE DATABASE {url.rpartition('/')[2]}")  # all is lost
    assert "Rooms: 2; paths: 340;" in site.do("restore")
    with site.server:
        assert await seen(seat) == drawn
        link = site.do("restore", "--room", seat.room_id).splitlines()[-1]
        assert await seen(await join_room(link, "Cleo")) == drawn
    assert "has drawings: with --move-aside" in site.refused("restore")
    assert "Rooms: 2; paths: 340;" in site.do("restore", "--to", f"sqlite:///{tmp_path / 'back.db'}")
    site.server.env["DATABASE_URL"] = f"sqlite:///{tmp_path / 'back.db'}"
    with site.server:
        assert await seen(seat) == drawn


async def test_a_wiped_board_comes_back_as_a_new_room_while_everybody_draws(tmp_path: Path) -> None:
    site = Site(tmp_path, WHITEBOARD_BACKUP_SECONDS="0.3")
    with site.server:
        seat = (await create_room(site.server.url, "Ada")).seat
        other = (await create_room(site.server.url, "Bob")).seat
        drawn = await draw(seat, 700)
        await draw(other, 5)
        begun = time.time()
        await until(lambda: is_current(site.ready(), begun))
        then = moment()
        async with somebody(seat) as board:
            board.clear()
            await board.saved()
        begun = time.time()
        await until(lambda: is_current(site.ready(), begun))
        said = site.do("restore", "--at", then, "--room", seat.room_id)
        link = said.splitlines()[-1]
        assert re.fullmatch(rf"{re.escape(site.server.url.replace('127.0.0.1', 'localhost'))}/r/[\w-]+#[\w-]+", link)
        new = await join_room(link, "Cleo")
        assert new.room_id != seat.room_id
        assert await seen(new) == drawn
        assert len(await draw(new, 3, first=900)) == 703
        assert await seen(seat) == {}
        assert "There was no room" in site.refused("restore", "--room", new.room_id, "--at", then)
        assert "no backup as old" in site.refused("restore", "--room", seat.room_id, "--at", "2001-01-01")
        assert "Traceback" not in site.server.stderr


async def test_what_an_outside_redis_holds_of_the_lost_database_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    async with embedded_redis(tmp_path / "redis") as redis_url:
        site = Site(tmp_path, WHITEBOARD_REDIS_URL=redis_url)
        site.server.start()
        seat = (await create_room(site.server.url, "Ada")).seat
        async with somebody(seat) as board:
            board.draw("M0 0L1 1")
            await board.saved()
            await asyncio.to_thread(site.do, "now")
            saved = dict(board.paths)
            lost = board.draw("M0 0L2 2")
            await board.saved()
            epoch = board.epoch
            site.server.kill()
            await asyncio.to_thread(site.do, "restore", "--move-aside")
            site.server.start()
            await board.wait_until(lambda board: board.in_step and board.epoch != epoch)
            assert dict(board.paths) == saved
            assert lost not in board.paths
            assert await seen(seat) == saved
        site.server.close()


def is_current(ready: Mapping[str, Any], since: float) -> bool:
    """Whether the backups have everything up to a moment (their age is rounded)."""
    backup = ready["backup"]
    return backup["status"] == "ok" and time.time() - backup["age_seconds"] > since + 0.2


async def until(true: Any) -> None:  # noqa: ANN401 - a function
    async with asyncio.timeout(SECONDS):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)
