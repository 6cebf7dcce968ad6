"""What is too large, too slow, too many or from elsewhere is refused with a clear error, on a real server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from processes import healthy
from server_process import ServerProcess
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from wire import SECONDS, dial
from wire_door import Door, Room, http

pytestmark = pytest.mark.process

MAX_BODY = 4096
WAITING = 3
FRIEND = "https://friend.example.org"
STRICT = {
    "WHITEBOARD_MAX_BODY": str(MAX_BODY),
    "WHITEBOARD_MAX_WAITING": str(WAITING),
    "WHITEBOARD_REQUEST_SECONDS": "1.5",
    "WHITEBOARD_HELLO_SECONDS": "60",
    "WHITEBOARD_PUBLIC_URL": "https://board.example.org",
    "WHITEBOARD_ALLOWED_ORIGINS": FRIEND,
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with small limits, and another front end."""
    running = ServerProcess(tmp_path_factory.mktemp("strict") / "data", STRICT)
    with healthy(running):
        yield running


@pytest.fixture
async def strict_client(strict: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with http(strict.url) as opened:
        yield opened


def problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
    assert answer.headers["x-content-type-options"] == "nosniff"


def padded(length: int) -> bytes:
    """A body of so many bytes that makes a room."""
    body = json.dumps({"name": "Ada", "x": ""}).encode()
    return body[:-2] + b"x" * (length - len(body)) + body[-2:]


# Bodies.


@pytest.mark.parametrize("path", ["/api/rooms", "/api/rooms/x/sessions", "/api/rooms/x/sessions/renew", "/nowhere"])
async def test_a_body_over_the_limit_is_413(path: str, strict_client: httpx.AsyncClient) -> None:
    for size in (MAX_BODY + 1, 5_000_000):  # whoever sends all of it before reading gets the answer, too
        answer = await strict_client.post(path, content=padded(size), headers=JSON)
        problem(answer, 413, "body_too_large")
        assert str(MAX_BODY) in answer.json()["detail"]
        assert answer.headers["connection"] == "close"


async def test_a_body_of_unknown_length_is_counted(strict_client: httpx.AsyncClient) -> None:
    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, size, 1000):
            yield padded(size)[start : start + 1000]

    problem(await strict_client.post("/api/rooms", content=pieces(500_000), headers=JSON), 413, "body_too_large")
    assert (await strict_client.post("/api/rooms", content=pieces(MAX_BODY), headers=JSON)).status_code == 201


async def test_a_body_within_the_limit_is_taken(client: httpx.AsyncClient, strict_client: httpx.AsyncClient) -> None:
    assert (await strict_client.post("/api/rooms", content=padded(MAX_BODY), headers=JSON)).status_code == 201
    problem(await client.post("/api/rooms", content=padded(1024 * 1024 + 1), headers=JSON), 413, "body_too_large")


