"""Sessions: tokens are renewed while used, keys are rotated, and nothing else opens a room (H4, C1)."""

import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from forging import bad_tokens, forge, token_of_a_room_that_is_gone
from outside import ask
from processes import healthy
from server_process import ServerProcess
from wire import Client, dial
from wire_door import Door, Room, http

pytestmark = pytest.mark.process

DAY = 86_400


def claims(token: str) -> dict[str, str | int]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}".strip()}


async def renew(client: httpx.AsyncClient, room_id: str, token: str) -> httpx.Response:
    return await client.post(f"/api/rooms/{room_id}/sessions/renew", headers=bearer(token))


def aged(server: ServerProcess, token: str, days: int = 16) -> str:
    """The token as if it had been issued some days ago."""
    now = int(time.time())
    return forge(server.data_dir, token, iat=now - days * DAY, exp=now + (30 - days) * DAY)


def token_ids(data_dir: Path) -> dict[UUID, UUID]:
    """The id of each session's newest token, as stored."""
    return dict(ask(data_dir, "SELECT id, token_id FROM user_session"))


async def test_a_token_is_good_for_thirty_days(room: Room) -> None:
    body = claims(room.token)
    assert set(body) == {"iss", "aud", "sub", "room", "jti", "iat", "exp"}
    assert int(body["exp"]) - int(body["iat"]) == 30 * DAY


async def test_a_young_token_comes_back_as_it_is(client: httpx.AsyncClient, room: Room) -> None:
    answer = await renew(client, room.id, room.token)
    assert (answer.status_code, answer.json()) == (200, {"token": room.token})


async def test_an_older_one_is_renewed_for_the_same_session_and_both_are_good(
    client: httpx.AsyncClient, room: Room, door: Door, server: ServerProcess
) -> None:
    old = aged(server, room.token)
    new = (await renew(client, room.id, old)).json()["token"]
    before, after = claims(old), claims(new)
    assert (after["sub"], after["room"]) == (before["sub"], before["room"])
    assert after["jti"] != before["jti"]
    assert int(after["exp"]) - time.time() > 29 * DAY
    for token in (old, new):
        assert (await client.get(f"/api/rooms/{room.id}", headers=bearer(token))).status_code == 200
        await door.enter(room, token=token)
    assert token_ids(server.data_dir)[UUID(str(after["sub"]))] == UUID(str(after["jti"]))


async def test_h4_what_is_no_good_token_is_not_renewed(
    client: httpx.AsyncClient, room: Room, door: Door, server: ServerProcess
) -> None:
    for why, token in bad_tokens(server.data_dir, room.token).items():
        for room_id in (room.id, str(uuid4())):
            answer = await renew(client, room_id, token)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), why
    assert (await client.post(f"/api/rooms/{room.id}/sessions/renew")).status_code == 401
    other = await door.create()
    gone = token_of_a_room_that_is_gone(server.data_dir, room.token)
    for room_id, token in ((other.id, room.token), ("x", room.token), gone):
        answer = await renew(client, room_id, token)
        assert (answer.status_code, answer.json()["code"]) == (404, "room_not_found")


async def test_h4_every_refusal_of_a_token_is_the_same_answer(
    client: httpx.AsyncClient, room: Room, server: ServerProcess
) -> None:
    answers, ends = set(), set()
    for token in bad_tokens(server.data_dir, room.token).values():
        answer = await client.get(f"/api/rooms/{room.id}", headers=bearer(token))
        headers = sorted((name, value) for name, value in answer.headers.items() if name != "date")
        answers.add((answer.status_code, answer.content, str(headers)))
        socket = await dial(server.url, room.id)
        await socket.send(json.dumps({"t": "hello", "token": token}))
        await socket.wait_closed()
        ends.add((socket.close_code, socket.close_reason))
    assert len(answers) == len(ends) == 1
    assert {status for status, *_ in answers} == {401}
    assert {code for code, _ in ends} == {4401}


def run(server: ServerProcess, *command: str) -> str:
    """Run a command of the program on the server's data directory."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        env={"PATH": "", "WHITEBOARD_DATA_DIR": str(server.data_dir)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def test_h4_a_key_is_rotated_while_two_processes_run_and_nobody_is_thrown_out(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    one, two = ServerProcess(data_dir), ServerProcess(data_dir)
    with healthy(one, two):
        async with Door(one.url) as door, http(two.url) as client:
            room = await door.create()
            stays = await door.enter(room)
            assert "A new key signs" in run(one, "key", "rotate")
            later = await door.token(room, "Bob")
            kids = [jwt.get_unverified_header(token)["kid"] for token in (later, room.token)]
            assert run(one, "key", "list").split() == kids
            for token in (room.token, later):
                for at in (one.url, two.url):
                    await door.enter(room, token=token, at=at)
            assert "1 older" in run(one, "key", "retire")
            assert (await client.get(f"/api/rooms/{room.id}", headers=bearer(room.token))).status_code == 401
            assert (await client.get(f"/api/rooms/{room.id}", headers=bearer(later))).status_code == 200
            assert await end_of(two.url, room, room.token) == 4401
            assert await draws(stays), "who is connected stays"


async def draws(client: Client) -> bool:
    await client.save(client.put())
    return client.closed is None


async def end_of(url: str, room: Room, token: str) -> int | None:
    """Say hello; give the code that the connection is closed with."""
    socket = await dial(url, room.id)
    await socket.send(json.dumps({"t": "hello", "token": token}))
    await socket.wait_closed()
    return socket.close_code
