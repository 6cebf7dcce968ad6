"""Three hosts behind nginx, one PostgreSQL, one Redis: a host dies or is cut off, and nobody loses anything."""

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from company import Company, readiness, until_ready_says
from fault_crowd import Drawer, on_disk
from fault_figures import percentile
from outside import ask
from sites import Site, begun
from sqlalchemy import text
from wire_door import Door, http

from app.core.database import open_engine
from app.core.database_use import Use
from whiteboard_client import DisconnectedError, Seat, connect

pytestmark = pytest.mark.timeout(240)

Figures = Callable[..., None]
Lines = tuple[tuple[str, str], ...]

CUT_SECONDS = 13.0
"""Longer than it takes until a host without touch counts as dead (10 s)."""
PATIENCE = 60.0
"""In which everything must have happened; what it took is told, and decides nothing."""
NEWCOMERS = 5
UNREADABLE = {"http": 503, "status": "unavailable", "database": "unavailable"}
ALONE = {"http": 200, "status": "degraded", "redis": "away"}

POSTGRES: Lines = (("a", "postgres"), ("postgres", "a"))
REDIS: Lines = (("a", "redis"), ("redis", "a"))
CUTS: dict[str, tuple[Lines, dict[str, object]]] = {
    "postgresql": (POSTGRES, UNREADABLE),
    "redis": (REDIS, ALONE),
    "both": (POSTGRES + REDIS, {**UNREADABLE, "redis": "away"}),
    "to-postgresql": (POSTGRES[:1], UNREADABLE),
    "from-postgresql": (POSTGRES[1:], UNREADABLE),
    "to-redis": (REDIS[:1], ALONE),
    "from-redis": (REDIS[1:], ALONE),
}
"""What is lost on the way, and what `/readyz` says then."""
_seeds = count(1)


@asynccontextmanager
async def drawing(site: Site) -> AsyncIterator[Company]:
    """People who draw on all hosts, in a new room."""
    async with await Company.enter(site, seed=next(_seeds)) as company:
        company.crowd.draw()
        await asyncio.sleep(1)
        yield company


class Measured:
    """A fault that lasts `CUT_SECONDS`, and what was seen of it, in seconds."""

    def __init__(self, company: Company, fault: AbstractContextManager[object]) -> None:
        self._company = company
        self._fault = fault
        self.began = 0.0
        self.figures: dict[str, float] = {}

    async def __aenter__(self) -> None:
        self._fault.__enter__()
        self.began = time.monotonic()

    async def __aexit__(self, *error: object) -> None:
        try:
            if not any(error):
                await asyncio.sleep(max(0.0, self.began + CUT_SECONDS - time.monotonic()))
                self.figures["pause"] = self._company.crowd.book.longest_pause(self.began, time.monotonic())
        finally:
            self._fault.__exit__(None, None, None)


def waiting(drawers: list[Drawer]) -> Callable[[], bool]:
    """Tells whether something that waits now to be acknowledged does so still."""
    before = {each: set(map(id, each.client.sync.pending)) for each in drawers}
    return lambda: any(ids & set(map(id, each.client.sync.pending)) for each, ids in before.items())


async def let_in(company: Company) -> float:
    """Some new people come in by the link, one after the other, and try again if it fails; gives the longest time."""
    longest = 0.0
    for number in range(NEWCOMERS):
        began = time.monotonic()
        while not await comes_in(company, f"Newcomer {number}"):
            assert time.monotonic() < began + PATIENCE, "nobody new comes in"
            await asyncio.sleep(0.5)
        longest = max(longest, time.monotonic() - began)
    return longest


async def comes_in(company: Company, name: str) -> bool:
    """Get a session and go in, once; then go again."""
    room_id, url = company.crowd.room_id, company.site.front.url
    async with http(url) as client:
        body = {"name": name, "invite": company.crowd.invite}
        answer = await client.post(f"/api/rooms/{room_id}/sessions", json=body)
    if answer.status_code != 201:
        return False
    seat = Seat(url, room_id, answer.json()["session"]["id"], name, answer.json()["token"])
    try:
        async with connect(seat):
            return True
    except DisconnectedError:
        return False


@pytest.mark.parametrize("what", CUTS)
async def test_a_host_is_cut_off_without_a_word(site: Site, figures: Figures, what: str) -> None:
    lines, expected = CUTS[what]
    host = site.host("a")
    async with drawing(site) as company:
        cut = company.at(host)
        measured = Measured(company, site.network.cut(*lines))
        async with measured, asyncio.TaskGroup() as group:
            noticed = group.create_task(until_ready_says(host, PATIENCE, **expected))
            if expected["http"] == 503:
                told = group.create_task(company.told_unsaved(cut, PATIENCE))
                entered = group.create_task(let_in(company))
        assert {(await readiness(each.url))["status"] for each in site.hosts[1:]} == {"ready"}
        healed, is_waiting = time.monotonic(), waiting(cut)
        ready = await until_ready_says(host, PATIENCE, status="ready")
        await company.until(lambda: not is_waiting(), PATIENCE, "all that waited is saved")
        saved = time.monotonic() - healed
        await company.together(PATIENCE)
        together = time.monotonic() - healed
        result = await company.judge()
    unsaved = {"told": told.result(), "newcomer": entered.result()} if expected["http"] == 503 else {}
    seen = {"noticed": noticed.result(), **unsaved, **measured.figures}
    figures(f"hosts-cut-{what}", **seen, ready=ready, saved=saved, together=together, **result)


