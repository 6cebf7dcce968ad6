"""C1 to C3: how a connection begins, what ends it, and with which code. C5 without a hello's consent is there too."""

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from forging import bad_tokens, forge, token_of_a_room_that_is_gone
from processes import healthy
from server_process import ServerProcess
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from wire import SECONDS, dial
from wire_door import Door, Room

pytestmark = pytest.mark.process

ECHO = "do-not-repeat-this"
MAX_FRAME = 4096
SILENCE = 1.0
QUICK = {
    "WHITEBOARD_HELLO_SECONDS": "0.5",
    "WHITEBOARD_SILENCE_SECONDS": str(SILENCE),
    "WHITEBOARD_MAX_FRAME": str(MAX_FRAME),
    "WHITEBOARD_PUBLIC_URL": "https://board.example.org",
    "WHITEBOARD_ALLOWED_ORIGINS": "https://other.example.org:8443, http://third.example.org",
}

NO_FRAMES = {
    "no JSON": ECHO,
    "nothing": "",
    "cut": '{"t":"batch"',
    "two values": '{"t":"resync"}{"t":"resync"}',
    "NaN": '{"t":"ping","c":NaN}',
    "Infinity": '{"t":"ping","c":Infinity}',
    "single quotes": "{'t':'resync'}",
    "a list": "[]",
    "a string": json.dumps(ECHO),
    "a number": "5",
    "null": "null",
    "no t": "{}",
    "t is null": '{"t":null}',
    "t is a number": '{"t":5}',
    "t is a list": '{"t":["ping"]}',
    "unknown t": json.dumps({"t": ECHO}),
    "a server's t": '{"t":"tick"}',
    "t in capitals": '{"t":"PING","c":1}',
}
BAD_HELLOS = {
    "no token": '{"t":"hello"}',
    "token is null": '{"t":"hello","token":null}',
    "token is a number": '{"t":"hello","token":5}',
    "token is a list": '{"t":"hello","token":["x"]}',
    "since is a number": '{"t":"hello","token":"x","since":5}',
    "since is a string": json.dumps({"t": "hello", "token": "x", "since": ECHO}),
    "since is a list": '{"t":"hello","token":"x","since":["e",1]}',
    "since without an epoch": '{"t":"hello","token":"x","since":{"seq":1}}',
    "since without a seq": '{"t":"hello","token":"x","since":{"epoch":"x"}}',
    "epoch is a number": '{"t":"hello","token":"x","since":{"epoch":5,"seq":1}}',
    "seq is a string": '{"t":"hello","token":"x","since":{"epoch":"x","seq":"1"}}',
    "seq is null": '{"t":"hello","token":"x","since":{"epoch":"x","seq":null}}',
    "gzip is a string": '{"t":"hello","token":"x","gzip":"true"}',
    "gzip is a number": '{"t":"hello","token":"x","gzip":1}',
}
OTHER_FIRST_FRAMES = {
    "batch": '{"t":"batch","cursor":[1,2]}',
    "ping": '{"t":"ping","c":1}',
    "resync": '{"t":"resync"}',
}
BAD_FRAMES = {
    "n is missing": '{"t":"batch","ops":[]}',
    "n is null": '{"t":"batch","n":null,"ops":[]}',
    "n is a string": '{"t":"batch","n":"7","ops":[]}',
    "n is a fraction": '{"t":"batch","n":1.5,"ops":[]}',
    "n is true": '{"t":"batch","n":true,"ops":[]}',
    "n is a list": '{"t":"batch","n":[7],"ops":[]}',
    "ops is null": '{"t":"batch","n":7,"ops":null}',
    "ops is an object": '{"t":"batch","n":7,"ops":{}}',
    "ops is a string": json.dumps({"t": "batch", "n": 7, "ops": ECHO}),
    "ops is a number": '{"t":"batch","n":7,"ops":1}',
    "live is null": '{"t":"batch","live":null}',
    "live is an object": '{"t":"batch","live":{"id":"x","end":true}}',
    "live is a string": json.dumps({"t": "batch", "live": ECHO}),
    "c is missing": '{"t":"ping"}',
    "c is null": '{"t":"ping","c":null}',
    "c is a string": '{"t":"ping","c":"1"}',
    "c is a list": '{"t":"ping","c":[1]}',
    "c is true": '{"t":"ping","c":true}',
    "c is an object": '{"t":"ping","c":{}}',
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits shortly, takes small frames only and has origins configured."""
    running = ServerProcess(tmp_path_factory.mktemp("quick") / "data", QUICK)
    with healthy(running):
        yield running


@pytest.fixture
async def quick_door(quick: ServerProcess) -> AsyncIterator[Door]:
    async with Door(quick.url) as opened:
        yield opened


async def end(socket: ClientConnection) -> tuple[int, str]:
    """Read until the connection is closed; give code and reason, which must be short and repeat nothing."""
    async with asyncio.timeout(SECONDS):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            pass
    code, reason = socket.close_code or 1006, socket.close_reason or ""
    assert len(reason.encode()) < 100
    assert ECHO not in reason
    assert "eyJ" not in reason
    return code, reason


async def end_of(url: str, room_id: str, *frames: str | bytes) -> int:
    """Send some frames on a new connection; give the code that it is closed with."""
    socket = await dial(url, room_id)
    for frame in frames:
        await socket.send(frame)
    code, _ = await end(socket)
    return code


def hello(token: str, **rest: object) -> str:
    return json.dumps({"t": "hello", "token": token, **rest})


# C1, first frames.


@pytest.mark.parametrize("frames", [NO_FRAMES, BAD_HELLOS, OTHER_FIRST_FRAMES], ids=["no frames", "bad", "others"])
async def test_c1_a_first_frame_that_is_no_hello_is_4400(
    frames: dict[str, str], server: ServerProcess, door: Door
) -> None:
    room = await door.create()
    codes = {why: await end_of(server.url, room.id, frame) for why, frame in frames.items()}
    assert {why: code for why, code in codes.items() if code != 4400} == {}


async def test_c1_later_frames_that_are_none_are_4400(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    frames = {**NO_FRAMES, **BAD_FRAMES, "a second hello": hello(room.token)}
    codes = {why: await end_of(server.url, room.id, hello(room.token), frame) for why, frame in frames.items()}
    assert {why: code for why, code in codes.items() if code != 4400} == {}


@pytest.mark.parametrize(("first", "second"), [(5, 5), (5, 4), (0, 0), (5, 0)])
async def test_c1_an_n_that_does_not_grow_is_4400(first: int, second: int, server: ServerProcess, door: Door) -> None:
    room = await door.create()
    batches = [json.dumps({"t": "batch", "n": n, "ops": []}) for n in (first, second)]
    assert await end_of(server.url, room.id, hello(room.token), *batches) == 4400


async def test_c1_n_may_skip(door: Door) -> None:
    client = await door.enter(await door.create())
    for n in (3, 40, 2**53 - 1):
        client.sent[n] = [client.put()]
        await client.send({"t": "batch", "n": n, "ops": client.sent[n]})
        await client.until(lambda n=n: client.acked == n)


async def test_c1_what_came_before_a_bad_frame_counts(door: Door) -> None:
    room = await door.create()
    witness, client = await door.several(room, ["Ada", "Bob"])
    op = client.put()
    await client.batch(op)
    await client.send("no JSON")
    assert (await client.until_closed())[0] == 4400
    await witness.until(lambda: op["id"] in witness.board.paths)
    await witness.until(lambda: client.user not in witness.users)


async def test_c1_unknown_keys_are_ignored_everywhere(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    extra = {"later": {"a": [1, {"b": None}]}, "x": 1e300, "T": "bye", "": "\ud800"}
    op, stroke = one.put(**extra), one.piece(1, 2, 3, 4, **extra)
    await one.save(op, live=[stroke], cursor=[1, 2], **extra)
    await other.until(lambda: op["id"] in other.board.paths and stroke["id"] in other.strokes)
    assert set(other.board.records[op["id"]]) == {"op", "id", "ts", "d", "color", "width"}
    await one.live({"id": stroke["id"], "end": True, **extra})
    await other.until(lambda: stroke["id"] not in other.strokes)
    await one.save(one.delete(op["id"]) | extra)
    await one.save(one.clear() | extra)
    await one.send({"t": "ping", "c": 7, **extra})
    await one.frame(lambda frame: frame["t"] == "pong" and frame["c"] == 7)
    await one.send({"t": "resync", **extra})
    one._asked = True
    await one.until(lambda: not one._asked)
    assert one.errors == []


async def test_c1_unknown_keys_of_hello_are_ignored(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    for extra in ({"x": [{}]}, {"since": {"epoch": "x", "seq": 0, "more": 1}}, {"gzip": False, "v": 9}):
        socket = await dial(server.url, room.id)
        await socket.send(hello(room.token, **extra))
        assert json.loads(await socket.recv())["t"] == "welcome"
        await socket.close()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400, "1.5", "-1", "18446744073709551616"])
async def test_v2_a_since_that_overflows_is_a_bad_value_not_a_bad_frame(
    number: str, server: ServerProcess, door: Door
) -> None:
    room = await door.create()
    client = await door.enter(room)
    since = f'{{"epoch":{json.dumps(client.memory.epoch)},"seq":{number}}}'
    socket = await dial(server.url, room.id)
    await socket.send(f'{{"t":"hello","token":"{room.token}","since":{since}}}')
    welcome = json.loads(await socket.recv())
    assert welcome["sync"] == "full"
    await socket.close()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 60, "0", "-0.5", "1E3"])
async def test_v2_a_ping_with_any_number_is_answered(number: str, server: ServerProcess, door: Door) -> None:
    room = await door.create()
    socket = await dial(server.url, room.id)
    await socket.send(hello(room.token))
    await socket.send(f'{{"t":"ping","c":{number}}}')
    async with asyncio.timeout(SECONDS):
        while '"t":"pong"' not in (text := str(await socket.recv())):
            pass
    assert f'"c":{number}' in text
    await socket.close()


# C1, who may enter.


async def test_c1_a_bad_token_is_4401_whether_or_not_the_room_exists(server: ServerProcess, door: Door) -> None:
    room, other = await door.create(), await door.create()
    tokens = {**bad_tokens(server.data_dir, room.token), "foreign": other.token, "surrogate": "\ud800"}
    codes = {}
    for why, token in tokens.items():
        for room_id in (room.id, str(uuid4()), "x", room.id.upper()):
            codes[why, room_id] = await end_of(server.url, room_id, hello(token))
    assert {where: code for where, code in codes.items() if code != 4401} == {}


async def test_c1_a_room_that_is_gone_is_4404_for_a_good_token(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    gone, token = token_of_a_room_that_is_gone(server.data_dir, room.token)
    assert await end_of(server.url, gone, hello(token)) == 4404


async def test_c1_a_token_that_expires_while_connected_closes_with_4401(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    witness = await door.enter(room)
    ends = int(time.time()) + 2
    client = await door.enter(room, token=forge(server.data_dir, room.token, exp=ends))
    assert (await client.until_closed())[0] == 4401
    assert ends - 0.5 < time.time() < ends + 10
    await witness.until(lambda: client.user not in witness.users)


async def test_c1_subprotocols(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    for offer in (("whiteboard.v2",), ("other", "whiteboard"), ("Whiteboard.v1",)):
        socket = await dial(server.url, room.id, offer=offer)
        assert socket.subprotocol is None
        assert (await end(socket))[0] == 4406
    for offer, chosen in (((), None), (("whiteboard.v2", "whiteboard.v1"), "whiteboard.v1")):
        socket = await dial(server.url, room.id, offer=offer)
        assert socket.subprotocol == chosen
        await socket.send(hello(room.token))
        assert json.loads(await socket.recv())["v"] == 1
        await socket.close()


# C1, frames as such.


async def test_c1_a_binary_frame_is_1003(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    text = hello(room.token)
    assert await end_of(server.url, room.id, text.encode()) == 1003
    assert await end_of(server.url, room.id, text, b'{"t":"resync"}') == 1003
    assert await end_of(server.url, room.id, text, b"") == 1003


async def test_c1_text_that_is_not_utf_8_ends_the_connection(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    socket = await dial(server.url, room.id)
    await socket.send(hello(room.token))
    await socket.send(b'{"t":"ping","c":1,"x":"\xff"}', text=True)
    assert (await end(socket))[0] in (1007, 4400)


async def test_c1_no_hello_in_time_is_4408(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    assert await end_of(quick.url, room.id) == 4408


async def test_c1_a_frame_over_max_frame_is_1009(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    client = await quick_door.enter(room)
    assert client.welcome["max_frame"] == MAX_FRAME
    frames = (
        [hello(room.token), padded(MAX_FRAME + 1)],
        [padded(MAX_FRAME + 1)],
        [hello(room.token), padded(100 * MAX_FRAME)],
    )
    assert await asyncio.gather(*(end_of(quick.url, room.id, *each) for each in frames)) == [1009] * 3
    await client.send(padded(MAX_FRAME))
    await client.frame(lambda frame: frame["t"] == "pong")


def padded(length: int) -> str:
    """A ping of so many bytes."""
    frame = '{"t":"ping","c":5,"x":""}'
    return frame[:-2] + "x" * (length - len(frame)) + frame[-2:]


async def test_c1_the_default_max_frame_takes_a_frame_of_that_length(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    client = await door.enter(room)
    limit = client.welcome["max_frame"]
    await client.send(padded(limit))
    await client.frame(lambda frame: frame["t"] == "pong")
    assert await end_of(server.url, room.id, hello(room.token), padded(limit + 1)) == 1009


# C2


async def status_of(url: str, room: Room, origin: str, host: str | None = None) -> int:
    """The HTTP status of an upgrade by a page of some origin, written by hand for a Host of our choice."""
    address, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    lines = [
        f"GET /api/rooms/{room.id}/ws HTTP/1.1",
        f"Host: {host or f'{address}:{port}'}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: whiteboard.v1",
        f"Origin: {origin}",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    async with asyncio.timeout(SECONDS):
        status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def test_c2_the_origin_must_be_the_requests_host(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    here = f"127.0.0.1:{server.port}"
    allowed = {
        (f"http://{here}", None),
        (f"https://{here}", None),
        ("http://board.example.org", "board.example.org"),
        ("https://board.example.org", "board.example.org"),
        ("https://board.example.org", "board.example.org:443"),
        ("http://board.example.org:8000", "board.example.org:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://board.example.org", "BOARD.example.org"),
    }
    refused = {
        ("null", None),
        ("http://127.0.0.1", None),
        (f"http://127.0.0.1:{server.port + 1}", None),
        (f"http://localhost:{server.port}", None),
        ("http://evil.example.org", None),
        (f"http://{here}.evil.example.org", None),
        (f"http://evil.example.org/{here}", None),
        (f"http://{here}@evil.example.org", None),
        (f"http://evil@{here}", None),
        (f"file://{here}", None),
        (here, None),
        ("garbage", None),
        ("http://[", None),
        ("https://board.example.org", "board.example.org:80"),
        ("http://board.example.org:8000", "board.example.org"),
    }
    seen = {pair: await status_of(server.url, room, *pair) for pair in allowed | refused}
    assert {pair for pair, status in seen.items() if status == 101} == allowed
    assert {status for pair, status in seen.items() if pair in refused} == {403}


async def test_c2_a_configured_list_counts_exactly(quick: ServerProcess, quick_door: Door) -> None:
    room = await quick_door.create()
    for origin in ("https://board.example.org", "https://other.example.org:8443", "http://third.example.org"):
        assert await status_of(quick.url, room, origin) == 101, origin
    here = f"http://127.0.0.1:{quick.port}"
    near = ("http://board.example.org", "https://other.example.org", "https://third.example.org", "null", here)
    for origin in (*near, "https://board.example.org:443", "https://board.example.org.evil.example.org"):
        assert await status_of(quick.url, room, origin) == 403, origin


async def test_c2_a_refusal_comes_before_the_upgrade_and_none_is_allowed(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    with pytest.raises(InvalidStatus) as refused:
        await dial(server.url, room.id, origin="https://evil.example.org")
    assert refused.value.response.status_code == 403
    await door.enter(room)


# C3


async def test_c3_a_silent_connection_is_dropped_and_one_that_answers_pings_is_not(
    quick: ServerProcess, quick_door: Door
) -> None:
    room = await quick_door.create()
    quiet = await quick_door.enter(room)
    mute = await MuteConnection.open(quick, room)
    await quiet.until(lambda: len(quiet.users) == 2)
    began = time.monotonic()
    received = await mute.read_to_the_end()
    assert time.monotonic() - began > SILENCE / 2
    assert b"\x89\x00" in received, "the server never pinged"
    await quiet.until(lambda: len(quiet.users) == 1)
    await asyncio.sleep(2 * SILENCE)  # it sends nothing but pongs
    assert quiet.closed is None
    await quiet.ping()


class MuteConnection:
    """A WebSocket by hand that says hello, and then nothing more, not even pong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, server: ServerProcess, room: Room) -> "MuteConnection":
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        request = (
            f"GET /api/rooms/{room.id}/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        writer.write(request.encode())
        await reader.readuntil(b"\r\n\r\n")
        text = hello(room.token).encode()
        writer.write(bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text)
        return cls(reader, writer)

    async def read_to_the_end(self) -> bytes:
        received = b""
        async with asyncio.timeout(SECONDS):
            try:
                while data := await self.reader.read(65536):
                    received += data
            except ConnectionResetError:
                pass
        self.writer.close()
        return received


# C5


async def test_c5_permessage_deflate_is_not_offered(server: ServerProcess, door: Door) -> None:
    room = await door.create()
    socket = await dial(server.url, room.id, compression="deflate")
    assert socket.response is not None
    assert "Sec-WebSocket-Extensions" not in socket.response.headers
    await socket.close()
