"""People at real servers who do whatever comes to their mind, and whose lines break; all chosen by a seed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from uuid import UUID

import msgspec

from checker.fuzz_servers import Servers
from checker.history import History
from whiteboard_client import Acked, Connection, Event, Options, Received, Seat, fetch_drawing
from whiteboard_client.messages import Clear, Del, Op, Put, Resync

PEOPLE = 5
STEPS = 140
REST_SECONDS = 30.0
ACTS = {
    "edit": 50,
    "tie": 12,
    "again": 8,
    "stroke": 25,
    "cursor": 5,
    "abort": 5,
    "move": 5,
    "offline": 4,
    "resync": 3,
    "mistake": 3,
    "leave": 1,
}
COLORS = ("#000000", "#1d3557", "#ff000080")
SECOND_AHEAD = 4096 * 1000


class Person(Connection):
    """A client that may be sent to another server, and that writes the history."""

    def __init__(self, name: str, seat: Seat, options: Options, chance: Random) -> None:
        super().__init__(seat, options)
        self.name = name
        self.chance = chance
        self.drawing: dict[str, None] = {}

    def move(self, url: str) -> None:
        """From the next connection on, go to that server."""
        self.seat = self._link.seat = replace(self.seat, base_url=url)

    def resync(self) -> None:
        """Ask for the whole drawing."""
        self.sync._control.append(Resync())
        self._link.wake()

    @property
    def rests(self) -> bool:
        """Is nothing under way?"""
        return self.in_step and not len(self.sync.pending) and not self.strokes


class Play:
    """One seed in one room. `trouble`: what is done to the servers on the way (`crash`, `redis`), or nothing."""

    def __init__(self, seed: int, servers: Servers, trouble: str = "") -> None:
        self.history = History()
        self._chance = Random(seed)
        self._looks = Random(seed + 1)
        self._servers = servers
        steps = self._chance.sample(range(20, STEPS - 20), self._chance.choice((1, 2)))
        self._trouble = dict.fromkeys(steps, trouble)
        self._down: dict[int, int] = {}
        self._people: list[Person] = []
        self._names = (f"Person {number}" for number in range(1, 1000))
        self._ops: list[Op] = []
        self._seat: Seat | None = None

    async def run(self) -> None:
        """Play, come to rest, and close; what there is to judge is in `history`."""
        self._seat = await asyncio.to_thread(self._servers.create_room, "Ada")
        try:
            for _ in range(PEOPLE):
                await self._enter()
            for step in range(STEPS):
                await self._meddle(step)
                (act,) = self._chance.choices(list(ACTS), list(ACTS.values()))
                await getattr(self, f"_{act}")(self._chance.choice(self._people))
                await asyncio.sleep(self._chance.choice((0, 0, 0, 0.003, 0.01)))
            await self._rest()
        finally:
            for person in self._people:
                await person.close()

    # The end.

    async def _rest(self) -> None:
        for number in list(self._down):
            await self._start(number)
        for person in self._people:
            person.online()
            for path_id in list(person.drawing):
                self._finish(person, path_id)
        await self._settle()
        for url in self._servers.urls:
            with suppress(TimeoutError):
                await self._enter(url, name="Newcomer at " + url)
        await self._settle()
        self.history.note("everybody", "rest")
        for person in self._people:
            self.history.note(person.name, "view", paths=[msgspec.to_builtins(path) for path in person.paths.values()])
        self._look()
        await self._export()

    async def _settle(self) -> None:
        """Wait until all agree; if they never do, the checker says what is wrong."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                while not self._agree():  # noqa: ASYNC110 - it is about several of them at once
                    await asyncio.sleep(0.01)

    def _agree(self) -> bool:
        places = {(person.epoch, person.seq) for person in self._people}
        users = {person.user for person in self._people}
        return (
            all(person.rests for person in self._people)
            and len(places) == 1
            and all(set(person.users) == users for person in self._people)
        )

    def _look(self) -> None:
        if self._seat:
            self.history.note("database", "stored", **self._servers.stored(self._seat.room_id))

    async def _export(self) -> None:
        for url in self._servers.urls:
            svg = await fetch_drawing(replace(self._people[0].seat, base_url=url))
            self.history.note(f"file of {url}", "export", svg=svg.decode())

    # Who comes and goes.

    async def _enter(self, url: str | None = None, name: str | None = None) -> None:
        assert self._seat
        name = name or next(self._names)
        chance = Random(self._chance.random())
        url = url or self._chance.choice(self._standing())
        options = Options(
            gzip=self._chance.random() < 0.5,
            chance=chance.random,
            backoff_first=0.02,
            backoff_most=0.2,
            open_timeout=30,
        )
        person = Person(name, replace(self._seat, base_url=url), options, chance)
        person.sync._observe = self._observer(person)
        person._options = person._link._options = replace(options, observe=person.sync._observe)
        self._people.append(person)
        try:
            async with asyncio.timeout(REST_SECONDS):
                await person.open()
        except BaseException:
            self._people.remove(person)
            await self._close(person)
            raise

    def _observer(self, person: Person) -> Callable[[Event], None]:
        """Write everything down; look into the database when something has just been promised to be there."""
        write = self.history.observer(person.name, lambda: person.seat.base_url)

        def observe(event: Event) -> None:
            write(event)
            if isinstance(event, (Acked, Received)) and self._looks.random() < 0.02:
                self._look()

        return observe

    async def _close(self, person: Person) -> None:
        await person.close()
        self.history.note(person.name, "close", code=1000, reason="")

    def _standing(self) -> list[str]:
        return [url for number, url in enumerate(self._servers.urls) if number not in self._down]

    async def _leave(self, person: Person) -> None:
        self._people.remove(person)
        await self._close(person)
        await self._enter()

    async def _abort(self, person: Person) -> None:
        person.online()
        person.abort()

    async def _move(self, person: Person) -> None:
        person.move(self._chance.choice(self._servers.urls))
        person.online()
        person.abort()

    async def _offline(self, person: Person) -> None:
        person.offline()
        for _ in range(3):
            await self._edit(person)

    # Edits.

    async def _edit(self, person: Person) -> None:
        for _ in range(self._chance.choice((1, 1, 1, 2, 8))):
            self._send(person, self._any_op(person))

    def _any_op(self, person: Person) -> Op:
        kind, stamp = self._chance.random(), person.sync.clock.stamp()
        if kind < 0.02:
            known = self._chance.choice(self._ops[-40:]) if self._ops else None
            return Clear(known.ts if known and self._chance.random() < 0.7 else stamp)
        path_id = self._known_id() if kind < 0.6 else self._new_id(person)
        if kind < 0.2:
            return Del(path_id, stamp)
        return self._put(path_id, stamp - self._chance.choice((0, 0, 0, SECOND_AHEAD // 10)))

    def _put(self, path_id: str, stamp: int) -> Put:
        d = f"M0 0L{self._chance.randrange(9)} {self._chance.randrange(9)}"
        return Put(path_id, stamp, d, self._chance.choice(COLORS), self._chance.choice((1, 2.5, 9, 10)))

    def _known_id(self) -> str:
        ids = [op.id for op in self._ops[-60:] if not isinstance(op, Clear)]
        return self._chance.choice(ids) if ids else self._new_id(self._people[0])

    def _new_id(self, person: Person) -> str:
        ms, bits = int(person.sync.clock.server_ms()), self._chance.getrandbits(74)
        return str(UUID(int=ms << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1))

    def _send(self, person: Person, op: Op) -> None:
        self._ops.append(op)
        person.send(op)

    async def _tie(self, person: Person) -> None:
        """Another op with the id and stamp of one that was sent not long ago."""
        rivals = [op for op in self._ops[-20:] if isinstance(op, Put)]
        if rivals:
            rival = self._chance.choice(rivals)
            gone = self._chance.random() < 0.2
            self._send(person, Del(rival.id, rival.ts) if gone else self._put(rival.id, rival.ts))

    async def _again(self, person: Person) -> None:
        """An op that somebody sent before."""
        if self._ops:
            person.send(self._chance.choice(self._ops))

    async def _mistake(self, person: Person) -> None:
        """Ops that are refused: a stamp far ahead, a path that is misspelled."""
        path_id, stamp = self._new_id(person), person.sync.clock.stamp()
        if self._chance.random() < 0.5:
            person.send(self._put(path_id, stamp + 300 * SECOND_AHEAD))
        else:
            person.send(Put(path_id, stamp, "M 0,0", "#000000", 1))

    async def _stroke(self, person: Person) -> None:
        path_id = next(iter(person.drawing), None)
        if path_id is None or self._chance.random() < 0.65:
            points = [round(self._chance.uniform(-50, 50), self._chance.choice((0, 1, 3, 6))) for _ in range(4)]
            path_id = person.live(points, "#00ff00", 3, path_id=path_id or self._new_id(person))
            person.drawing[path_id] = None
        else:
            self._finish(person, path_id)

    def _finish(self, person: Person, path_id: str) -> None:
        """End a stroke in one way or another. That its line breaks is what `_abort` and others are for."""
        del person.drawing[path_id]
        way = self._chance.random()
        if way < 0.6:
            late = self._chance.random() < 0.2
            stamp = self._ops[0].ts if late and self._ops else person.sync.clock.stamp()
            self._send(person, self._put(path_id, stamp))
        elif way < 0.85:
            person.end(path_id)
        else:
            self._send(person, Del(path_id, person.sync.clock.stamp()))

    async def _cursor(self, person: Person) -> None:
        if self._chance.random() < 0.2:
            person.cursor()
        else:
            person.cursor(self._chance.randrange(99), 0)

    async def _resync(self, person: Person) -> None:
        if person.in_step:
            person.resync()

    # Trouble.

    async def _meddle(self, step: int) -> None:
        for number, until in list(self._down.items()):
            if step >= until:
                await self._start(number)
        match self._trouble.get(step):
            case "crash" if not self._down:
                await self._crash(self._chance.randrange(2), step)
            case "redis":
                if self._servers.kill_redis():
                    self._fault("redis killed", "")
                await asyncio.sleep(self._chance.choice((0, 0.1, 0.6)))

    async def _crash(self, number: int, step: int) -> None:
        self._down[number] = step + self._chance.randrange(40)
        self._fault("server killed", self._servers.urls[number])
        await self._servers.kill(number)
        for person in self._people:
            if self._chance.random() < 0.7:
                person.move(self._standing()[0])

    async def _start(self, number: int) -> None:
        del self._down[number]
        await self._servers.start(number)

    def _fault(self, what: str, server: str) -> None:
        self.history.note("machine", "fault", what=what, server=server)
