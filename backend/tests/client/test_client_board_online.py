"""A board of the Python client that is connected: renewal, ends, values, strokes, errors."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from client_fakes import RED, SERVER_MS, STAMP, FakeServer, path_id, put
from client_lines import SOON, both

from whiteboard_client.connection import Connection, connect
from whiteboard_client.errors import BadValueError, DisconnectedError, HttpError, NotConnectedError
from whiteboard_client.events import Acked, Closed, Event, Invoked, Received, Sent
from whiteboard_client.messages import Batch, Clear, Del, Tick
from whiteboard_client.options import Backoff, Options
from whiteboard_client.rooms import Seat

LATER = "renewed"


async def test_c1_a_token_is_renewed_and_used_when_the_old_one_has_expired(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = replace(server.seat, token=LATER)
    greeted, asked = asyncio.Event(), asyncio.Event()

    async def renewed(seat: Seat) -> Seat:
        await greeted.wait()
        if seat == newer:
            asked.set()
            raise HttpError(503, "storage_unavailable", "later", None)
        return newer

    monkeypatch.setattr("whiteboard_client.connection.renew", renewed)
    async with both(server, replace(SOON, renew=0.01)) as pair:
        assert pair.hello["token"] == server.seat.token
        greeted.set()
        await asyncio.wait_for(asked.wait(), 10)
        assert pair.board.seat == newer
        await pair.talk.close(4401)
        assert (await pair.again())["token"] == LATER
        await pair.talk.close(4401)
        with pytest.raises(DisconnectedError):
            await pair.board.wait_until(lambda _: False)


async def test_without_reconnecting_the_first_loss_is_final(server: FakeServer) -> None:
    async with both(server, replace(SOON, reconnect=False)) as pair:
        pair.board.abort()
        with pytest.raises(DisconnectedError) as caught:
            await pair.board.wait_until(lambda board: board.seq == 9)
        assert caught.value.code == 1006


async def test_the_first_attempt_must_succeed(server: FakeServer) -> None:
    opening = asyncio.create_task(Connection(server.seat, SOON).open())
    talk = await server.talk()
    await talk.hear()
    await talk.close(4408)
    with pytest.raises(DisconnectedError):
        await opening


async def test_nobody_there_is_told() -> None:
    async with FakeServer.run() as gone:
        seat = gone.seat
    with pytest.raises(DisconnectedError, match="cannot connect"):
        async with connect(seat, SOON):
            pass


async def test_closing_ends_all_waiting_and_closes_the_socket(server: FakeServer) -> None:
    async with both(server) as pair:
        waiting = asyncio.create_task(pair.board.wait_until(lambda board: board.seq == 9))
        await asyncio.sleep(0)
        await pair.board.close()
        with pytest.raises(DisconnectedError):
            await waiting
        await pair.talk.websocket.wait_closed()
        assert pair.talk.websocket.close_code == 1000


async def test_a_board_that_is_not_connected_yet_takes_no_edits(server: FakeServer) -> None:
    board = Connection(server.seat)
    with pytest.raises(NotConnectedError):
        board.draw("M0 0L1 1")
    with pytest.raises(NotConnectedError):
        board.live([0, 0])


async def test_v1_bad_values_are_told_before_they_are_sent(server: FakeServer) -> None:
    async with both(server) as pair:
        board = pair.board
        edits: list[Callable[[], object]] = [
            lambda: board.draw("M0 0"),
            lambda: board.put(path_id(1), "M0 0Z", "red"),
            lambda: board.live([1]),
            lambda: board.live([0, 0], width=0),
            lambda: board.cursor(float("nan"), 1),
            lambda: board.send(put(1, STAMP, "M0 0" + "L1 1" * 300_000)),
        ]
        for edit in edits:
            with pytest.raises(BadValueError):
                edit()
        assert board.paths == {}


async def test_p3_a_stroke_and_the_cursor(server: FakeServer) -> None:
    async with both(server) as pair:
        board, talk = pair.board, pair.talk
        stroke = board.live([0, 0, 1, 1], RED, 3)
        board.cursor(1, 1)
        first = {"id": stroke, "ts": STAMP, "color": RED, "width": 3.0, "points": [0, 0, 1, 1]}
        assert await talk.hear() == {"t": "batch", "live": [first], "cursor": [1, 1]}
        await talk.say({"t": "tick", "live": [[1, first]], "cursors": [[1, 1, 1]]})
        await board.wait_until(lambda board: board.cursors == {1: (1, 1)})
        assert board.strokes[stroke].points == [0, 0, 1, 1]
        assert board.live([2, 2], path_id=stroke) == stroke
        assert (await talk.hear())["live"] == [first | {"points": [2, 2]}]
        board.end(stroke)
        board.cursor()
        assert await talk.hear() == {"t": "batch", "live": [{"id": stroke, "end": True}], "cursor": None}


async def test_w6_ids_are_in_server_time(server: FakeServer) -> None:
    async with both(server) as pair:
        assert int(pair.board.draw("M0 0Z").replace("-", "")[:12], 16) == SERVER_MS


async def test_errors_are_kept_and_refused_ops_are_not(server: FakeServer) -> None:
    async with both(server) as pair:
        pair.board.send(Del("nonsense", STAMP))
        batch = await pair.talk.hear()
        await pair.talk.say({"t": "error", "code": "invalid_op", "detail": "id", "n": batch["n"], "i": 0})
        await pair.board.saved()
        assert [(error.code, error.detail) for error in pair.board.errors] == [("invalid_op", "id")]


async def test_the_observer_sees_the_history(server: FakeServer) -> None:
    events: list[Event] = []
    async with both(server, replace(SOON, observe=events.append)) as pair:
        pair.board.send(Clear(STAMP))
        batch = await pair.talk.hear()
        await pair.talk.say({"t": "tick", "seq": 1, "from": 1, "ops": batch["ops"], "acks": [[1, 1]]})
        await pair.board.saved()
    kinds = [type(event) for event in events]
    assert kinds == [Sent, Received, Received, Invoked, Sent, Received, Acked]
    assert events[4] == Sent(Batch(n=1, ops=(Clear(STAMP),)))
    assert events[5] == Received(Tick(1, 1, (Clear(STAMP),), acks=((1, 1),)))
    assert "secret" not in repr(events)


async def test_the_observer_sees_connections_end(server: FakeServer) -> None:
    events: list[Event] = []
    async with both(server, replace(SOON, observe=events.append)) as pair:
        await pair.talk.close(1012, "restart")
        await pair.again()
    assert Closed(1012, "restart") in events


async def test_a_crash_is_told_to_whoever_waits(server: FakeServer) -> None:
    def fail(event: Event) -> None:
        if isinstance(event, Received) and isinstance(event.frame, Tick):
            raise ZeroDivisionError

    board = Connection(server.seat, replace(SOON, observe=fail))
    opening = asyncio.create_task(board.open())
    talk = await server.talk()
    await talk.admit()
    await opening
    waiting = asyncio.create_task(board.wait_until(lambda board: board.seq == 9))
    await talk.say({"t": "tick"})
    with pytest.raises(ZeroDivisionError):
        await waiting
    talk.over.set()
    with pytest.raises(ZeroDivisionError):
        await board.close()


async def test_a_predicate_that_fails_is_its_waiters_problem(server: FakeServer) -> None:
    async with both(server) as pair:
        failing = asyncio.create_task(pair.board.wait_until(lambda board: bool(board.seq and 1 // 0)))
        await asyncio.sleep(0)
        await pair.talk.say({"t": "tick", "seq": 1, "from": 1, "ops": []})
        with pytest.raises(ZeroDivisionError):
            await failing
        await pair.board.wait_until(lambda board: board.seq == 1)


def test_c3_back_off_doubles_up_to_a_limit_with_full_jitter() -> None:
    backoff = Backoff(Options(chance=lambda: 1.0, backoff_first=0.5, backoff_most=15))
    assert [backoff.delay() for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]
    backoff.succeeded()
    assert backoff.delay() == 0.5
    assert Backoff(Options(chance=lambda: 0.0)).delay() == 0
