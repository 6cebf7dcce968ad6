"""`whiteboard top` beside servers that run: once on a pipe, and live on a terminal."""

import json
import os
import pty
import re
import select
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_process import ServerProcess, is_setting
from typer.testing import CliRunner
from websockets.sync.client import connect

from app.cli import commands
from app.services.inspection.front import fetch

pytestmark = pytest.mark.process

COMMAND = [sys.executable, "-m", "app.cli", "top"]
SECONDS = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("top") / "data", {"WHITEBOARD_METRICS_TOKEN": "sesame"}) as server:
        yield server


@pytest.fixture
def person(running: ServerProcess) -> Iterator[None]:
    """Somebody in a room."""
    room = fetch(f"{running.url}/api/rooms", {"name": "Ada"})
    with connect(f"ws{running.url[4:]}/api/rooms/{room['room']['id']}/ws", proxy=None) as socket:
        socket.send(json.dumps({"t": "hello", "token": room["token"]}))
        socket.recv(10)
        yield


def surroundings() -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if not is_setting(name)}
    return {**outside, "WHITEBOARD_METRICS_TOKEN": "sesame", "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}


def once(*urls: str, bearing: str = "sesame") -> tuple[int, dict[str, str]]:
    """The exit status, and what the board says of the first server."""
    words = [word for url in urls for word in ("--url", url)]
    given = {"WHITEBOARD_METRICS_TOKEN": bearing, "COLUMNS": "120"}
    done = CliRunner().invoke(commands, ["top", "--once", *words], env=given)
    assert "\x1b" not in done.stdout
    lines = (re.split(r"  +", line.rstrip()) for line in done.stdout.splitlines())
    return done.exit_code, {cells[0]: " | ".join(cells[1:]) for cells in lines if cells[0]}


@pytest.mark.usefixtures("person")
def test_it_shows_what_goes_on(running: ServerProcess) -> None:
    status, shown = once(running.url)
    assert status == 0
    assert shown["whiteboard top"] == running.url.removeprefix("http://")
    assert shown["people (not in a room yet)"] == "1 + 0"
    assert shown["rooms open / live / asleep"].startswith("1 /")
    assert (shown["saving"], shown["Redis"]) == ("yes", "yes")
    assert re.fullmatch(r"[\d.]+ / [\d.]+ ms", shown["Redis, p50 / p99"])
    assert re.fullmatch(r"[\d,.]+ GB", shown["disk free"])


def test_several_servers_stand_side_by_side(running: ServerProcess) -> None:
    status, shown = once(running.url, "http://127.0.0.1:9")
    assert status == 0
    assert shown["version"].endswith("| no figures: [Errno 111] Connection refused")


def test_a_wrong_token_and_nobody_are_told(running: ServerProcess) -> None:
    status, shown = once(running.url, bearing="wrong")
    assert (status, shown["version"]) == (1, "no figures: it asks for a token: WHITEBOARD_METRICS_TOKEN")
    assert len(shown) == 2
    assert once("http://127.0.0.1:9")[0] == 1


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("key", [b"q", b"\x03"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork in a process with threads
def test_on_a_terminal_it_goes_on_until_it_is_ended(running: ServerProcess, key: bytes, tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvpe(COMMAND[0], [*COMMAND, "--interval", "0.2", "--url", running.url], surroundings())  # noqa: S606
    before = termios.tcgetattr(terminal)
    shown, end = "", time.monotonic() + SECONDS
    while shown.count("people (not in a room yet)") < 4:
        assert time.monotonic() < end, shown
        shown += os.read(terminal, 65536).decode(errors="replace") if select.select([terminal], [], [], 1)[0] else ""
    assert "1 + 0" in shown
    os.write(terminal, key)
    while select.select([terminal], [], [], 5)[0]:
        try:
            shown += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # its other end is closed
            break
    after = termios.tcgetattr(terminal)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert "Traceback" not in shown
    assert shown.endswith("\x1b[?25h\x1b[?1049l"), "the cursor and what was there before are shown again"
    assert after[3] == before[3], "the terminal is as it was"
