"""S7: readers that stop cost bounded memory, slow nobody, and are dropped in the end or get all that they missed."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import fault_light as light
from fault_figures import p99
from fault_light import LightClient
from fault_processes import eventually, open_sockets, resident_bytes, running
from server_process import ServerProcess
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol
from wire import SUBPROTOCOL, Client, same_board
from wire_door import Door, Room

from whiteboard_client.messages import ServerFrame, Tick

PEOPLE = 100
PATHS = 40
POINTS = 600
FILL_SECONDS = 1.5
MIB = 1 << 20
VARIANTS = {"test_readers_that_stop_reading": [(20,)]}
LONG_VARIANTS = {"test_readers_that_stop_reading": [(1,)]}


class Busy:
    """A few who change the same paths again and again (the drawing does not grow), and how long each put took."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._sent: dict[tuple[str, int], float] = {}
        self._paths = [light.new_id() for _ in range(PATHS)]

    def follow(self, _: LightClient, frame: ServerFrame) -> None:
        """Note when a put is seen."""
        if isinstance(frame, Tick) and frame.ops:
            now = time.monotonic()
            self.delays += [now - self._sent[key] for op in frame.ops if (key := (op.id, op.ts)) in self._sent]

    async def draw(self, authors: list[LightClient], seconds: float) -> list[float]:
        """Draw for a while; gives the seconds from each put to each receipt."""
        self.delays = []
        end = time.monotonic() + seconds
        turn = 0
        while time.monotonic() < end:
            op = light.put(self._paths[turn % PATHS], POINTS)
            self._sent[op["id"], op["ts"]] = time.monotonic()
            authors[turn % len(authors)].batch(op)
            turn += 1
            await asyncio.sleep(0.03)
        return self.delays


async def test_readers_that_stop_reading(
    variant: tuple[int], data_dir: Path, long: bool, figures: Callable[..., None]
) -> None:
    (stopping,) = variant
    seconds, stall, silence = (20.0, 60.0, 45.0) if long else (1.5, 3.0, 6.0)
    limits = {"WHITEBOARD_STALL_SECONDS": str(stall), "WHITEBOARD_SILENCE_SECONDS": str(silence)}
    busy = Busy()
    with ServerProcess(data_dir, limits) as server, ExitStack() as stack:
        async with Door(server.url) as door:
            room = await door.create()
        people = await crowd(server, room, PEOPLE - stopping, busy.follow)
        stack.callback(light.leave, people)
        authors = people[:4]
        sockets = open_sockets(server)
        slow = await crowd(server, room, stopping, None)
        stack.callback(light.leave, slow)
        await busy.draw(authors, 1)
        before = p99(await busy.draw(authors, seconds))
        memory = resident_bytes(server.pid)
        for each in slow:
            each.transport.pause_reading()
        stopped = time.monotonic()
        await busy.draw(authors, FILL_SECONDS)
        watching = asyncio.create_task(most_memory(server))
        meanwhile = p99(await busy.draw(authors, seconds))
        drawing = asyncio.create_task(busy.draw(authors, 3 * stall + 20))
        users = {each.user for each in slow}
        await eventually(lambda: users <= people[-1].left, 2 * stall + silence, "those who stopped reading leave")
        gone = time.monotonic() - stopped
        watching.cancel()
        grown = max(0, await watching - memory)
        await eventually(lambda: open_sockets(server) == sockets, 10, "their sockets are freed")
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        assert "Traceback" not in server.stderr, server.stderr
    figures(
        "slow-reader",
        stopped=f"{stopping}/{PEOPLE}",
        memory_each=f"{grown / stopping / MIB:.2f}MiB",
        p99_before=before,
        p99_meanwhile=meanwhile,
        ratio=f"{meanwhile / before:.2f}",
        stall_limit=stall,
        dropped_after=gone,
    )
    assert grown <= 2 * MIB * stopping + 8 * MIB, "bounded memory (8 MiB are the allocator's)"
    assert gone < stall + silence + FILL_SECONDS + 10


