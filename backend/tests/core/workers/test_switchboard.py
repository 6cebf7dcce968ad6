"""Which worker a connection goes to, and that none is lost on its way."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workers.channel import CONNECTION, Channel, Message, pair
from app.core.workers.reactor import Reactor
from app.core.workers.slots import CountedConnections, shared_slots
from app.core.workers.switchboard import SPARE, UNEVEN, Line, Switchboard, choices, home_of

ROOM = "/api/rooms/0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b1{}"


def lines_of(*loads: int | None) -> list[Line]:
    """Workers with so many connections; None: one that takes none."""
    slots = shared_slots(len(loads))
    lines = [Line(number, slots[number], cast("Channel", None)) for number in range(len(loads))]
    for line, load in zip(lines, loads, strict=True):
        line.slot.ready, line.slot.open = int(load is not None), load or 0
        line.slot.tell()
    return lines


def first(lines: list[Line], home: int | None) -> int | None:
    return next((line.number for line in choices(lines, home)), None)


@pytest.mark.parametrize("path", [ROOM + "/ws", ROOM, ROOM + "?x", ROOM + "/drawing.svg"])
def test_what_concerns_a_room_belongs_together(path: str) -> None:
    homes = [home_of(f"GET {path.format(end)} HTTP/1.1\r\nHost: x\r\n".encode()) for end in "012"]
    assert homes == [0x4D1A2B10, 0x4D1A2B11, 0x4D1A2B12]


@pytest.mark.parametrize("words", ["GET / HTTP/1.1", "POST /api/rooms HTTP/1.1", "GET /api/roo", "\x16\x03\x01", " "])
def test_whatever_else_is_asked_belongs_nowhere(words: str) -> None:
    assert home_of(words.encode()) is None


def test_a_room_goes_to_its_worker_unless_that_has_more_than_its_share() -> None:
    assert [first(lines_of(10, 10, 10), home) for home in (3, 4, 5)] == [0, 1, 2]
    assert [first(lines_of(1000, 10, 10), home) for home in (3, 4, 5)] == [1, 1, 2]


def test_others_go_where_the_fewest_are() -> None:
    assert first(lines_of(3, 1, 2), None) == 1


def test_nobody_goes_to_a_worker_that_takes_none_or_is_silent() -> None:
    lines = lines_of(None, 5, 9)
    assert first(lines, 0) == 1
    lines[1].slot.beat = 0
    assert [first(lines, home) for home in (0, 1, None)] == [2, 2, 2]
    lines[2].slot.beat = 0  # all are: perhaps the machine itself has slept
    assert first(lines, None) == 1
    assert first(lines_of(None, None), 0) is None


@given(st.lists(st.integers(0, 2**32 - 1), max_size=300), st.integers(1, 5))
def test_no_worker_gets_much_more_than_its_share_whatever_the_rooms(homes: list[int], count: int) -> None:
    lines = lines_of(*[0] * count)
    for home in homes:
        next(choices(lines, home)).slot.open += 1
    assert max(line.load for line in lines) <= UNEVEN * len(homes) / count + SPARE + 1


def test_what_was_handed_over_and_not_taken_yet_counts() -> None:
    [line] = lines_of(4)
    line.sent, line.slot.taken = 5, 3
    assert line.load == 6


def test_connections_are_counted_in_the_slot() -> None:
    slots = shared_slots(2)
    connections = CountedConnections(slots[1])
    connections.add("one")
    connections.add("two")
    connections.discard("one")
    connections.discard("one")
    assert [slot.open for slot in slots] == [0, 1]
    assert list(connections) == ["two"]
    with pytest.raises(KeyError):
        connections.remove("one")
    connections.remove("two")
    assert slots[1].open == 0


@contextmanager
def switchboard(lines: list[Line]) -> Iterator[tuple[Reactor, int]]:
    """A switchboard on a port, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    reactor = Reactor()
    board = Switchboard(reactor, [listener], lines)
    board.open()
    thread = threading.Thread(target=reactor.run)
    thread.start()
    try:
        yield reactor, listener.getsockname()[1]
    finally:
        reactor.later(0, reactor.stop)
        socket.create_connection(listener.getsockname()).close()  # wakes it
        thread.join(5)
        board.close()
        reactor.close()


def test_a_worker_reads_what_was_asked_though_it_was_looked_at() -> None:
    slots = shared_slots(2)
    ends = [pair() for _ in slots]
    lines = [Line(number, slots[number], ends[number][0]) for number in range(2)]
    for line in lines:
        line.slot.ready = 1
        line.slot.tell()
    with switchboard(lines) as (_, port):
        asked = f"GET {ROOM.format(1)}/ws HTTP/1.1\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port)) as person:
            person.sendall(asked)
            with carried(ends[1][1]) as taken:
                assert taken.recv(100) == asked
                assert not taken.get_inheritable()
                taken.sendall(b"answer")
            assert person.recv(100) == b"answer"
        with socket.create_connection(("127.0.0.1", port)), carried(ends[0][1]):
            pass  # who says nothing is handed out as well, where the fewest are
    for end in (end for both in ends for end in both):
        end.close()


def carried(channel: Channel) -> socket.socket:
    """The next connection that comes by a channel."""
    with socket.socket(fileno=os.dup(channel.fileno())) as waiting:
        waiting.settimeout(5)
        waiting.recv(1, socket.MSG_PEEK)
        waiting.settimeout(0)
    [message] = channel.read()
    assert message.kind == CONNECTION
    assert message.carried is not None
    message.carried.settimeout(5)
    return message.carried


def test_a_channel_that_is_full_says_so_and_keeps_what_it_has() -> None:
    ours, theirs = pair()
    with socket.socket() as passed:
        sent = 0
        while ours.send(Message(CONNECTION, 3, passed)):
            sent += 1
    assert sent > 50
    got = list(theirs.read())
    assert [(each.kind, each.number) for each in got] == [(CONNECTION, 3)] * sent
    for each in got:
        assert each.carried is not None
        each.carried.close()
    ours.close()
    with pytest.raises(EOFError):
        list(theirs.read())
    theirs.close()
