"""What the client's tests share: frames made by hand, and a server that does what the test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from websockets.asyncio.server import ServerConnection, serve

from whiteboard_client.messages import Op, Path, Put, Room, Snapshot, Tick, User, Welcome
from whiteboard_client.rooms import Seat

Json: TypeAlias = Any  # whatever a JSON text holds
VECTORS = FilePath(__file__).parents[1] / "vectors"
SERVER_MS = 1_700_000_000_000
STAMP = SERVER_MS * 4096
ROOM = "3f1c8a52-9d0e-4c5b-8a77-1b2c3d4e5f60"
RED = "#ff0000"
LINE = "M0 0L1 1"


def vectors(name: str) -> Json:
    """The content of a file of shared test vectors."""
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def path_id(number: int) -> str:
    """A UUIDv7 that sorts by its number."""
    return f"01890a5d-ac96-774b-bcce-{number:012x}"


def put(number: int, ts: int, d: str = LINE) -> Put:
    return Put(path_id(number), ts, d, RED, 2)


def path(number: int, ts: int, d: str = LINE) -> Path:
    return Path(path_id(number), ts, d, RED, 2)


def welcome(**changed: Json) -> Welcome:
    """A welcome of user 1, alone, with the full state to follow."""
    users = (User(1, "Ada"),)
    told: dict[str, Any] = {"v": 1, "user": 1, "room": Room(ROOM), "epoch": "e", "seq": 0, "time": SERVER_MS}
    told |= {"tick_ms": 100, "max_frame": 1_000_000, "sync": "full", "users": users} | changed
    return Welcome(**told)


def snapshot(*paths: Path, seq: int = 0, epoch: str = "e", cleared: int = 0, more: bool = False) -> Snapshot:
    return Snapshot(epoch, seq, paths, cleared, more)


def tick(seq: int, *ops: Op, **more: Json) -> Tick:
    """A tick that covers one seq, unless `from_seq` says more."""
    told: dict[str, Json] = {"seq": seq, "from_seq": seq, "ops": ops}
    return Tick(**(told | more))


def quiet(**told: Json) -> Tick:
    """A tick without ops."""
    return Tick(**told)


WELCOME = {
    "t": "welcome",
    "v": 1,
    "user": 1,
    "room": {"id": ROOM},
    "epoch": "e",
    "seq": 0,
    "time": SERVER_MS,
    "tick_ms": 100,
    "max_frame": 1_000_000,
    "users": [{"user": 1, "name": "Ada"}],
    "cursors": [],
    "live": [],
    "sync": "full",
}
SNAPSHOT = {"t": "snapshot", "epoch": "e", "seq": 0, "paths": [], "cleared": 0, "more": False}


class Talk:
    """The server's end of one connection."""

    def __init__(self, websocket: ServerConnection) -> None:
        self.websocket = websocket
        self.over = asyncio.Event()

    async def hear(self) -> Json:
        """The next frame from the client."""
        return json.loads(await self.websocket.recv())

    async def say(self, *frames: dict[str, Any]) -> None:
        for frame in frames:
            await self.websocket.send(json.dumps(frame))

    async def admit(self, **changed: Json) -> Json:
        """Takes the hello and answers with a welcome and an empty board; returns the hello."""
        hello = await self.hear()
        await self.say(WELCOME | changed, SNAPSHOT | {key: changed[key] for key in ("epoch", "seq") if key in changed})
        return hello

    async def close(self, code: int, reason: str = "") -> None:
        await self.websocket.close(code, reason)
        self.over.set()


class FakeServer:
    """A server without a room: each test takes its connections and says what they hear."""

    def __init__(self) -> None:
        self._talks: asyncio.Queue[Talk] = asyncio.Queue()
        self.talks: list[Talk] = []
        self.port = 0

    @property
    def seat(self) -> Seat:
        return Seat(f"http://127.0.0.1:{self.port}", ROOM, "session", "Ada", "secret")

    async def talk(self) -> Talk:
        """The next connection."""
        return await self._talks.get()

    async def handle(self, websocket: ServerConnection) -> None:
        talk = Talk(websocket)
        self.talks.append(talk)
        self._talks.put_nowait(talk)
        await talk.over.wait()

    @classmethod
    @asynccontextmanager
    async def run(cls) -> "AsyncIterator[FakeServer]":
        fake = cls()
        settings: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 1}
        async with serve(fake.handle, "127.0.0.1", 0, subprotocols=["whiteboard.v1"], **settings) as server:  # type: ignore[list-item]
            fake.port = next(iter(server.sockets)).getsockname()[1]
            try:
                yield fake
            finally:
                for talk in fake.talks:
                    talk.over.set()
