"""The same over the workers of one server: people of one room on both, workers killed, the Redis of one killed."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_process import ServerProcess

from checker.checker import check
from checker.fuzz_people import Play
from checker.fuzz_servers import SETTINGS, Servers

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("faults", "protocol")]

from fault_gate import gates, kill, workers  # noqa: E402
from wire_door import http  # noqa: E402

pytestmark = [pytest.mark.process, pytest.mark.fuzz]

TROUBLE = {1000: "", 1001: "", 1002: "crash", 1003: "redis", 1004: "crash"}
"""Seeds, and what happens to the server on the way."""


class Workers(Servers):
    """One server with two workers; `ways` lead to one each."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        settings = {**SETTINGS, "WHITEBOARD_WORKERS": "2", "WHITEBOARD_LOG_LEVEL": "info"}
        self.server = ServerProcess(data_dir, settings)
        self.processes = [self.server]
        self.ways: list[str] = []

    @property
    def urls(self) -> list[str]:
        """Where each worker is reached."""
        return self.ways

    @property
    def redis_parents(self) -> list[int]:
        """The workers."""
        return list(workers(self.server).values())

    async def kill(self, number: int) -> None:
        """End a worker as a crash does."""
        kill(self.server, number)

    async def start(self, number: int) -> None:
        """Wait until another has taken its place, and serves."""
        async with asyncio.timeout(30):
            while number not in workers(self.server) or await self._serving() < 2:  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0.02)

    async def _serving(self) -> int:
        async with http(self.server.url) as client:
            return int((await client.get("/readyz")).json()["workers"]["ready"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with Workers(tmp_path_factory.mktemp("fuzz") / "data") as running:
        yield running
    assert "Traceback" not in running.log, running.log


@pytest.mark.timeout(300)
@pytest.mark.parametrize("chosen", TROUBLE)
async def test_w4_s1_s2_s3_s4_s5_s6_s9_p4_every_promise_is_kept(chosen: int, server: Workers) -> None:
    async with gates(server.server) as ways:
        server.ways = [way.url for way in ways]
        play = Play(chosen, server, TROUBLE[chosen])
        await play.run()
    assert "\n".join(str(each)[:600] for each in check(play.history.events)[:20]) == ""