async def most_memory(server: ServerProcess) -> int:
    """The greatest size of the server until this is cancelled."""
    most = 0
    with suppress(asyncio.CancelledError):
        while True:
            most = max(most, resident_bytes(server.pid))
            await asyncio.sleep(0.1)
    return most


async def crowd(server: ServerProcess, room: Room, count: int, follow: light.Follow | None) -> list[LightClient]:
    """Let many in, with tiny receive buffers."""
    people: list[LightClient] = []
    for start in range(0, count, 20):
        some = range(start, min(start + 20, count))
        entering = (light.enter(server.port, room.id, room.token, follow=follow, small=follow is None) for _ in some)
        people += await asyncio.gather(*entering)
    return people


async def test_one_that_resumes_gets_all_it_missed(data_dir: Path, long: bool, figures: Callable[..., None]) -> None:
    """S7: ops merged (or a snapshot); each ack, error, join and leave."""
    pauses = [0.5, 2.0, 5.0, 20.0] if long else [0.5]
    merged = snapshots = 0
    async with running(ServerProcess(data_dir)) as (server,), Door(server.url) as door:
        room = await door.create()
        one = await door.enter(room, "One")
        reader = await small_reader(server, door, room)
        for pause in pauses:
            await reader.save(reader.put())
            await one.until(lambda: len(one.users) == 2 and one.memory.seq == reader.memory.seq)
            mark = len(reader.frames)
            reader.socket.transport.pause_reading()
            await miss_much(door, room, one, reader, pause)
            reader.socket.transport.resume_reading()
            await reader.until(lambda: reader.acked == max(reader.sent) and reader.memory.seq == one.memory.seq)
            await same_board(one, reader)
            await reader.until(lambda: reader.users == one.users)
            frames = reader.frames[mark:]
            ticks = [frame for frame in frames if "ops" in frame]
            merged += sum(tick["from"] < tick["seq"] for tick in ticks)
            snapshots += sum(frame["t"] == "snapshot" for frame in frames)
            told = [user["name"] for frame in frames for user in frame.get("joined", ())]
            if "welcome" not in {frame["t"] for frame in frames}:
                assert sorted(told) == ["Came and went", "Stays"]
                assert sum(len(frame.get("left", ())) for frame in frames) >= 1
            assert [frame["code"] for frame in frames if frame["t"] == "error"] == ["invalid_op"] * 2
            await one.until(lambda: len(one.users) == 3)
            stays = next(
                client for client in door.clients if client.users.get(client.user) == "Stays" and not client.closed
            )
            await stays.close()
            await one.until(lambda: len(one.users) == 2)
    figures("slow-reader-resumes", pauses=len(pauses), merged_ticks=merged, snapshots=snapshots)
    assert merged + snapshots >= 1


async def small_reader(server: ServerProcess, door: Door, room: Room) -> Client:
    """A client that checks every rule, and whose line holds little."""
    url = f"ws://127.0.0.1:{server.port}/api/rooms/{room.id}/ws"
    sock = await light.connected_socket(server.port, small=True)
    socket = await connect(url, sock=sock, subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=None, ping_interval=None)
    client = Client(socket)
    door.clients.append(client)
    await client.hello(await door.token(room, "Slow"))
    await client.until(lambda: client.in_step)
    return client


async def miss_much(door: Door, room: Room, one: Client, reader: Client, pause: float) -> None:
    """What happens while somebody does not read: big paths, two errors and acks of its own, two joins and a leave."""
    long_path = "M0 0" + "".join(f"L{i % 997} {i % 89}" for i in range(15_000))
    paths = [one.new_id() for _ in range(4)]
    end = time.monotonic() + pause
    await reader.batch(reader.put(), reader.put(d="no path"))
    guest = await door.enter(room, "Came and went")
    await door.enter(room, "Stays")
    turn = 0
    while time.monotonic() < end or turn < 22:
        await one.save(one.put(paths[turn % len(paths)], d=long_path))
        turn += 1
    await reader.batch(reader.put(), reader.put(d="no path"))
    await guest.close()
    await one.save(one.put())
    await one.until(lambda: sorted(one.users.values()) == ["One", "Slow", "Stays"])
