"""What is said first on a connection, and who may (C1)."""

import asyncio
import json
import time
from uuid import uuid4

import pytest
from connection_help import ECHO, end, end_of, hello
from forging import bad_tokens, forge, token_of_a_room_that_is_gone
from server_process import ServerProcess
from wire import SECONDS, dial
from wire_door import Door

pytestmark = pytest.mark.process
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