@pytest.mark.parametrize("what", ["killed", "unplugged"])
async def test_a_host_is_gone_and_comes_back(site: Site, figures: Figures, what: str) -> None:
    host = site.host("b")
    async with drawing(site) as company:
        gone = company.at(host)
        if what == "killed":
            company.fault("server killed", host.url)
            await asyncio.to_thread(host.kill)
        measured = Measured(company, nullcontext() if what == "killed" else site.network.unplugged("b"))
        async with measured:
            left = await company.until(
                lambda: all(each.client.in_step and each in company.elsewhere(host) for each in gone),
                PATIENCE,
                "moving",
            )
            seen = await company.together(PATIENCE)
        back = time.monotonic()
        if what == "killed":
            await asyncio.to_thread(host.start)
        ready = await until_ready_says(host, PATIENCE, status="ready")
        await company.together(PATIENCE)
        together = time.monotonic() - back
        result = await company.judge()
    figures(f"hosts-{what}", elsewhere=left, seen=seen, **measured.figures, ready=ready, together=together, **result)


@pytest.mark.parametrize("what", ["postgres", "redis"])
async def test_nobody_reaches_what_all_share(site: Site, figures: Figures, what: str) -> None:
    expected = UNREADABLE if what == "postgres" else ALONE
    async with drawing(site) as company:
        measured = Measured(company, site.network.unplugged(what))
        async with measured, asyncio.TaskGroup() as group:
            noticed = [group.create_task(until_ready_says(host, PATIENCE, **expected)) for host in site.hosts]
        healed, is_waiting = time.monotonic(), waiting(company.crowd.drawers)
        ready = max([await until_ready_says(host, PATIENCE, status="ready") for host in site.hosts])
        await company.until(lambda: not is_waiting(), PATIENCE, "all that waited is saved")
        saved = time.monotonic() - healed
        await company.together(PATIENCE)
        together = time.monotonic() - healed
        result = await company.judge()
    seen = {"noticed": max(each.result() for each in noticed), **measured.figures}
    figures(f"hosts-without-{what}", **seen, ready=ready, saved=saved, together=together, **result)


async def test_a_hosts_line_is_slow_and_loses_packets(site: Site, figures: Figures) -> None:
    async with drawing(site) as company:
        before = company.crowd.epochs
        measured = Measured(company, site.network.slow("c", milliseconds=25, percent=2))
        async with measured:
            quick, slow = [await saving(company, company.at(site.host(name))[0]) for name in "ac"]
        new_epochs = len(company.crowd.epochs - before)
        result = await company.judge()
    figures("hosts-slow-line", **measured.figures, saved=quick, saved_there=slow, new_epochs=new_epochs, **result)


async def saving(company: Company, drawer: Drawer) -> float:
    """The median time from an edit of somebody's until everybody sees it, in seconds."""

    async def once() -> float:
        probe = drawer.put()
        everybody = company.crowd.everybody
        return await company.until(lambda: all(each.has_seen(*probe) for each in everybody), PATIENCE, "all see it")

    return percentile([await once() for _ in range(9)], 0.5)


async def test_what_a_host_had_locked_is_soon_free(site: Site, figures: Figures) -> None:
    """The worst moment for a cut: between two statements of a commit."""
    async with Door(site.front.url) as door:
        room_id = UUID((await door.create()).id)
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        with site.network["a"].inside(), contextlib.closing(Held(site.database)) as held:
            held.lock(room_id)
            locked.set()
            over.wait(PATIENCE)

    holding = asyncio.create_task(asyncio.to_thread(hold))
    await asyncio.to_thread(locked.wait)
    with site.network.cut(*POSTGRES):
        seconds = await asyncio.to_thread(lock_beside, site, room_id)
        over.set()
        await holding
    figures("hosts-cut-in-a-commit", locked_for=seconds)
    assert seconds < 8, "it waits until the host counts as asleep"


class Held:
    """A transaction of a server, in which it has locked a room."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url, Use.WRITE)
        self._connection = self._engine.connect()

    def lock(self, room_id: UUID) -> None:
        """As a commit does."""
        self._connection.execute(text("SELECT key FROM room WHERE id = :id FOR UPDATE"), {"id": room_id})

    def close(self) -> None:
        """The line is dead, so nothing can be ended in order."""
        self._connection.invalidate()
        self._engine.dispose()


def lock_beside(site: Site, room_id: UUID) -> float:
    """Wait for a room's lock, on another line; gives the seconds."""
    began = time.monotonic()
    ask(site.data_dir, "SELECT key FROM room WHERE id = ? FOR UPDATE", room_id)
    return time.monotonic() - began


async def test_the_checker_finds_hosts_that_acknowledge_what_they_could_not_save(figures: Figures) -> None:
    command = (sys.executable, str(Path(__file__).parent / "careless.py"), "serve")
    site = begun(command)
    try:
        async with drawing(site) as company:
            async with Measured(company, site.network.cut(*POSTGRES)):
                pass
            violations = await company.violations()
            lost = company.crowd.book.lost(on_disk(site.data_dir, company.crowd.room_id))
    finally:
        site.close()
    figures("hosts-planted", violations=len(violations), lost=len(lost))
    assert "S4" in {violation.rule for violation in violations}
    assert lost
