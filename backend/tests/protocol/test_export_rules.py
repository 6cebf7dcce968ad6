"""H7 over HTTP: the drawing as a file, for those who hold a token of its room."""

import gzip
import struct
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from forging import bad_tokens, token_of_a_room_that_is_gone
from server_process import ServerProcess
from wire_door import Door, Room

pytestmark = pytest.mark.process

SVG = "{http://www.w3.org/2000/svg}"
EMPTY = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100" fill="none"'
    ' stroke-linecap="round" stroke-linejoin="round">\n</svg>\n'
)


async def take(
    client: httpx.AsyncClient, room: Room, *, method: str = "GET", token: str | None = None, **headers: str
) -> httpx.Response:
    given = {"Authorization": f"Bearer {token or room.token}", "Accept-Encoding": "identity"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.request(method, f"/api/rooms/{room.id}/drawing.svg", headers=given)


async def test_h7_an_empty_board(client: httpx.AsyncClient, room: Room) -> None:
    assert (await take(client, room)).text == EMPTY


async def test_h7_what_was_shown_is_in_the_file(client: httpx.AsyncClient, door: Door, room: Room) -> None:
    ada = await door.enter(room)
    first = ada.put(d="M0 0Q5 10 10 0", color="#ff000080", width=2.5)
    second = ada.put(d="M20 20L30 30Z", color="#1d3557", width=4)
    gone = ada.put(d="M500 500Z")
    await ada.save(second, first, gone)
    await ada.save(ada.delete(gone["id"]))
    root = ET.fromstring((await take(client, room)).content)  # noqa: S314 - our own server's
    assert root.attrib["viewBox"] == "-1.25 -1.25 33.25 33.25"
    assert (root.attrib["width"], root.attrib["height"]) == ("33.25", "33.25")
    drawn = sorted([first, second], key=lambda op: op["id"])
    assert [child.attrib["d"] for child in root] == [op["d"] for op in drawn]
    translucent = next(child for child in root if "stroke-opacity" in child.attrib)
    assert translucent.attrib == {
        "d": "M0 0Q5 10 10 0",
        "stroke": "#ff0000",
        "stroke-width": "2.5",
        "stroke-opacity": "0.502",
    }


async def test_h7_it_is_a_download_that_can_do_nothing(client: httpx.AsyncClient, room: Room) -> None:
    headers = (await take(client, room)).headers
    assert headers["content-type"] == "image/svg+xml"
    assert headers["content-disposition"] == f'attachment; filename="whiteboard-{room.id[:8]}.svg"'
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-length"] == str(len(EMPTY))


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=1", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.00, *", False),
        ("br", False),
        ("*;q=0", False),
    ],
)
async def test_it_is_compressed_for_those_who_accept_it(
    accepted: str, packed: bool, client: httpx.AsyncClient, room: Room
) -> None:
    path, headers = f"/api/rooms/{room.id}/drawing.svg", {"Authorization": f"Bearer {room.token}"}
    async with client.stream("GET", path, headers=headers | {"Accept-Encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body).decode() == EMPTY


async def test_an_unchanged_drawing_is_not_sent_again(client: httpx.AsyncClient, door: Door, room: Room) -> None:
    etag = (await take(client, room)).headers["etag"]
    for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        again = await take(client, room, if_none_match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await take(client, room, if_none_match='"other"')).status_code == 200
    ada = await door.enter(room)
    await ada.save(ada.put())
    changed = await take(client, room, if_none_match=etag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


async def test_its_head_is_that_of_the_file(client: httpx.AsyncClient, room: Room) -> None:
    head, full = await take(client, room, method="HEAD"), await take(client, room)
    assert head.content == b""
    for name in ("etag", "content-type", "content-disposition", "cache-control"):
        assert head.headers[name] == full.headers[name]


async def picture(client: httpx.AsyncClient, room: Room, method: str = "GET", **given: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {room.token}"}
    if known := given.pop("known", None):
        headers["If-None-Match"] = str(known)
    params = {name: str(value) for name, value in given.items()}
    return await client.request(method, f"/api/rooms/{room.id}/drawing.png", params=params, headers=headers)


async def test_a_picture(client: httpx.AsyncClient, door: Door, room: Room) -> None:
    ada = await door.enter(room)
    await ada.save(ada.put(d="M0 0L30 10", width=10))
    for given, size in (({}, (1600, 800)), ({"width": 64}, (64, 32)), ({"width": 4096}, (4096, 2048))):
        answer = await picture(client, room, **given)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"] == f'attachment; filename="whiteboard-{room.id[:8]}.png"'
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert struct.unpack(">II", answer.content[16:24]) == size


async def test_a_picture_that_is_known_is_not_painted_again(client: httpx.AsyncClient, room: Room) -> None:
    first = (await picture(client, room, width=8)).headers["etag"]
    assert (await picture(client, room, width=8, known=first)).status_code == 304
    others = [
        await picture(client, room, "HEAD", width=9),
        await picture(client, room, "HEAD", background="transparent"),
    ]
    assert len({first, *(other.headers["etag"] for other in others)}) == 3
    assert [other.content for other in others] == [b"", b""]


@pytest.mark.parametrize(
    "given",
    [
        {"width": 0},
        {"width": 4097},
        {"width": -1},
        {"width": "1e3"},
        {"width": "x"},
        {"width": ""},
        {"background": "red"},
    ],
)
async def test_a_picture_of_another_kind_is_422(
    given: dict[str, object], client: httpx.AsyncClient, room: Room
) -> None:
    answer = await picture(client, room, **given)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_h4_no_token_or_a_bad_one_is_401(client: httpx.AsyncClient, server: ServerProcess, room: Room) -> None:
    for path in (f"/api/rooms/{room.id}/drawing.svg", f"/api/rooms/{room.id}/drawing.png?width=8"):
        assert (await client.get(path)).status_code == 401
        for token in bad_tokens(server.data_dir, room.token).values():
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}".strip()})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_h3_h4_any_other_room_is_404(client: httpx.AsyncClient, server: ServerProcess, room: Room) -> None:
    gone, token = token_of_a_room_that_is_gone(server.data_dir, room.token)
    for room_id, bearer in ((str(uuid4()), room.token), ("x", room.token), (gone, token)):
        for kind in ("svg", "png"):
            path = f"/api/rooms/{room_id}/drawing.{kind}"
            answer = await client.get(path, headers={"Authorization": f"Bearer {bearer}"})
            assert (answer.status_code, answer.json()["code"]) == (404, "room_not_found")


async def test_it_is_described(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    for kind, content, more in (("svg", "image/svg+xml", set[str]()), ("png", "image/png", {"413", "422"})):
        answers = document["paths"][f"/api/rooms/{{room_id}}/drawing.{kind}"]["get"]["responses"]
        assert list(answers["200"]["content"]) == [content]
        assert set(answers) == {"200", "304", "401", "404", "503"} | more
