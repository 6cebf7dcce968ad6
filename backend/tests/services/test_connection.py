"""The writing on a connection: in order, as far as the wire takes it, and a close after all that was due."""

import asyncio
import gzip
import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from realtime.room_model import STAMP, greeting, new_room, put

from app.core.wire import unheard
from app.schemas import frames
from app.schemas.ops import Op
from app.services import connection as connection_module
from app.services.connection import Connection
from app.services.realtime import sync
from app.services.realtime.member import Member
from app.services.realtime.outbox import LETTERS
from app.utils.websocket_frames import BINARY, TEXT, payload_of

LONG = "M0 0" + "L10 10" * 8000


class FakeWire:
    """Takes what it is written, unless it is full."""

    def __init__(self) -> None:
        self.ready, self.closed = True, False
        self.on_change = unheard
        self.messages: list[bytes] = []
        self.end: tuple[int, str] | None = None
        self.room_for = 1 << 20

    def write(self, message: bytes) -> None:
        assert self.ready
        self.messages.append(message)
        self.room_for -= 1
        self.ready = self.room_for > 0

    def write_all(self, messages: list[bytes]) -> None:
        assert self.ready
        for message in messages:
            self.ready = True
            self.write(message)

    def close(self, code: int, reason: str) -> None:
        assert self.end is None
        self.ready, self.end = False, (code, reason)

    def read(self) -> list[dict[str, Any]]:
        """Take what was written."""
        messages, self.messages = self.messages, []
        return [
            json.loads(gzip.decompress(payload_of(each)) if each[0] == BINARY else payload_of(each))
            for each in messages
        ]


def enter(*ops: Op, takes_gzip: bool = False) -> tuple[Connection, FakeWire]:
    replica, wire = new_room(*ops), FakeWire()
    room: Any = SimpleNamespace(id=UUID(int=1), replica=replica, greeting=greeting)
    connection = Connection(room, Member(1, "Ada"), UUID(int=2), wire, takes_gzip)
    wire.on_change = connection.write
    replica.add(connection.member, "here")
    sync.welcome(replica, connection.member, greeting())
    return connection, wire


def error(i: int) -> frames.Error:
    return frames.Error("invalid_op", "why", 5, n=0, i=i)


async def test_what_is_due_is_written_in_one_go() -> None:
    connection, wire = enter(put(1, STAMP))
    connection.room.replica.flush(ops=False)
    connection.tell(error(0))
    assert [frame["t"] for frame in wire.read()] == ["welcome", "snapshot", "error", "tick"]
    connection.write()
    assert wire.read() == []


async def test_s7_nothing_is_written_to_a_full_wire_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "WRITTEN_AT_ONCE", 1)
    connection, wire = enter(put(1, STAMP))
    wire.room_for = 1
    connection.tell(error(0))
    assert [frame["t"] for frame in wire.read()] == ["welcome"]
    connection.close(4401, "late", frames.Bye(5))
    assert (wire.read(), wire.end) == ([], None)
    wire.ready, wire.room_for = True, 9
    wire.on_change()
    assert [frame["t"] for frame in wire.read()] == ["snapshot", "error", "bye"]
    assert wire.end == (4401, "late")


async def test_promise_3_who_is_in_step_is_written_the_same_bytes_and_who_is_not_what_it_missed() -> None:
    one, wire = enter(put(1, STAMP))
    replica = one.room.replica
    one.write()
    other = Connection(one.room, Member(2, "Bob"), UUID(int=3), FakeWire())
    other.welcome()
    other.wire.ready = False
    for _ in range(2):
        replica.accept_cursor(one.member, (1, 1))
        replica.flush(ops=False)
        assert replica.log.newest
        for each in (one, other):
            each.follow(replica.log.newest)
        other.wire.ready = True
    assert wire.messages[-1] is replica.log.newest.data.message is other.wire.messages[-1]  # type: ignore[attr-defined]
    assert [frame["t"] for frame in wire.read()] == ["welcome", "snapshot", "tick", "tick"]
    assert [frame["t"] for frame in other.wire.read()] == ["welcome", "snapshot", "tick", "tick"]  # type: ignore[attr-defined]
    assert other.member.outbox.number == one.member.outbox.number


async def test_the_first_reason_to_close_stands() -> None:
    connection, wire = enter()
    wire.ready = False
    connection.close(4400, "one")
    connection.close(4401, "other", frames.Bye(5))
    wire.ready = True
    wire.on_change()
    assert wire.end == (4400, "one")
    assert [frame["t"] for frame in wire.read()] == ["welcome", "snapshot"]


async def test_c5_frames_that_wait_for_their_gzip_keep_their_place() -> None:
    connection, wire = enter(put(1, STAMP, LONG), takes_gzip=True)
    connection.write()
    assert wire.messages[0][0] == TEXT, "the welcome is short"
    connection.tell(error(0))
    connection.close(1012, "restart", frames.Bye(5))
    while wire.end is None:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert [message[0] for message in wire.messages] == [TEXT, BINARY, TEXT, TEXT]
    assert [frame["t"] for frame in wire.read()] == ["welcome", "snapshot", "error", "bye"]


async def test_c5_the_same_bytes_go_to_all_who_take_gzip() -> None:
    connection, wire = enter(put(1, STAMP, LONG), takes_gzip=True)
    other = Connection(connection.room, Member(2, "Bob"), UUID(int=3), FakeWire(), gzip=True)
    sync.welcome(connection.room.replica, other.member, greeting())
    for each in (connection, other):
        each.write()
    while len(wire.messages) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert wire.messages[1] is other.wire.messages[1]  # type: ignore[attr-defined]


async def test_s7_who_is_behind_is_waited_for_until_it_has_read_is_closed_or_gone() -> None:
    for way in ("reads", "closes", "goes"):
        connection, wire = enter()
        await connection.uncongested()
        wire.ready = False
        for i in range(LETTERS):
            connection.tell(error(i))
        waiting = asyncio.create_task(connection.uncongested())
        await asyncio.sleep(0)
        assert not waiting.done()
        if way == "reads":
            wire.ready = True
        elif way == "goes":
            wire.closed = True
        connection.close(4401, "late") if way == "closes" else wire.on_change()
        await asyncio.wait_for(waiting, 1)


async def test_a_fault_closes_this_connection_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    connection, wire = enter()
    connection.room.replica.log = None  # type: ignore[assignment]
    connection.write()
    connection.write()
    assert wire.end == (1011, "something went wrong on the server")
    caplog.clear()
