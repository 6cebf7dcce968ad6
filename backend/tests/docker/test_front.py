"""The configurations for nginx and Caddy, run by these before two real servers of one data directory."""

import asyncio
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from fault_crowd import Crowd
from front import DOCKER, NAME, Caddy, Front, Nginx, replaced
from outside import ask
from processes import healthy
from server_process import ServerProcess
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol
from wire_door import http

from app.core.config import Settings

pytestmark = pytest.mark.process

SOURCE = "127.0.0.9"
LIES = {
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "evil.example.org",
    "X-Forwarded-Proto": "ftp",
    "Forwarded": "for=192.0.2.1;host=evil.example.org",
}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two servers that believe the web server in front."""
    with tempfile.TemporaryDirectory(prefix="front-") as directory:
        trusted = {"WHITEBOARD_TRUSTED_PROXIES": "127.0.0.1", "WHITEBOARD_ROOMS_PER_ADDRESS": "0"}
        first, second = (ServerProcess(Path(directory) / "data", trusted) for _ in range(2))
        with healthy(first, second):
            yield first, second


@pytest.fixture(scope="module", params=[Nginx, Caddy])
def front(
    request: pytest.FixtureRequest,
    servers: tuple[ServerProcess, ServerProcess],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Each web server in front of them."""
    with request.param(tmp_path_factory.mktemp("front") / "front", servers) as running:
        yield running


def secure(front: Front) -> httpx.AsyncClient:
    """A client that has HTTPS with the site under its real name, and comes from an address of its own."""
    trust = ssl.create_default_context(cafile=front.certificate)
    transport = httpx.AsyncHTTPTransport(verify=trust, local_address=SOURCE)
    address = f"https://127.0.0.1:{front.tls_port}"
    return httpx.AsyncClient(base_url=address, transport=transport, headers={"Host": NAME}, trust_env=False, timeout=20)


NAMED = {"sni_hostname": NAME}


def dial(front: Front, room_id: str, origin: str) -> connect:
    """A WebSocket over TLS, as a page of that origin opens it."""
    return connect(
        f"wss://{NAME}/api/rooms/{room_id}/ws",
        host="127.0.0.1",
        port=front.tls_port,
        ssl=ssl.create_default_context(cafile=front.certificate),
        origin=Origin(origin),
        subprotocols=[Subprotocol("whiteboard.v1")],
        proxy=None,
    )


async def people_at(server: ServerProcess) -> int:
    """How many connections in rooms a server has."""
    async with http(server.url) as client:
        text = (await client.get("/metrics")).text
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith("whiteboard_connections "))))