async def raw(server: ServerProcess, *pieces: bytes, pause: float = 0.1) -> bytes:
    """Send pieces slowly; give all that comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)

    async def send() -> None:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    async with asyncio.timeout(SECONDS):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            sending.cancel()
            writer.close()


async def test_a_request_that_drips_in_is_408_and_holds_nobody_up(
    strict: ServerProcess, strict_client: httpx.AsyncClient
) -> None:
    head = b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    began = time.monotonic()
    dripping = [
        asyncio.create_task(raw(strict, head, *[b"x"] * 1000)),
        asyncio.create_task(raw(strict, *[head[place : place + 1] for place in range(len(head))])),
    ]
    while not all(each.done() for each in dripping):
        assert (await strict_client.get("/healthz")).status_code == 200
        await asyncio.sleep(0.05)
    assert time.monotonic() - began > 1
    for each in dripping:
        assert each.result().startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b'"request_timeout"' in each.result()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be", "utf-8-sig", "latin-1"])
async def test_h1_a_body_that_is_not_utf_8_is_422(encoding: str, client: httpx.AsyncClient) -> None:
    content = '{"name": "Zoë"}'.encode(encoding)
    problem(await client.post("/api/rooms", content=content, headers=JSON), 422, "invalid_request")
    problem(await client.post("/api/rooms/x/sessions", content=content, headers=JSON), 422, "invalid_request")


# Connections that have not said hello.


async def attempt(dialling: Callable[[], Awaitable[ClientConnection]]) -> ClientConnection | Response:
    """A connection, or the answer that refused it."""
    try:
        return await dialling()
    except InvalidStatus as refused:
        return refused.response


async def test_c1_of_those_who_have_not_said_hello_the_oldest_gives_way(strict: ServerProcess) -> None:
    async with Door(strict.url) as door, AsyncExitStack() as stack:

        async def wait() -> ClientConnection:
            socket = await dial(strict.url, room.id)
            stack.push_async_callback(socket.close)
            return socket

        room = await door.create()
        there = [await door.enter(room) for _ in range(WAITING)]  # these count no more
        first, *others = [await wait() for _ in range(WAITING)]
        end = time.monotonic() + SECONDS
        while isinstance(last := await attempt(wait), Response):  # until somebody has waited for long enough
            assert last.status_code == 503
            assert last.headers["retry-after"] == "1"
            assert json.loads(last.body or b"")["code"] == "too_many_waiting"
            assert last.headers["x-content-type-options"] == "nosniff"
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        await first.wait_closed()
        assert first.close_code == 4408
        for socket in (*others, last):
            await socket.send(json.dumps({"t": "hello", "token": room.token}))
            assert json.loads(await socket.recv())["t"] == "welcome"
        assert all(client.closed is None for client in there)


# Pages of other origins.


@pytest.mark.parametrize("path", ["/api/rooms", "/api/rooms/x/sessions", "/api/rooms/x/sessions/renew"])
async def test_c2_no_page_of_another_origin_can_post(
    path: str, server: ServerProcess, client: httpx.AsyncClient
) -> None:
    for origin in ("https://evil.example.org", "null", f"http://localhost:{server.port}", "garbage"):
        answer = await client.post(path, json={"name": "Ada", "invite": "x"}, headers={"Origin": origin})
        problem(answer, 403, "origin_not_allowed")
        form = await client.post(path, files={"name": (None, "Ada")}, headers={"Origin": origin})
        assert form.status_code in (403, 422)
        assert "access-control-allow-origin" not in answer.headers


async def test_c2_the_servers_own_page_can(server: ServerProcess, strict_client: httpx.AsyncClient) -> None:
    async with http(server.url, "127.1.255.1") as client:
        assert (await client.post("/api/rooms", json={"name": "A"}, headers={"Origin": server.url})).status_code == 201
    for origin, status in (("https://board.example.org", 201), (FRIEND, 201), (server.url, 403)):
        answer = await strict_client.post("/api/rooms", json={"name": "A"}, headers={"Origin": origin})
        assert answer.status_code == status


def preflight(origin: str, method: str = "POST", headers: str = "authorization,content-type") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


async def test_cors_is_off_unless_it_is_set(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.options("/api/rooms", headers=preflight(FRIEND)),
        await client.get("/healthz", headers={"Origin": FRIEND}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_cors_lets_the_pages_of_the_setting_ask(strict_client: httpx.AsyncClient) -> None:
    answer = await strict_client.options("/api/rooms/x", headers=preflight(FRIEND))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in answer.headers
    created = await strict_client.post("/api/rooms", json={"name": "Ada"}, headers={"Origin": FRIEND})
    assert (created.status_code, created.headers["access-control-allow-origin"]) == (201, FRIEND)
    assert "Retry-After" in created.headers["access-control-expose-headers"]
    assert "Origin" in created.headers["vary"]
    for failed in (
        await strict_client.get("/api/rooms/x", headers={"Origin": FRIEND}),
        await strict_client.get("/nowhere", headers={"Origin": FRIEND}),
        await strict_client.post("/api/rooms", content=padded(MAX_BODY + 1), headers={"Origin": FRIEND, **JSON}),
    ):
        assert failed.status_code in (401, 404, 413)
        assert failed.headers["access-control-allow-origin"] == FRIEND, "else the page is told of no error"


async def test_cors_lets_nobody_else_ask(strict_client: httpx.AsyncClient) -> None:
    for wrong in (
        preflight("https://evil.example.org"),
        preflight("null"),
        preflight(f"{FRIEND}.evil.example.org"),
        preflight(FRIEND.replace("https", "http")),
    ):
        answer = await strict_client.options("/api/rooms", headers=wrong)
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers
    for wrong in (preflight(FRIEND, method="DELETE"), preflight(FRIEND, headers="x-secret")):
        assert (await strict_client.options("/api/rooms", headers=wrong)).status_code == 400
    answer = await strict_client.get("/healthz", headers={"Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in answer.headers


async def test_c2_the_pages_of_the_setting_may_connect(strict: ServerProcess) -> None:
    async with Door(strict.url) as door:
        room = await door.create()
        (await dial(strict.url, room.id, origin=FRIEND)).transport.abort()
        with pytest.raises(InvalidStatus) as refused:
            await dial(strict.url, room.id, origin="https://evil.example.org")
        response = refused.value.response
        assert response.status_code == 403
        assert json.loads(response.body or b"")["code"] == "origin_not_allowed"
        assert response.headers["content-security-policy"]


# Headers.


async def every_answer(client: httpx.AsyncClient, room: Room) -> AsyncIterator[httpx.Response]:
    """Answers of every kind: pages, files, data, errors."""
    bearer = {"Authorization": f"Bearer {room.token}"}
    for path in ("/", f"/r/{room.id}", "/r/x", "/static/js/room.js", "/static/css/base.css", "/healthz", "/readyz"):
        yield await client.get(path)
        yield await client.head(path)
    yield await client.get(
        "/static/js/room.js", headers={"If-None-Match": (await client.get("/static/js/room.js")).headers["etag"]}
    )
    for path in ("/nowhere", "/static/nowhere.js", "/static/", "/api/rooms", "/api/openapi.json", "/metrics", "/r/x/"):
        yield await client.get(path)
        yield await client.delete(path)
        yield await client.options(path)
    yield await client.get(f"/api/rooms/{room.id}")
    yield await client.get(f"/api/rooms/{room.id}", headers=bearer)
    yield await client.get(f"/api/rooms/{room.id}/drawing.svg", headers=bearer)
    yield await client.post(f"/api/rooms/{room.id}/sessions", json={"name": "Bob", "invite": room.invite})
    yield await client.post(f"/api/rooms/{room.id}/sessions", json={"name": "Bob", "invite": "x"})
    yield await client.post(f"/api/rooms/{room.id}/sessions/renew", headers=bearer)
    yield await client.post("/api/rooms", content=b"x" * 2_000_000)
    yield await client.post("/api/rooms", content=b"")


async def test_every_answer_bears_the_security_headers_and_none_a_cookie(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    statuses = set()
    async with http(server.url, "127.1.255.2") as client:
        async for answer in every_answer(client, room):
            statuses.add(answer.status_code)
            where = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy, where
            assert "frame-ancestors 'none'" in policy, where
            assert "unsafe" not in policy, where
            assert answer.headers["x-content-type-options"] == "nosniff", where
            assert answer.headers["x-frame-options"] == "DENY", where
            assert answer.headers["referrer-policy"] == "no-referrer", where
            assert "camera=()" in answer.headers["permissions-policy"], where
            assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
            assert answer.headers["cross-origin-resource-policy"] == "same-origin", where
            assert "set-cookie" not in answer.headers, where
            assert "server" not in answer.headers, where
            cached = answer.headers["cache-control"]
            assert cached in ("no-store", "no-cache", "private, no-cache"), where
            secret = answer.request.url.path.startswith("/api/") and not answer.request.url.path.endswith(".svg")
            assert cached == "no-store" or not secret, where
    assert statuses >= {200, 201, 304, 401, 404, 405, 413, 422}
