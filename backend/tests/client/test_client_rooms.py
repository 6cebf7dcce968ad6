"""Rooms over HTTP (H1 to H4), against a server that answers as the test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from client_fakes import ROOM, Json

from whiteboard_client.errors import HttpError, InviteError, UnreachableError
from whiteboard_client.rooms import (
    Seat,
    create_room,
    fetch_drawing,
    fetch_picture,
    fetch_room,
    join_room,
    parse_invite,
    renew,
)

JOINED = {"room": {"id": ROOM, "active_users": 0}, "session": {"id": "s", "name": "Ada"}, "token": "secret"}


@dataclass
class Answer:
    """One answer for every request, and what was asked."""

    status: int = 200
    body: bytes = b"{}"
    headers: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def says(self, body: Json, status: int = 201) -> None:
        self.status, self.body = status, json.dumps(body).encode()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length:")]
        self.asked.append(head + (await reader.readexactly(int(lengths[0])) if lengths else b"").decode())
        length = f"Content-Length: {len(self.body)}\r\nConnection: close\r\n"
        writer.write(f"HTTP/1.1 {self.status} Answer\r\n{length}{self.headers}\r\n".encode() + self.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Answer]:
    async with await asyncio.start_server(answer.handle, "127.0.0.1", 0) as server:
        answer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield answer


@pytest.fixture
async def answer() -> AsyncIterator[Answer]:
    async with serving(Answer()) as answer:
        yield answer


async def test_creating_a_room(answer: Answer) -> None:
    invite_url = f"https://board.example/r/{ROOM}#invite"
    answer.says(JOINED | {"invite": "invite", "invite_url": invite_url})
    invitation = await create_room(answer.url + "/", "Ada")
    assert invitation.invite_url == invite_url
    assert invitation.seat == Seat(answer.url, ROOM, "s", "Ada", "secret")
    head, _, body = answer.asked[0].partition("\r\n\r\n")
    assert head.startswith("POST /api/rooms HTTP")
    assert json.loads(body) == {"name": "Ada"}


async def test_h2_joining_a_room_keeps_the_invite_out_of_the_address(answer: Answer) -> None:
    answer.says(JOINED)
    seat = await join_room(f"{answer.url}/r/{ROOM}#invite", "Ada")
    head, _, body = answer.asked[0].partition("\r\n\r\n")
    assert head.startswith(f"POST /api/rooms/{ROOM}/sessions HTTP")
    assert "invite" not in head
    assert json.loads(body) == {"name": "Ada", "invite": "invite"}
    assert seat.websocket_url == f"ws{answer.url[4:]}/api/rooms/{ROOM}/ws"


async def test_h4_a_seat_reads_its_room_and_drawing_with_its_token(answer: Answer) -> None:
    seat = Seat(answer.url, ROOM, "s", "Ada", "secret")
    answer.says({"id": ROOM, "created_at": "2026-01-01T00:00:00Z", "active_users": 3}, 200)
    assert (await fetch_room(seat)).active_users == 3
    answer.body = b"<svg/>"
    assert await fetch_drawing(seat) == b"<svg/>"
    answer.body = b"PNG"
    assert await fetch_picture(seat, 80, "transparent") == b"PNG"
    assert all("authorization: bearer secret" in asked.lower() for asked in answer.asked)
    assert [asked.split()[1] for asked in answer.asked] == [
        f"/api/rooms/{ROOM}",
        f"/api/rooms/{ROOM}/drawing.svg",
        f"/api/rooms/{ROOM}/drawing.png?width=80&background=transparent",
    ]


async def test_h2_a_token_is_renewed_in_headers_and_bodies_only(answer: Answer) -> None:
    answer.says({"token": "newer"}, 200)
    assert await renew(Seat(answer.url, ROOM, "s", "Ada", "secret")) == Seat(answer.url, ROOM, "s", "Ada", "newer")
    assert answer.asked[0].startswith(f"POST /api/rooms/{ROOM}/sessions/renew HTTP")
    assert "authorization: bearer secret" in answer.asked[0].lower()
    assert answer.asked[0].count("secret") == 1


async def test_h3_a_problem_document_is_a_typed_error(answer: Answer) -> None:
    answer.says({"type": "about:blank", "status": 404, "code": "room_not_found", "detail": "No such room."}, 404)
    with pytest.raises(HttpError) as caught:
        await join_room(f"{answer.url}/r/{ROOM}#invite", "Ada")
    assert (caught.value.status, caught.value.code, caught.value.detail) == (404, "room_not_found", "No such room.")


async def test_h5_retry_after_is_told(answer: Answer) -> None:
    answer.headers = "Retry-After: 30\r\n"
    answer.says({"code": "room_limit", "detail": "10 rooms"}, 429)
    with pytest.raises(HttpError) as caught:
        await create_room(answer.url, "Ada")
    assert (caught.value.code, caught.value.retry_after) == ("room_limit", "30")


async def test_an_error_page_of_a_proxy_is_an_error_without_a_code(answer: Answer) -> None:
    answer.status, answer.body = 502, b"<html>Bad gateway</html>"
    with pytest.raises(HttpError) as caught:
        await create_room(answer.url, "Ada")
    assert (caught.value.status, caught.value.code) == (502, "unknown")


async def test_h2_a_redirect_is_not_followed(answer: Answer) -> None:
    answer.status, answer.headers = 302, f"Location: {answer.url}/elsewhere\r\n"
    with pytest.raises(HttpError) as caught:
        await fetch_room(Seat(answer.url, ROOM, "s", "Ada", "secret"))
    assert caught.value.status == 302
    assert len(answer.asked) == 1


async def test_an_answer_of_something_else_is_told(answer: Answer) -> None:
    answer.body = b"<html>hello</html>"
    with pytest.raises(UnreachableError):
        await create_room(answer.url, "Ada")


async def test_nobody_there_is_told() -> None:
    async with serving(Answer()) as gone:
        url = gone.url
    with pytest.raises(UnreachableError):
        await create_room(url, "Ada")
    with pytest.raises(UnreachableError):
        await create_room("ftp://board.example", "Ada")


def test_an_invite_link_is_taken_apart() -> None:
    assert parse_invite(f" https://board.example/r/{ROOM}#x-y_z ") == ("https://board.example", ROOM, "x-y_z")
    assert parse_invite(f"http://[::1]:8000/boards/r/{ROOM}#i") == ("http://[::1]:8000/boards", ROOM, "i")


@pytest.mark.parametrize(
    "text",
    ["", "hello", f"https://board.example/r/{ROOM}", "https://board.example/#secret", "https://board.example/r/#secret",
     f"ftp://board.example/r/{ROOM}#secret", "https:///r/x#secret", "http://[::1/r/x#secret", f"https://b.example/r/{ROOM}/x#secret"],
)  # fmt: skip
def test_h2_what_is_no_invite_link_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(InviteError) as caught:
        parse_invite(text)
    assert "secret" not in str(caught.value)


def test_h2_secrets_are_not_printed() -> None:
    assert "secret" not in repr(Seat("http://x", ROOM, "s", "Ada", "secret"))


def test_a_secure_server_has_a_secure_socket() -> None:
    assert Seat("https://board.example/b", ROOM, "s", "Ada", "t").websocket_url.startswith("wss://board.example/b/api/")
