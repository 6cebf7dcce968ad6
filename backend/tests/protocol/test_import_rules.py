"""H6 over HTTP: a drawing that comes with a new room."""

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from outside import ask
from server_process import ServerProcess
from wire_door import Door, Room, http, new_source

sys.path.append(str(Path(__file__).parents[1] / "services" / "svg"))

from hostile_files import HOSTILE, SLOW

SVG = 'xmlns="http://www.w3.org/2000/svg"'
FORM = "multipart/form-data; boundary=x"
DRAWING = f"""<svg {SVG} viewBox="0 0 100 100"><text>x</text>
<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width="2">
<path stroke="red" d="M0 0L10 10"/><path stroke="#00ff0080" d="M5 5q1 2 3 4"/>
<circle stroke="blue" cx="50" cy="50" r="10"/></g></svg>"""


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with http(server.url, new_source()) as opened:
        yield opened


async def send(client: httpx.AsyncClient, drawing: bytes | str, name: str = "Ada") -> httpx.Response:
    return await client.post("/api/rooms", data={"name": name}, files={"drawing": ("x.svg", drawing, "image/svg+xml")})


def room_of(answer: httpx.Response) -> Room:
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Room(body["room"]["id"], body["invite"], body["token"], body)


def is_problem(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


async def drawn(door: Door, room: Room) -> list[tuple[str, str, float]]:
    """What somebody sees who enters, in the order of drawing."""
    someone = await door.enter(room, "Grace")
    return [(path["d"], path["color"], path["width"]) for path in someone.board.paths.values()]


def rooms_in(server: ServerProcess) -> list[tuple[bytes, int]]:
    """The invite's hash and the number of paths of every room, finished or not."""
    return ask(server.data_dir, "SELECT invite_hash, (SELECT count(*) FROM path WHERE room_key = key) FROM room")


async def test_h6_a_room_with_a_drawing(client: httpx.AsyncClient, door: Door) -> None:
    answer = await send(client, DRAWING)
    assert answer.json()["import_report"] == {
        "paths": 3,
        "skipped": [{"element": "text", "count": 1, "reason": "dropped"}],
    }
    paths = await drawn(door, room_of(answer))
    assert [(d[:8], color, width) for d, color, width in paths] == [
        ("M0 0L10 ", "#ff0000", 2),
        ("M5 5Q6 7", "#00ff0080", 2),
        ("M60 50C6", "#0000ff", 2),
    ]


async def test_h6_a_packed_drawing(client: httpx.AsyncClient, door: Door) -> None:
    assert len(await drawn(door, room_of(await send(client, gzip.compress(DRAWING.encode()))))) == 3


async def test_h6_many_paths_keep_their_order(client: httpx.AsyncClient, door: Door) -> None:
    lines = "".join(f'<path stroke="red" d="M0 {n}L5 {n}"/>' for n in range(1234))
    paths = await drawn(door, room_of(await send(client, f"<svg {SVG}>{lines}</svg>")))
    assert [d for d, _, _ in paths] == [f"M0 {n}L5 {n}" for n in range(1234)]


async def test_w5_what_was_imported_can_be_edited(client: httpx.AsyncClient, door: Door) -> None:
    room = room_of(await send(client, DRAWING))
    ada, grace = await door.several(room, ["Ada", "Grace"])
    await ada.save(ada.delete(next(iter(ada.board.paths))))
    await grace.until(lambda: len(grace.board.paths) == 2)


async def test_l1_h6_an_imported_drawing_is_there_for_good(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", {"WHITEBOARD_ROOM_IDLE_SECONDS": "0.2"}) as server:
        async with http(server.url) as client, Door(server.url) as door:
            room = room_of(await send(client, DRAWING))
            await asyncio.sleep(1)
            assert len(await drawn(door, room)) == 3


@pytest.mark.parametrize("how", ["no part", "zero bytes", "no file chosen"])
async def test_h6_no_drawing_is_a_room_like_any_other(client: httpx.AsyncClient, how: str) -> None:
    part = {
        "no part": ("other", ("", b"")),
        "zero bytes": ("drawing", ("x.svg", b"")),
        "no file chosen": ("drawing", ("", b"")),
    }
    answer = await client.post("/api/rooms", data={"name": "Ada"}, files=[part[how]])
    room_of(answer)
    assert "import_report" not in answer.json()


async def test_h6_an_empty_drawing_is_an_empty_board(client: httpx.AsyncClient, door: Door) -> None:
    answer = await send(client, f"<svg {SVG}/>")
    assert answer.json()["import_report"] == {"paths": 0, "skipped": []}
    assert await drawn(door, room_of(answer)) == []


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\tb"])
async def test_h1_h6_a_bad_name_is_told_before_anything_else(name: str, client: httpx.AsyncClient) -> None:
    for drawing in (DRAWING.encode(), b"no svg", b"x" * 11 * 1024 * 1024):
        is_problem(await send(client, drawing, name), 422, "invalid_request")


async def test_h1_h6_a_form_without_a_name_or_of_another_shape(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/api/rooms", files={"drawing": ("x.svg", DRAWING)}),
        await client.post("/api/rooms", files={"name": ("x.svg", b"Ada"), "drawing": ("x.svg", DRAWING)}),
        await client.post(
            "/api/rooms", content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"}
        ),
        await client.post("/api/rooms", content=b"--x", headers={"Content-Type": "multipart/form-data"}),
        await client.post("/api/rooms", data={"name": "Ada"}),
        await client.post("/api/rooms", content=b'{"name":"Ada"}', headers={"Content-Type": "text/plain"}),
    ]
    for answer in answers:
        is_problem(answer, 422, "invalid_request")


async def test_h5_h6_who_may_have_no_room_is_told_before_the_file_is_read(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", {"WHITEBOARD_ROOMS_PER_ADDRESS": "1"}) as server:
        async with http(server.url) as client:
            room_of(await send(client, DRAWING))
            is_problem(await send(client, b"no svg"), 429, "room_limit")
            assert len(rooms_in(server)) == 1


async def test_h7_export_import_export_gives_the_same_bytes(client: httpx.AsyncClient) -> None:
    async def export(room: Room) -> bytes:
        answer = await client.get(
            f"/api/rooms/{room.id}/drawing.svg", headers={"Authorization": f"Bearer {room.token}"}
        )
        assert answer.status_code == 200
        return answer.content

    first = await export(room_of(await send(client, DRAWING)))
    again = await send(client, first)
    assert again.json()["import_report"] == {"paths": 3, "skipped": []}
    assert await export(room_of(again)) == first


@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_h6_a_hostile_file_is_refused_and_leaves_nothing(
    name: str, client: httpx.AsyncClient, server: ServerProcess, request: pytest.FixtureRequest
) -> None:
    if name in SLOW and not request.config.getoption("--long"):
        pytest.skip("at length only: the resolver's own tests try it each time")
    file, status, code = HOSTILE[name]
    before = rooms_in(server)
    detail = is_problem(await send(client, file()), status, code)
    assert 20 < len(detail) < 300
    assert set(rooms_in(server)) <= set(before)  # others fall asleep meanwhile, and are gone if they are empty


async def test_h6_a_body_without_end_is_cut_off(client: httpx.AsyncClient, server: ServerProcess) -> None:
    before = memory_of(server.pid)
    head = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n'
    head += b'--x\r\nContent-Disposition: form-data; name="drawing"; filename="x.svg"\r\n\r\n'

    async def endless() -> AsyncIterator[bytes]:
        yield head
        for _ in range(100):
            yield b" " * 1024 * 1024

    answer = await client.post("/api/rooms", content=endless(), headers={"Content-Type": FORM})
    assert "10485760 bytes" in is_problem(answer, 413, "drawing_too_large")
    assert memory_of(server.pid) - before < 40


async def test_h6_memory_does_not_grow(client: httpx.AsyncClient, server: ServerProcess) -> None:
    """Of the server: a worker's is bounded by the system."""
    files = [HOSTILE[name][0]() for name in ("bytes sent", "inflated bytes", "entity bomb", "deep nesting")]
    for _ in range(2):
        for file in files:
            await send(client, file)
    before = memory_of(server.pid)
    for _ in range(5):
        for file in files:
            await send(client, file)
    assert memory_of(server.pid) - before < 20


def memory_of(pid: int) -> float:
    """Megabytes of a process that are not shared with files."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024
