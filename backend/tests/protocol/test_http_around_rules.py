"""What surrounds the rooms over HTTP: health, headers, pages, and the statuses that are described."""

import asyncio
import resource
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from forging import forge
from http_help import join, look, problem
from server_process import ServerProcess
from wire_door import Door, Room, http, new_source

pytestmark = pytest.mark.process


async def renew(client: httpx.AsyncClient, room_id: str, authorization: str | None) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization else {}
    return await client.post(f"/api/rooms/{room_id}/sessions/renew", headers=headers)


async def test_healthz_and_readyz(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/r/x", "/r/7ba82179-855c-43f9-89bf-98c06269cd9d", "/nowhere", "/api/rooms/x", "/healthz"]
)
async def test_every_answer_bears_the_security_headers(path: str, client: httpx.AsyncClient) -> None:
    headers = (await client.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


async def test_h3_the_page_of_a_room_is_the_same_for_every_room(client: httpx.AsyncClient, room: Room) -> None:
    known, unknown = await client.get(f"/r/{room.id}"), await client.get(f"/r/{uuid4()}")
    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    assert known.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/static/nowhere.js", "/static/../pyproject.toml"])
async def test_what_is_not_there_is_a_problem_too(path: str, client: httpx.AsyncClient) -> None:
    problem(await client.get(path), 404, "not_found")


async def test_another_method_is_405(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/rooms"), 405, "method_not_allowed")


@pytest.mark.skipif("config.getoption('--database') != 'sqlite'", reason="takes SQLite's file away")
def test_the_documented_statuses_are_those_that_are_given(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", {"WHITEBOARD_REQUEST_SECONDS": "1"}) as server:
        asyncio.run(check_statuses(server))


async def check_statuses(server: ServerProcess) -> None:
    async with Door(server.url) as door, http(server.url) as client:
        document = (await client.get("/api/openapi.json")).json()
        room = await door.create()
        with_disk = await observe(client, room)
        without_disk = await observe_without_disk(server, client, room)
        assert (await observe(client, room)) == with_disk, "it did not recover"
    for (path, method), seen in with_disk.items():
        described = document["paths"][path][method]["responses"]
        documented = {int(status) for status in described}
        assert documented - seen - without_disk[path, method] == set(), f"never seen: {method} {path}"
        assert seen | without_disk[path, method] <= documented, f"not documented: {method} {path}"
        for status, text in described.items():
            if int(status) >= 400:
                assert "application/problem+json" in text["content"], (path, status)


RENEW = ("/api/rooms/{room_id}/sessions/renew", "post")
CREATE, JOIN, LOOK = ("/api/rooms", "post"), ("/api/rooms/{room_id}/sessions", "post"), ("/api/rooms/{room_id}", "get")
Statuses = dict[tuple[str, str], set[int]]


async def observe(client: httpx.AsyncClient, room: Room) -> Statuses:
    """The statuses of every kind of request."""
    bodies: list[dict[str, str]] = [{"name": "A"}, {}]
    created = {(await client.post("/api/rooms", json=body)).status_code for body in bodies}
    files = [b"no svg", b"x" * 10_485_761]
    created |= {
        (await client.post("/api/rooms", data={"name": "A"}, files={"drawing": file})).status_code for file in files
    }
    async with http(str(client.base_url), new_source()) as busy:
        created |= {(await busy.post("/api/rooms", json={"name": "A"})).status_code for _ in range(11)}
    created |= await refused_early(client, "/api/rooms")
    joins = [{"name": "A", "invite": room.invite}, {"name": "A", "invite": "x"}, {"name": ""}]
    joined = {(await join(client, room.id, **body)).status_code for body in joins}
    joined |= await refused_early(client, f"/api/rooms/{room.id}/sessions")
    good = f"Bearer {room.token}"
    looks = [(room.id, good), (str(uuid4()), good), (room.id, None)]
    looked = {(await look(client, room_id, token)).status_code for room_id, token in looks}
    renewed = {(await renew(client, room_id, token)).status_code for room_id, token in looks}
    renewed |= await refused_early(client, f"/api/rooms/{room.id}/sessions/renew")
    return {CREATE: created, JOIN: joined, LOOK: looked, RENEW: renewed}


async def refused_early(client: httpx.AsyncClient, path: str) -> set[int]:
    """The statuses of requests from elsewhere, too large, and too slow (if their bodies are read at all)."""
    elsewhere = await client.post(path, headers={"Origin": "https://evil.example.org"})
    large = await client.post(path, content=b"x" * 2_000_000)
    slow = await status_of_a_slow_body(client, path) if "renew" not in path else 413
    return {elsewhere.status_code, large.status_code, slow}


async def status_of_a_slow_body(client: httpx.AsyncClient, path: str) -> int:
    """Announce a body, and send one byte of it."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
    writer.write(head.encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def observe_without_disk(server: ServerProcess, client: httpx.AsyncClient, room: Room) -> Statuses:
    """The same while nothing can be written, and the database cannot be opened: a directory has its name."""
    file, aside = server.data_dir / "whiteboard.db", server.data_dir / "aside"
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    file.rename(aside)
    file.mkdir()
    try:
        for answer in (
            await client.post("/api/rooms", json={"name": "A"}),
            await join(client, room.id, name="A", invite=room.invite),
            await renew(client, room.id, f"Bearer {forge(server.data_dir, room.token, exp=int(time.time()) + 60)}"),
        ):
            problem(answer, 503, "storage_unavailable")
            assert int(answer.headers["retry-after"]) >= 1
        looked = await look_at_once(client, room)
        assert (await client.get("/healthz")).status_code == 200
    finally:
        file.rmdir()
        aside.rename(file)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
    return {CREATE: {503}, JOIN: {503}, LOOK: looked, RENEW: {503}}


async def look_at_once(client: httpx.AsyncClient, room: Room) -> set[int]:
    """Look so often at once that a new connection to the database is needed for it."""
    seen: set[int] = set()
    while 503 not in seen:
        answers = await asyncio.gather(*(look(client, room.id, f"Bearer {room.token}") for _ in range(20)))
        seen |= {answer.status_code for answer in answers}
    return seen
