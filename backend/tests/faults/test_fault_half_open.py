"""C3: a peer that vanishes without a word (its line was pulled out) leaves the room and the server's memory."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import fault_light as light
from fault_crowd import Crowd
from fault_processes import eventually, open_sockets, running
from fault_relay import Relay
from server_process import ServerProcess
from wire import SECONDS
from wire_door import Door

VANISHING = 5
LONG_ONLY = {"test_a_client_notices_that_the_server_is_unreachable_and_comes_back"}


async def test_a_peer_that_vanishes_is_gone_within_the_silence_time(
    data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    silence = 45.0 if long else 2.0
    with ServerProcess(data_dir, {"WHITEBOARD_SILENCE_SECONDS": str(silence)}) as server, ExitStack() as stack:
        async with Door(server.url) as door, Relay([server.port]) as relay:
            room = await door.create()
            witness = await door.enter(room, "Wit")
            sockets = open_sockets(server)
            entering = (light.enter(relay.port, room.id, room.token) for _ in range(VANISHING))
            vanishing = await asyncio.gather(*entering)
            stack.callback(light.leave, vanishing)
            piece = witness.piece(1, 2, 3, 4)
            vanishing[0].send({"t": "batch", "live": [piece]})
            await witness.until(lambda: len(witness.users) == VANISHING + 1 and piece["id"] in witness.strokes)
            vanished = time.monotonic()
            relay.silence()
            await asyncio.sleep(0.5)
            await witness.save(witness.put())
            await witness.until(lambda: len(witness.users) == 1, seconds=silence + SECONDS)
            gone = time.monotonic() - vanished
            await eventually(lambda: open_sockets(server) == sockets, 5, "their sockets are freed")
            freed = time.monotonic() - vanished
            await witness.until(lambda: piece["id"] in witness.board.paths)
            relay.flow()
    figures("half-open", vanished=VANISHING, silence_limit=silence, gone_after=gone, sockets_freed_after=freed)
    assert gone < silence + 5


async def test_a_client_notices_that_the_server_is_unreachable_and_comes_back(
    data_dir: Path, figures: Callable[..., None]
) -> None:
    async with (
        running(ServerProcess(data_dir)) as (server,),
        Relay([server.port]) as relay,
        await Crowd.enter([server.url, relay.url], 4, seed=5, silence=1.0, pong=1.0, open_timeout=2.0) as crowd,
    ):
        crowd.draw()
        await asyncio.sleep(0.5)
        relay.silence()
        behind = [each for each in crowd.everybody if each.client.seat.base_url == relay.url]
        noticed = await crowd.until(lambda: not any(each.client.in_step for each in behind), 20, "noticing")
        relay.flow()
        back = await crowd.until(lambda: all(each.client.in_step for each in behind), 20, "coming back")
        result = await crowd.judge(data_dir)
    figures("half-open-client", noticed_after=noticed, back_after=back, **result)
