"""The asyncio shell against a server that does what the test says: C1 to C5, S5, and coming back."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Self

import pytest
from client_fakes import RED, SERVER_MS, SNAPSHOT, STAMP, WELCOME, FakeServer, Json, Talk, path_id, put

from whiteboard_client.connection import Connection, connect
from whiteboard_client.errors import BadValueError, DisconnectedError, HttpError, NotConnectedError
from whiteboard_client.events import Acked, Closed, Event, Invoked, Received, Sent
from whiteboard_client.messages import Batch, Clear, Del, Tick
from whiteboard_client.options import Backoff, Options
from whiteboard_client.rooms import Seat

LATER = "renewed"
SOON = Options(now=lambda: SERVER_MS, backoff_first=0.001, close_timeout=0.5)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer.run() as server:
        yield server


class Both:
    """A board that is connected, and the server's end of it."""

    def __init__(self, server: FakeServer, options: Options) -> None:
        self.server = server
        self.board = Connection(server.seat, options)
        self.hello: Json = None

    async def __aenter__(self) -> Self:
        opening = asyncio.create_task(self.board.open())
        self.talk = await self.server.talk()
        self.hello = await self.talk.admit()
        await opening
        return self

    async def __aexit__(self, *_: object) -> None:
        self.talk.over.set()
        await self.board.close()

    async def again(self, **changed: Json) -> Json:
        """Admits the next connection, by default with nothing missed; returns its hello."""
        self.talk = await self.server.talk()
        hello = await self.talk.hear()
        await self.talk.say(WELCOME | {"sync": "delta"} | changed)
        return hello


def both(server: FakeServer, options: Options = SOON) -> Both:
    return Both(server, options)


async def test_c1_hello_is_first_and_the_whole_board_is_awaited(server: FakeServer) -> None:
    async def admit() -> Talk:
        talk = await server.talk()
        assert await talk.hear() == {"t": "hello", "token": "secret"}
        path = {"id": path_id(1), "ts": 5, "d": "M0 0Z", "color": RED, "width": 2}
        await talk.say(
            WELCOME, SNAPSHOT | {"paths": [path], "more": True}, SNAPSHOT | {"paths": [path | {"id": path_id(2)}]}
        )
        return talk

    admitting = asyncio.create_task(admit())
    async with connect(server.seat, SOON) as board:
        assert list(board.paths) == [path_id(1), path_id(2)]
        assert (board.user, board.epoch, board.seq, board.tick_ms, board.in_step) == (1, "e", 0, 100, True)
        assert board.users == {1: "Ada"}
        talk = await admitting
        assert talk.websocket.subprotocol == "whiteboard.v1"
        talk.over.set()
    assert talk.websocket.request is not None
    assert "secret" not in talk.websocket.request.path


async def test_s4_edits_are_shown_at_once_and_saved_when_acknowledged(server: FakeServer) -> None:
    async with both(server) as pair:
        board, talk = pair.board, pair.talk
        drawn = board.draw("M0 0L1 1", RED, 3)
        board.delete(path_id(7))
        board.clear()
        board.put(path_id(8), "M0 0Z")
        assert list(board.paths) == [path_id(8)]
        saved = asyncio.create_task(board.saved())
        batch = await talk.hear()
        assert [op["op"] for op in batch["ops"]] == ["put", "del", "clear", "put"]
        assert [op["ts"] for op in batch["ops"]] == [STAMP, STAMP + 1, STAMP + 2, STAMP + 3]
        assert batch["ops"][0]["id"] == drawn
        assert not saved.done()
        await talk.say({"t": "tick", "seq": 1, "from": 1, "ops": batch["ops"], "acks": [[1, batch["n"]]]})
        await saved
        assert [path.id for path in board.sync.confirmed.paths()] == [path_id(8)]


async def test_s5_after_a_broken_line_the_same_ops_come_again(server: FakeServer) -> None:
    async with both(server) as pair:
        pair.board.draw("M0 0L1 1")
        first = await pair.talk.hear()
        pair.board.abort()
        hello = await pair.again(user=2)
        assert hello["since"] == {"epoch": "e", "seq": 0}
        assert await pair.talk.hear() == first
        await pair.talk.say({"t": "tick", "seq": 1, "from": 1, "ops": first["ops"], "acks": [[2, 1]]})
        await pair.board.saved()
        assert pair.board.user == 2


async def test_s5_edits_made_offline_are_sent_later(server: FakeServer) -> None:
    async with both(server) as pair:
        pair.board.offline()
        await pair.board.wait_until(lambda board: not board.in_step)
        drawn = pair.board.draw("M0 0L1 1")
        assert list(pair.board.paths) == [drawn]
        pair.board.online()
        await pair.again()
        assert [op["id"] for op in (await pair.talk.hear())["ops"]] == [drawn]