async def test_h5_the_callers_address_scheme_and_host_reach_the_server(front: Front) -> None:
    async with secure(front) as client:
        answer = await client.post("/api/rooms", json={"name": "Ada"}, headers=LIES, extensions=NAMED)
    assert answer.status_code == 201, answer.text
    assert answer.json()["invite_url"].startswith(f"https://{NAME}/r/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    room_id = UUID(answer.json()["room"]["id"])
    assert ask(front.behind[0].data_dir, "SELECT creator_ip FROM room WHERE id = ?", room_id) == [(SOURCE,)]


async def test_c2_a_websocket_opens_over_tls_for_pages_of_the_site_alone(front: Front) -> None:
    async with secure(front) as client:
        answer = await client.post("/api/rooms", json={"name": "Ada"}, extensions=NAMED)
    room_id = answer.json()["room"]["id"]
    socket: ClientConnection
    async with dial(front, room_id, f"https://{NAME}") as socket:
        assert socket.subprotocol == "whiteboard.v1"
        await socket.send("{}")
        async with asyncio.timeout(20):
            await socket.wait_closed()
        assert socket.close_code is not None
        assert socket.close_code >= 4400, "the server's own code comes through"
    with pytest.raises(InvalidStatus) as refused:
        await dial(front, room_id, "https://evil.example.org")
    assert refused.value.response.status_code == 403


async def test_pages_pass_and_metrics_do_not(front: Front) -> None:
    async with secure(front) as client:
        assert (await client.get("/", extensions=NAMED)).text.startswith("<!doctype html>")
        assert (await client.get("/healthz", extensions=NAMED)).json() == {"status": "ok"}
        assert (await client.get("/metrics", extensions=NAMED)).status_code == 404


async def test_a_large_body_is_the_servers_to_refuse(front: Front) -> None:
    body = b'{"name": "' + b"x" * (2 * 1024 * 1024) + b'"}'
    async with http(front.url) as client:
        answer = await client.post("/api/rooms", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("application/")


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_a_room_spreads_over_both_servers_and_a_rolling_restart_loses_nothing(front: Front) -> None:
    first, second = front.behind
    async with await Crowd.enter([front.url], 6, seed=7) as crowd:
        assert [await people_at(server) for server in (first, second)] == [3, 3]
        crowd.draw()
        for server in (first, second):
            await asyncio.sleep(0.5)
            assert await asyncio.to_thread(server.terminate) == 0
            async with http(front.url) as client:
                made = [await client.post("/api/rooms", json={"name": "Ada"}) for _ in range(3)]
            assert [answer.status_code for answer in made] == [201] * 3, "the other one answers"
            await asyncio.to_thread(server.start)
            await crowd.until(lambda: all(each.client.in_step for each in crowd.everybody), 40, "all come back")
        await crowd.judge(first.data_dir)


class ForgettingSlowly(Caddy):
    """Caddy leaves an app alone for longer, however slow this machine is."""

    def adapted(self, site: str) -> str:
        """Change the one line."""
        return replaced(site, "fail_duration 2s", "fail_duration 60s")


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as an app does that cannot serve just now."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
    writer.write(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(("kind", "refused"), [(Nginx, 0), (ForgettingSlowly, 1)])
async def test_an_app_that_cannot_serve_is_passed_over(
    kind: type[Front], refused: int, servers: tuple[ServerProcess, ...], tmp_path: Path
) -> None:
    sick = await asyncio.start_server(refuse, "127.0.0.1")
    place = SimpleNamespace(url=f"http://127.0.0.1:{sick.sockets[0].getsockname()[1]}")
    async with sick:
        with kind(tmp_path / "front", [place, servers[0]]) as front:
            async with http(front.url) as client:
                made = [(await client.post("/api/rooms", json={"name": "Ada"})).status_code for _ in range(12)]
    assert made.count(503) <= refused
    assert set(made) - {503} == {201}


async def test_nginx_sends_http_on_to_https(servers: tuple[ServerProcess, ServerProcess], tmp_path: Path) -> None:
    with Nginx(tmp_path / "front", servers) as front:
        async with http(f"http://127.0.0.1:{front.redirect_port}") as client:
            answer = await client.get("/r/x", headers={"Host": NAME})
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{NAME}/r/x")


def test_c3_no_time_limit_is_shorter_than_the_servers() -> None:
    nginx = (DOCKER / "nginx" / "whiteboard.conf").read_text("utf-8")
    silence = Settings.model_fields["silence_seconds"].default
    for limit in ("proxy_read_timeout", "proxy_send_timeout"):
        assert f"    {limit} 1h;" in nginx
    assert silence < 3600
    caddy = (DOCKER / "caddy" / "Caddyfile").read_text("utf-8")
    assert not {"read_timeout", "write_timeout", "stream_timeout", "response_header_timeout"} & set(caddy.split())


def test_nginx_takes_the_largest_drawing_to_import() -> None:
    nginx = (DOCKER / "nginx" / "whiteboard.conf").read_text("utf-8")
    largest = Settings.model_fields["svg_max_bytes"].default
    assert "client_max_body_size 11m;" in nginx
    assert largest < 11 * 1024 * 1024
