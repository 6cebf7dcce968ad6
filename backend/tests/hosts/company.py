"""People of one room on all hosts of a site, who draw, come back by themselves, and write down what they are told."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from checker.checker import Violation, check
from checker.fuzz_servers import stored
from checker.history import History
from fault_crowd import Crowd, Drawer
from sites import SERVED_BY, Host, Site

from whiteboard_client import Event, fetch_drawing

PEOPLE = 9
PAUSE_SECONDS = 0.2
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 20.0
AGREE_SECONDS = 30.0
DUMPS = Path(__file__).parents[3] / "test-output"


class Company:
    """`async with await Company.enter(site, seed=1) as company: …`."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.history = History()
        self.seed = seed
        self._looked = 0.0
        self._numbers: dict[Drawer, str] = {}
        self._room_id = ""
        self.crowd: Crowd

    @classmethod
    async def enter(cls, site: Site, *, seed: int, **options: Any) -> Self:  # noqa: ANN401 - of the client library
        """Let people in through nginx, who are on all hosts."""
        company = cls(site, seed)
        urls, follow = [site.front.url], company.follow
        company.crowd = await Crowd.enter(urls, PEOPLE, seed=seed, pause=PAUSE_SECONDS, followed=follow, **options)
        company._room_id = company.crowd.room_id
        counts = {host.name: len(company.at(host)) for host in site.hosts}
        assert all(counts.values()), f"nobody on some host: {counts}"
        return company

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.crowd.__aexit__(kind, error, trace)

    # Who is where.

    def follow(self, drawer: Drawer) -> None:
        """Write down what somebody does and is told; once a second look into the database, too.

        Nobody clears the board: nothing acknowledged may be excused by that.
        """
        drawer.clears = 0.0
        name = self._numbers.setdefault(drawer, f"person {len(self._numbers) + 1}")
        write = self.history.observer(name, lambda: served_by(drawer))

        def observe(event: Event) -> None:
            write(event)
            if self._room_id and time.monotonic() > self._looked + LOOK_SECONDS:
                self.look()

        drawer.listeners.append(observe)

    def at(self, host: Host) -> list[Drawer]:
        """Who is connected to a host."""
        return [each for each in self.crowd.everybody if served_by(each) == host.url]

    def elsewhere(self, host: Host) -> list[Drawer]:
        """Who is connected to another one."""
        return [each for each in self.crowd.everybody if served_by(each) not in ("", host.url)]

    def look(self) -> None:
        """Read the database."""
        self._looked = time.monotonic()
        self.history.note("database", "stored", **stored(self.site.data_dir, self.crowd.room_id))

    def fault(self, what: str, host: str = "") -> None:
        """Something is broken from now on."""
        self.history.note("machine", "fault", what=what, server=host)

    # Waiting.

    async def until(self, condition: Callable[[], object], seconds: float, what: str) -> float:
        """Wait for something; gives the seconds."""
        return await self.crowd.until(condition, seconds, what)

    async def told_unsaved(self, drawers: list[Drawer], seconds: float) -> float:
        """Wait until each of them was told that its edits are not saved yet; gives the seconds."""

        def is_told(drawer: Drawer) -> bool:
            return any(error.code == "storage_unavailable" for error in drawer.client.errors)

        return await self.until(lambda: all(map(is_told, drawers)), seconds, "all are told")

    async def together(self, seconds: float) -> float:
        """Wait until everybody is in step, in one epoch, and has seen a path of everybody; gives the seconds."""
        began = time.monotonic()
        await self.until(lambda: len(self.crowd.epochs) == 1 and None not in self.crowd.epochs, seconds, "one epoch")
        probes = [each.put() for each in self.crowd.drawers]
        everybody = self.crowd.everybody
        await self.until(
            lambda: all(each.has_seen(*probe) for each in everybody for probe in probes), seconds, "everybody sees all"
        )
        return time.monotonic() - began

    # The end.

    async def judge(self) -> dict[str, int]:
        """Come to rest; then neither the book nor the checker may find anything wrong. Gives the counts."""
        violations = await self.violations()
        if violations:
            file = DUMPS / f"hosts-{self.seed}.jsonl"
            self.history.dump(file)
            told = "\n".join(str(each)[:400] for each in violations[:20])
            raise AssertionError(f"{len(violations)} violations, in the history {file}:\n{told}")
        return await self.crowd.judge(self.site.data_dir)

    async def violations(self) -> list[Violation]:
        """Come to rest, let somebody in at each host, and have the checker judge the history."""
        await self.crowd.settle()
        for host in self.site.hosts:
            await self._let_in(host)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGREE_SECONDS):
                while not self._agree():  # noqa: ASYNC110 - it is about several of them at once
                    await asyncio.sleep(0.02)
        self.history.note("everybody", "rest")
        for drawer, name in self._numbers.items():
            paths = [msgspec.to_builtins(path) for path in drawer.client.paths.values()]
            self.history.note(name, "view", paths=paths)
        self.look()
        for host in self.site.hosts:
            svg = await fetch_drawing(replace(self.crowd.drawers[0].client.seat, base_url=host.url))
            self.history.note(f"file of {host.name}", "export", svg=svg.decode())
        return await asyncio.to_thread(check, self.history.events)

    async def _let_in(self, host: Host) -> None:
        seat = replace(self.crowd.drawers[0].client.seat, base_url=host.url)
        newcomer = Drawer(seat, self.crowd.book, Random(0), 1.0)
        self.follow(newcomer)
        self.crowd.watchers.append(newcomer)
        await newcomer.client.open()

    def _agree(self) -> bool:
        everybody = [each.client for each in self.crowd.everybody]
        places = {(each.epoch, each.seq) for each in everybody}
        users = {each.user for each in everybody}
        return (
            all(each.in_step and not len(each.sync.pending) for each in everybody)
            and len(places) == 1
            and all(set(each.users) == users for each in everybody)
        )


def served_by(drawer: Drawer) -> str:
    """The URL of the host that somebody is connected to; '' for nobody."""
    websocket = drawer.client._link._websocket
    if websocket is None or websocket.response is None:
        return ""
    upstreams = websocket.response.headers.get(SERVED_BY)
    return f"http://{upstreams.split(', ')[-1]}" if upstreams else drawer.client.seat.base_url


async def readiness(url: str) -> dict[str, Any]:
    """What `/readyz` says, with its HTTP status as `http`; a `status` of its own if nothing is said."""
    async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
        try:
            answer = await client.get(f"{url}/readyz")
        except httpx.HTTPError:
            return {"http": 0, "status": "silent", "database": "", "redis": ""}
    return {"http": answer.status_code, **answer.json()}


async def until_ready_says(host: Host, seconds: float, **expected: object) -> float:
    """Wait until `/readyz` of a host says that; gives the seconds."""
    began = time.monotonic()
    while True:
        said = await readiness(host.url)
        if expected.items() <= said.items():
            return time.monotonic() - began
        assert time.monotonic() < began + seconds, f"{host.name} says {said}, and not {expected}"
        await asyncio.sleep(0.1)