async def test_s2_a_gap_makes_the_client_come_back_with_since(server: FakeServer) -> None:
    async with both(server) as pair:
        await pair.talk.say(
            {"t": "tick", "seq": 1, "from": 1, "ops": []}, {"t": "tick", "seq": 3, "from": 3, "ops": []}
        )
        assert (await pair.again(seq=3))["since"] == {"epoch": "e", "seq": 1}
        await pair.talk.say({"t": "tick", "seq": 3, "from": 2, "ops": []})
        await pair.board.wait_until(lambda board: board.seq == 3)


async def test_s6_a_check_that_disagrees_makes_the_client_ask(server: FakeServer) -> None:
    async with both(server) as pair:
        await pair.talk.say({"t": "tick", "seq": 1, "from": 1, "ops": [], "check": {"count": 1, "sum": 5}})
        assert await pair.talk.hear() == {"t": "resync"}


async def test_s8_a_large_edit_goes_in_several_frames(server: FakeServer) -> None:
    async with both(server) as pair:
        await pair.talk.say(WELCOME | {"max_frame": 2000}, SNAPSHOT)
        await pair.board.wait_until(
            lambda board: board.sync.welcome is not None and board.sync.welcome.max_frame == 2000
        )
        for number in range(100):
            pair.board.send(put(number, STAMP + number))
        got: list[Json] = []
        while len(got) < 100:
            frame = await pair.talk.hear()
            assert len(json.dumps(frame, separators=(",", ":"))) <= 2000
            got += frame["ops"]
        assert [op["id"] for op in got] == [path_id(number) for number in range(100)]


async def test_c3_silence_is_answered_by_ping(server: FakeServer) -> None:
    async with both(server, replace(SOON, silence=0.01, pong=3600)) as pair:
        for _ in range(2):
            assert await pair.talk.hear() == {"t": "ping", "c": SERVER_MS}
            await pair.talk.say({"t": "pong", "c": SERVER_MS, "time": SERVER_MS})


async def test_c3_without_a_pong_the_client_comes_back(server: FakeServer) -> None:
    async with both(server) as pair:
        # Only now: so short a patience might not outlast the welcome on a busy machine.
        pair.board._link._options = replace(SOON, silence=0.01, pong=0.01)
        await pair.talk.say({"t": "tick"})
        assert await pair.talk.hear() == {"t": "ping", "c": SERVER_MS}
        assert (await (await server.talk()).hear())["since"] == {"epoch": "e", "seq": 0}


async def test_c4_after_bye_the_client_waits_as_it_was_told(server: FakeServer) -> None:
    async with both(server, replace(SOON, backoff_first=3600, backoff_most=3600)) as pair:
        await pair.talk.say({"t": "bye", "code": "restart", "retry_ms": 1})
        await pair.talk.close(1012)
        await pair.again()  # the usual wait would be an hour


async def test_c5_frames_may_be_gzip(server: FakeServer) -> None:
    async with both(server, replace(SOON, gzip=True)) as pair:
        assert pair.hello["gzip"] is True
        await pair.talk.websocket.send(
            gzip.compress(json.dumps({"t": "tick", "joined": [{"user": 2, "name": "Bo"}]}).encode())
        )
        await pair.board.wait_until(lambda board: board.users == {1: "Ada", 2: "Bo"})


@pytest.mark.parametrize("code", [4400, 4401, 4404, 4406])
async def test_c1_a_close_for_good_is_told_to_whoever_waits(server: FakeServer, code: int) -> None:
    async with both(server) as pair:
        pair.board.draw("M0 0L1 1")
        saved = asyncio.create_task(pair.board.saved())
        await pair.talk.close(code, "because")
        with pytest.raises(DisconnectedError) as caught:
            await saved
        assert (caught.value.code, caught.value.reason) == (code, "because")
        with pytest.raises(DisconnectedError):
            pair.board.draw("M0 0L1 1")
        assert len(pair.board.paths) == 1


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4408])
async def test_other_closes_are_tried_again(server: FakeServer, code: int) -> None:
    async with both(server) as pair:
        await pair.talk.close(code)
        await pair.again()
        await pair.board.wait_until(lambda board: board.in_step)
        assert pair.board._backoff._failures == 0


async def test_a_frame_that_breaks_the_protocol_ends_the_connection_and_not_the_client(server: FakeServer) -> None:
    async with both(server) as pair:
        await pair.talk.websocket.send("{")
        await pair.again()


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
