"""Making rooms and entering them over HTTP (H1, H2, H3, H4)."""

import json
import re
import time
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from forging import bad_tokens, forge, token_of_a_room_that_is_gone
from http_help import join, look, problem
from server_process import ServerProcess
from wire_door import Door, Room

pytestmark = pytest.mark.process
JSON = {"Content-Type": "application/json"}
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Unicode's property White_Space, all of it (PropList.txt)."""
MISSING = object()
GOOD_NAMES = {
    "one": ("A", "A"),
    "trimmed": (f"{WHITE_SPACE}Ada{WHITE_SPACE}", "Ada"),
    "white space within": ("Ada\u3000L", "Ada\u3000L"),
    "64": ("x" * 64, "x" * 64),
    "64 after trimming": (" " + "x" * 64 + " ", "x" * 64),
    "64 astral": ("\U0001f600" * 64, "\U0001f600" * 64),
    "joiners": ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
    "a byte order mark is no white space": ("\ufeffAda", "\ufeffAda"),
    "not normalised": ("u\u0308", "u\u0308"),
    "markup": ("<b>&\"'", "<b>&\"'"),
}
BAD_NAMES = {
    "missing": MISSING,
    "null": None,
    "number": 7,
    "boolean": True,
    "list": ["Ada"],
    "object": {"name": "Ada"},
    "empty": "",
    "white space only": WHITE_SPACE,
    "65": "x" * 65,
    "65 astral": "\U0001f600" * 65,
    "lone high surrogate": "A\ud800",
    "lone low surrogate": "\udc00A",
    "surrogates in the wrong order": "A\udc00\ud800B",
    **{f"control {code:#04x} within": f"A{chr(code)}B" for code in [*range(32), *range(0x7F, 0xA0)]},
    **{f"control {code:#04x} outside": f"{chr(code)}A" for code in range(32) if chr(code) not in WHITE_SPACE},
}
BAD_BODIES = {
    "nothing": (b"", JSON),
    "no JSON": (b'{"name":', JSON),
    "another constant": (b'{"name": NaN}', JSON),
    "bad UTF-8": (b'{"name": "\xff\xfe"}', JSON),
    "cut UTF-8": (b'{"name": "\xf0\x9f\x98"}', JSON),
    "a list": (b'["Ada"]', JSON),
    "a string": (b'"Ada"', JSON),
    "null": (b"null", JSON),
    "deep": (b"[" * 100_000, JSON),
    "a form": (b"name=Ada", {"Content-Type": "application/x-www-form-urlencoded"}),
    "text": (b'{"name": "Ada", "invite": "x"}', {"Content-Type": "text/plain"}),
    "no type": (b'{"name": "Ada", "invite": "x"}', {}),
    "XML": (b"<name>Ada</name>", {"Content-Type": "application/xml"}),
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def body_of(name: object, **rest: object) -> bytes:
    given = {} if name is MISSING else {"name": name}
    return json.dumps({**given, **rest}).encode()


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Could nobody tell one answer from the other?"""
    headers = [{k: v for k, v in each.headers.items() if k != "date"} for each in (one, other)]
    return (one.status_code, one.content, headers[0]) == (other.status_code, other.content, headers[1])


async def test_a_created_room_is_told_in_full(room: Room, server: ServerProcess) -> None:
    body = room.created
    assert set(body) >= {"room", "session", "token", "invite", "invite_url"}
    assert body["invite_url"] == f"{server.url}/r/{room.id}#{room.invite}"
    assert UUID(room.id).version == 4
    assert body["session"]["name"] == "Ada"
    assert set(body["room"]) == {"id", "created_at", "last_active_at", "active_users"}
    for name in ("created_at", "last_active_at"):
        assert TIMESTAMP.fullmatch(body["room"][name])
        age = time.time() - datetime.fromisoformat(body["room"][name]).timestamp()
        assert abs(age) < timedelta(minutes=1).total_seconds()
    assert body["room"]["active_users"] == 0


async def test_active_users_counts_connections(door: Door, room: Room, client: httpx.AsyncClient) -> None:
    first = await door.enter(room)
    assert first.welcome["room"]["active_users"] == 1
    await door.enter(room)
    await first.until(lambda: len(first.users) == 2)
    assert (await look(client, room.id, f"Bearer {room.token}")).json()["active_users"] == 2


async def test_unknown_keys_of_bodies_are_ignored(room: Room, client: httpx.AsyncClient) -> None:
    answer = await join(client, room.id, name="Bob", invite=room.invite, colour="red", nested={"a": [1]})
    assert answer.status_code == 201
    assert set(answer.json()) == {"room", "session", "token"}


@pytest.mark.parametrize("name", GOOD_NAMES)
async def test_h1_good_names_are_trimmed_and_kept(name: str, client: httpx.AsyncClient, room: Room) -> None:
    given, trimmed = GOOD_NAMES[name]
    for _ in range(2):  # it need not be unique
        answer = await join(client, room.id, name=given, invite=room.invite)
        assert answer.status_code == 201, answer.text
        assert answer.json()["session"]["name"] == trimmed


async def test_h1_bad_names_are_422_everywhere(client: httpx.AsyncClient, room: Room) -> None:
    taken = []
    for why, name in BAD_NAMES.items():
        for path in ("/api/rooms", f"/api/rooms/{uuid4() if 'control' in why else room.id}/sessions"):
            answer = await client.post(path, content=body_of(name, invite=room.invite), headers=JSON)
            if answer.status_code != 422:
                taken.append((why, path.count("/"), answer.status_code))
            else:
                problem(answer, 422, "invalid_request")
    assert taken == []


@pytest.mark.parametrize("why", BAD_BODIES)
async def test_h1_bad_bodies_are_422_judged_before_anything_else(
    why: str, client: httpx.AsyncClient, room: Room
) -> None:
    content, headers = BAD_BODIES[why]
    for path in (
        "/api/rooms",
        f"/api/rooms/{room.id}/sessions",
        f"/api/rooms/{uuid4()}/sessions",
        "/api/rooms/x/sessions",
    ):
        problem(await client.post(path, content=content, headers=headers), 422, "invalid_request")


@pytest.mark.parametrize("invite", [MISSING, None, 5, [], {}])
async def test_h1_a_bad_invite_is_422_even_for_an_unknown_room(invite: object, client: httpx.AsyncClient) -> None:
    given = {} if invite is MISSING else {"invite": invite}
    problem(await join(client, str(uuid4()), name="Bob", **given), 422, "invalid_request")


async def test_h2_errors_do_not_repeat_what_was_sent(client: httpx.AsyncClient, room: Room) -> None:
    for body in (
        {"name": "\x00", "invite": room.invite},
        {"name": 5, "invite": [room.invite]},
        {"invite": room.invite},
    ):
        assert room.invite not in (await join(client, room.id, **body)).text
    assert room.token not in (await look(client, str(uuid4()), f"Bearer {room.token}")).text


async def test_h3_unknown_rooms_bad_ids_and_wrong_invites_give_the_same_answer(
    client: httpx.AsyncClient, room: Room, door: Door
) -> None:
    other = await door.create()
    wrong = await join(client, room.id, name="Bob", invite="wrong")
    problem(wrong, 404, "room_not_found")
    ids = (str(uuid4()), "x", room.id.upper(), f"{{{room.id}}}", room.id.replace("-", ""), "%00", "%F0%9F%98%80", "%FF")
    for room_id in ids:
        assert same(wrong, await join(client, room_id, name="Bob", invite=room.invite)), room_id
    for invite in ("", " ", other.invite, room.invite + " ", room.invite.swapcase(), "\x00", "é", "x" * 100_000):
        assert same(wrong, await join(client, room.id, name="Bob", invite=invite)), invite[:9]


async def test_h3_an_invite_that_is_no_text_is_no_crash(client: httpx.AsyncClient, room: Room) -> None:
    content = body_of("Bob", invite="\ud800")
    answer = await client.post(f"/api/rooms/{room.id}/sessions", content=content, headers=JSON)
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_h4_no_request_lists_rooms(method: str, client: httpx.AsyncClient, room: Room) -> None:
    for path in ("/api/rooms", "/api/rooms/"):
        answer = await client.request(method, path, headers={"Authorization": f"Bearer {room.token}"})
        assert answer.status_code in (307, 404, 405)
        assert room.id not in answer.text


async def test_h4_a_good_token_opens_its_room_and_no_other(
    client: httpx.AsyncClient, room: Room, door: Door, server: ServerProcess
) -> None:
    other = await door.create()
    answer = await look(client, room.id, f"Bearer {room.token}")
    assert answer.status_code == 200
    assert answer.json()["id"] == room.id
    assert (await look(client, room.id, f"bearer {room.token}")).status_code == 200
    foreign = await look(client, other.id, f"Bearer {room.token}")
    problem(foreign, 404, "room_not_found")
    for room_id in (str(uuid4()), "x", room.id.upper(), "%00"):
        assert same(foreign, await look(client, room_id, f"Bearer {room.token}")), room_id
    gone, token = token_of_a_room_that_is_gone(server.data_dir, room.token)
    assert same(foreign, await look(client, gone, f"Bearer {token}"))


async def test_h4_no_token_or_a_bad_one_is_401_for_any_room(
    client: httpx.AsyncClient, room: Room, server: ServerProcess
) -> None:
    bad = [f"Bearer {token}".strip() for token in bad_tokens(server.data_dir, room.token).values()]
    bad += ["Bearer", f"Basic {room.token}", room.token, f"Bearer {room.token} {room.token}", f"Token {room.token}"]
    for authorization in [None, *bad]:
        for room_id in (room.id, str(uuid4()), "x"):
            answer = await look(client, room_id, authorization)
            problem(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_h4_the_token_is_good_for_its_days(room: Room, server: ServerProcess, client: httpx.AsyncClient) -> None:
    late = forge(server.data_dir, room.token, exp=int(time.time()) + 60)
    assert (await look(client, room.id, f"Bearer {late}")).status_code == 200
