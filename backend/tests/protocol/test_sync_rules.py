"""Coming, and coming back (S1)."""

import pytest
from sync_help import ticks_with_ops
from wire import Memory, same_board
from wire_board import merged
from wire_door import Door

pytestmark = pytest.mark.process


async def test_s1_welcome_is_first_and_tells_all(door: Door) -> None:
    client = await door.enter(await door.create("Ada"))
    welcome = client.frames[0]
    required = {
        "t",
        "v",
        "user",
        "room",
        "epoch",
        "seq",
        "time",
        "tick_ms",
        "max_frame",
        "users",
        "cursors",
        "live",
        "sync",
    }
    assert set(welcome) == required
    assert (welcome["v"], welcome["sync"], welcome["tick_ms"]) == (1, "full", 100)
    assert welcome["users"] == [{"user": client.user, "name": "Ada"}]
    assert client.frames[1] == {
        "t": "snapshot",
        "epoch": welcome["epoch"],
        "seq": welcome["seq"],
        "paths": [],
        "cleared": 0,
        "more": False,
    }


async def test_s1_a_returning_client_gets_exactly_what_it_missed(door: Door) -> None:
    room = await door.create()
    one, other = await door.several(room, ["Ada", "Bob"])
    kept, gone = one.put(), one.put()
    await one.save(kept, gone)
    await same_board(one, other)
    await other.close()
    late = [one.put() for _ in range(3)]
    for op in late:
        await one.save(op)
    await one.save(one.delete(gone["id"]))
    await one.save({**kept, "ts": one.stamp(), "color": "#ff0000"})
    back = await door.enter(room, memory=other.memory)
    assert back.welcome["sync"] == "delta"
    assert back.of("snapshot") == []
    missed = ticks_with_ops(back)[0]
    assert missed["from"] == back._since["seq"] + 1
    assert missed["seq"] == back.welcome["seq"]
    assert {op["id"] for op in missed["ops"]} == {kept["id"], gone["id"], *(op["id"] for op in late)}
    await same_board(one, back)


async def test_s1_one_who_missed_nothing_gets_no_tick(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put())
    back = await door.enter(room, memory=Memory(one.memory.epoch, one.memory.seq, one.board))
    assert back.welcome["sync"] == "delta"
    assert back.welcome["seq"] == one.memory.seq
    await back.ping()
    assert ticks_with_ops(back) == []
    assert back.of("snapshot") == []


async def test_s1_a_clear_that_was_missed_is_told(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put(), one.put())
    memory = Memory(one.memory.epoch, one.memory.seq, merged(one.board.records.values()))
    await one.save(one.clear())
    after = one.put()
    await one.save(after)
    back = await door.enter(room, memory=memory)
    assert back.welcome["sync"] == "delta"
    await same_board(one, back)
    assert set(back.board.paths) == {after["id"]}


async def test_s1_everything_since_the_beginning_is_a_delta_too(door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    memory = Memory(one.memory.epoch, one.memory.seq)
    await one.save(one.put())
    back = await door.enter(room, memory=memory)
    assert back.welcome["sync"] == "delta"
    await same_board(one, back)


@pytest.mark.parametrize("beyond", [1, 1000, 2**60])
async def test_s1_a_seq_beyond_the_servers_own_gets_all(beyond: int, door: Door) -> None:
    room = await door.create()
    one = await door.enter(room)
    await one.save(one.put())
    back = await door.enter(room, memory=Memory(one.memory.epoch, one.memory.seq + beyond))
    assert back.welcome["sync"] == "full"
    await same_board(one, back)


async def test_s1_another_epoch_gets_all(door: Door) -> None:
    room, elsewhere = await door.create(), await door.create()
    one, stranger = await door.enter(room), await door.enter(elsewhere)
    await one.save(one.put())
    for epoch in ("", "x", one.memory.epoch + "x", one.memory.epoch.swapcase(), stranger.memory.epoch):
        back = await door.enter(room, memory=Memory(epoch or " ", 0))
        assert back.welcome["sync"] == "full"
        await same_board(one, back)
