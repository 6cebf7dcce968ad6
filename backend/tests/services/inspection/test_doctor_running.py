"""`whiteboard doctor` on a server that runs, straight and through web servers that do their work well or badly."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from server_process import ServerProcess
from typer.testing import CliRunner

from app.cli import commands

pytestmark = pytest.mark.process

Edit = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("doctor") / "data", {"WHITEBOARD_ROOMS_PER_ADDRESS": "0"}) as server:
        yield server


def doctor(server: ServerProcess, *words: str, **env: str) -> tuple[int, dict[str, str]]:
    """Its exit status, and each verdict with what was found, by what was looked at."""
    given = {"WHITEBOARD_DATA_DIR": str(server.data_dir), "WHITEBOARD_PORT": str(server.port), **server.env, **env}
    done = CliRunner().invoke(commands, ["doctor", "--json", *words], env=given)
    return done.exit_code, {each["what"]: f"{each['verdict']}: {each['found']}" for each in json.loads(done.stdout)}


@contextmanager
def in_front(server: ServerProcess, edit: Edit) -> Iterator[str]:
    """A web server in front, which changes the head of each request; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener, server.port, edit), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def accept(listener: socket.socket, port: int, edit: Edit) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            behind = socket.create_connection(("127.0.0.1", port))
            head = client.recv(65536)
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            behind.sendall(edit(head))
            for one, other in ((client, behind), (behind, client)):
                threading.Thread(target=pump, args=(one, other), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    if source.fileno() >= 0:
        source.close()


def without_upgrade(head: bytes) -> bytes:
    return re.sub(rb"(?im)^Upgrade:", b"X-Nothing:", head)


def other_host(head: bytes) -> bytes:
    return re.sub(rb"(?im)^Host: [^\r]*", b"Host: inside.example", head)


def as_it_is(head: bytes) -> bytes:
    return head


def test_all_is_well_when_asked_straight(running: ServerProcess) -> None:
    _, found = doctor(running, "--url", running.url)
    for what in ("address", "readiness", "invite links", "WebSocket", "proxy headers", "migrations", "Redis writes"):
        assert found[what].startswith("ok"), found[what]
    assert "straight" in found["proxy headers"]
    assert found["Redis latency"].endswith("of 20")


@pytest.mark.parametrize(
    ("edit", "ill"),
    [
        (as_it_is, {"proxy headers": "warn: everybody counts as 127.0.0.1"}),
        (without_upgrade, {"WebSocket": "fail: refused with HTTP 404", "proxy headers": "warn: everybody"}),
        (other_host, {"WebSocket": "fail: refused with HTTP 403", "invite links": "fail: begin with http://inside"}),
    ],
)
def test_a_web_server_that_is_set_up_badly(running: ServerProcess, edit: Edit, ill: dict[str, str]) -> None:
    with in_front(running, edit) as url:
        status, found = doctor(running, "--url", url)
    assert {what: found[what][: len(words)] for what, words in ill.items()} == ill
    assert status == any(words.startswith("fail") for words in ill.values()) or found["fsync"].startswith("fail")


def test_an_address_where_nobody_is(running: ServerProcess) -> None:
    status, found = doctor(running, "--url", "http://127.0.0.1:9")
    assert (status, found["address"][:4]) == (1, "fail")
    assert "WebSocket" not in found


def test_the_settings_of_another_database(running: ServerProcess, tmp_path: Path) -> None:
    _, found = doctor(running, "--url", running.url, WHITEBOARD_DATABASE_URL=f"sqlite:///{tmp_path}/other.db")
    assert found["proxy headers"].startswith("warn: these settings have another database")


def test_a_redis_that_throws_rooms_away(running: ServerProcess) -> None:
    with Redis(unix_socket_path=str(running.data_dir / "redis.sock")) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            status, found = doctor(running)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "0")
    assert (status, found["Redis memory"][:20]) == (1, "fail: allkeys-lru: l")
