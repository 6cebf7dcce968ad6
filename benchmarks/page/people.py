"""The others on a board: so many are there, some move their cursors, some draw; all from one cheap process."""

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bench.crowd import new_id, number, put, stamp
from bench.sockets import Client, connect

from whiteboard_client import Invitation, Seat, join_room

TICK_SECONDS = 0.1
STROKE_TICKS = 15
POINTS = 8
AT_ONCE = 20


class Person:
    """One who moves a cursor about the window, and draws if `draws`: points as they come, and a path in the end."""

    def __init__(self, client: Client, rng: random.Random, *, draws: bool) -> None:
        self._client = client
        self._rng = rng
        self._draws = draws
        self._at = [rng.uniform(100, 1300), rng.uniform(100, 800)]
        self._turn = rng.randrange(STROKE_TICKS)
        self._n = 0
        self._begin()

    def step(self) -> None:
        """What happens in a tick."""
        batch: dict[str, object] = {"t": "batch"}
        self._turn += 1
        if self._draws and self._turn % STROKE_TICKS == 0:
            self._n += 1
            batch |= {"n": self._n, "ops": [json.loads(put(self._id, stamp(), "M" + "L".join(self._drawn)))]}
            self._begin()
        points = [value for _ in range(POINTS) for value in self._walk()]
        if self._draws:
            self._drawn += [f"{number(x)} {number(y)}" for x, y in zip(points[::2], points[1::2], strict=True)]
            stroke = {"id": self._id, "ts": self._ts, "color": "#1971c2", "width": 4, "points": points}
            batch["live"] = [stroke]
        self._client.send(json.dumps(batch | {"cursor": points[-2:]}).encode())

    def _walk(self) -> tuple[float, float]:
        for axis, most in enumerate((1400, 880)):
            self._at[axis] = min(most, max(20, self._at[axis] + self._rng.uniform(-9, 9)))
        return float(number(self._at[0])), float(number(self._at[1]))

    def _begin(self) -> None:
        self._id, self._ts = new_id(self._rng), stamp()
        self._drawn: list[str] = []


class People(AbstractAsyncContextManager["People"]):
    """They come with `async with`, and leave at its end."""

    def __init__(self, invitation: Invitation, there: int, moving: int, drawing: int) -> None:
        self._invitation = invitation
        self._counts = (there, moving, drawing)
        self._stack = AsyncExitStack()
        self.clients: list[Client] = []

    async def __aenter__(self) -> Self:
        """Let them come, and begin."""
        there, moving, drawing = self._counts
        seats = await self._seats(there)
        hello = {"t": "hello", "since": await _place_of(seats[0])}
        turns = asyncio.Semaphore(AT_ONCE)
        self.clients = await asyncio.gather(*(_enter(seat, hello, turns) for seat in seats))
        self._stack.callback(lambda: [client.close() for client in self.clients])
        rng = random.Random(11)  # noqa: S311 - a drawing
        busy = [Person(client, rng, draws=i < drawing) for i, client in enumerate(self.clients[:moving])]
        going = asyncio.create_task(_go(busy))
        self._stack.callback(going.cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let them leave."""
        await self._stack.aclose()

    async def _seats(self, count: int) -> Sequence[Seat]:
        link = self._invitation.invite_url
        return await asyncio.gather(*(join_room(link, f"Person {i + 1}") for i in range(count)))


async def _go(busy: list[Person]) -> None:
    """Everybody does something once in a tick, but not all at the same moment."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for place in range(0, len(busy), 10):
            for person in busy[place : place + 10]:
                person.step()
            due += TICK_SECONDS / max(1, (len(busy) + 9) // 10)
            await asyncio.sleep(max(0.0, due - loop.time()))


async def _enter(seat: Seat, hello: dict[str, object], turns: asyncio.Semaphore) -> Client:
    """Nobody is sent the drawing: all say that they have it already, and count what comes."""
    async with turns:
        client = await _open(seat)
        client.look_for(b'"welcome"')
        client.send(json.dumps({**hello, "token": seat.token}).encode())
        async with asyncio.timeout(60):
            await client.found.wait()
        return client


async def _open(seat: Seat) -> Client:
    address = urlsplit(seat.websocket_url)
    return await connect(address.port or 80, address.path)


async def _place_of(seat: Seat) -> dict[str, object]:
    """Where the room is now: what to say as `since`."""
    client = await _open(seat)
    told: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()

    def read(payload: bytes, binary: bool, _now: float) -> None:  # noqa: FBT001 - the shape of `Read`
        if not told.done() and not binary:
            welcome = json.loads(payload)
            told.set_result({"epoch": welcome["epoch"], "seq": welcome["seq"]})

    client.read = read
    client.send(json.dumps({"t": "hello", "token": seat.token}).encode())
    async with asyncio.timeout(60):
        place = await told
    client.close()
    return place
