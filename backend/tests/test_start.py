"""Starting and ending, with real processes: what people see when it works, and when it does not."""

import json
import os
import pty
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from server_process import ServerProcess, free_port

pytestmark = pytest.mark.process


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data_dir: Path) -> Iterator[ServerProcess]:
    with ServerProcess(data_dir) as running:
        yield running


def children(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children()


def all_gone(processes: list[psutil.Process], seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def get(url: str) -> int:
    return httpx.get(url, timeout=5).status_code


def refused(server: ServerProcess) -> str:
    """Start a server that cannot start; give the one line that it says."""
    status = server.launch().wait()
    assert status == 1, server.stderr
    assert not server.output
    assert "Traceback" not in server.stderr
    assert server.stderr.count("\n") == 1, server.stderr
    return server.stderr


def test_it_says_where_to_open_it_and_answers(server: ServerProcess) -> None:
    assert server.output == [f"Whiteboard is ready: http://localhost:{server.port}\n"]
    assert get(f"{server.url}/healthz") == 200


def test_the_data_directory_is_private(server: ServerProcess, data_dir: Path) -> None:
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert (data_dir / "jwt.key").stat().st_mode & 0o777 == 0o600
    assert (data_dir / "redis.sock").stat().st_mode & 0o077 == 0
    assert (data_dir / "whiteboard.db").stat().st_size > 0
    assert len(children(server.pid)) == 1


@pytest.mark.parametrize("stop", ["terminate", "interrupt"])
def test_a_stop_that_was_asked_for_is_status_0_and_leaves_nothing(server: ServerProcess, stop: str) -> None:
    redis = children(server.pid)
    began = time.monotonic()
    assert getattr(server, stop)() == 0
    assert time.monotonic() - began < 3
    assert all_gone(redis)
    assert "Traceback" not in server.stderr


def test_a_stop_while_somebody_is_connected_is_quick(server: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        began = time.monotonic()
        assert server.terminate() == 0
    assert time.monotonic() - began < 4


def test_a_crash_leaves_no_redis_and_the_next_start_works(server: ServerProcess, data_dir: Path) -> None:
    redis = children(server.pid)
    key = (data_dir / "jwt.key").read_bytes()
    server.kill()
    assert all_gone(redis)
    server.start()
    assert get(f"{server.url}/healthz") == 200
    assert (data_dir / "jwt.key").read_bytes() == key


def test_two_servers_share_a_data_directory_and_its_redis(server: ServerProcess, data_dir: Path) -> None:
    with ServerProcess(data_dir) as second:
        assert children(second.pid) == []
        assert server.terminate() == 0
        end = time.monotonic() + 5
        while not children(second.pid):
            assert time.monotonic() < end, "the second one did not take the Redis over"
            time.sleep(0.05)
        assert get(f"{second.url}/healthz") == 200


def test_a_port_in_use(server: ServerProcess, tmp_path: Path) -> None:
    said = refused(ServerProcess(tmp_path / "other", port=server.port))
    assert f"port {server.port} is in use" in said
    assert "--port" in said


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = refused(ServerProcess(tmp_path / "file" / "data"))
    assert str(tmp_path / "file" / "data") in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_data_directory_that_cannot_be_written(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o500)
    assert "cannot be written" in refused(ServerProcess(data_dir))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0", "REDIS_URL"),
        (
            "DATABASE_URL",
            "postgresql://me:secret@127.0.0.1:1/x",
            "The database postgresql://127.0.0.1:1/x cannot be used",
        ),
        ("DATABASE_URL", "mysql://me:secret@127.0.0.1/x", "DATABASE_URL"),
        ("WHITEBOARD_JWT_KEY", "secret", "WHITEBOARD_JWT_KEY: a key needs 32 bytes"),
        ("WHITEBOARD_PORT", "99999", "WHITEBOARD_PORT"),
        ("WHITEBOARD_HOST", "no-such-host.invalid", "--host"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(data_dir: Path, name: str, value: str, words: str) -> None:
    said = refused(ServerProcess(data_dir, {name: value}))
    assert words in said
    assert "secret" not in said


def test_a_damaged_key_is_not_replaced(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "jwt.key").write_bytes(b"")
    assert "jwt.key is damaged" in refused(ServerProcess(data_dir))
    assert (data_dir / "jwt.key").read_bytes() == b""


def test_a_file_that_is_no_database(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "whiteboard.db").write_bytes(b"something else" * 1000)
    assert "file is not a database" in refused(ServerProcess(data_dir))


def test_the_log_can_be_json(data_dir: Path) -> None:
    with ServerProcess(data_dir, {"WHITEBOARD_LOG_FORMAT": "json", "WHITEBOARD_LOG_LEVEL": "debug"}) as server:
        redis = children(server.pid)
        redis[0].kill()
        assert all_gone(redis)
        server.terminate()
    records = [json.loads(line) for line in server.stderr.splitlines()]
    assert any("embedded Redis ended" in record["event"] for record in records)


class OnTerminal:
    """`make` running the server on a terminal of its own, as `make run` does once everything is installed."""

    def __init__(self, directory: Path) -> None:
        makefile = directory / "Makefile"
        command = f"{sys.executable} -m app.cli serve --under-make --port {free_port()}"
        makefile.write_text(f"run:\n\t@exec {command}\n", "utf-8")
        environment = {**os.environ, "WHITEBOARD_DATA_DIR": str(directory / "data")}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe("make", ["make", "-f", str(makefile), "run"], environment)  # noqa: S606
        self.output = ""
        while "Whiteboard is ready" not in self.output:
            self.output += os.read(self.terminal, 4096).decode()
        self.family = psutil.Process(self.pid).children(recursive=True)

    def end(self) -> int:
        """Wait for make to end; give its exit status."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork in a process with threads
def test_ctrl_c_on_a_terminal_ends_make_with_0_and_leaves_nothing(tmp_path: Path) -> None:
    running = OnTerminal(tmp_path)
    assert len(running.family) == 2
    os.write(running.terminal, b"\x03")
    assert running.end() == 0
    assert all_gone(running.family)


@pytest.mark.skipif(not shutil.which("make") or sys.platform != "linux", reason="needs make, and prctl(2)")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_with_make(tmp_path: Path, number: signal.Signals) -> None:
    running = OnTerminal(tmp_path)
    os.kill(running.pid, number)
    assert running.end() == -number
    assert all_gone(running.family)
