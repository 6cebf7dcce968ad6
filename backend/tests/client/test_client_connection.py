"""The Python client on a line: edits, broken lines, closes (C1 to C5, S2, S4, S5, S6)."""

import asyncio
import gzip
import json
from dataclasses import replace

import pytest
from client_fakes import RED, SERVER_MS, SNAPSHOT, STAMP, WELCOME, FakeServer, Json, Talk, path_id, put
from client_lines import SOON, both

from whiteboard_client.connection import connect
from whiteboard_client.errors import DisconnectedError


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
