"""S4 on the wire, as the kernel saw it: nothing is acknowledged, shown or published before the sync that covers it."""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from power_order import Batches, Order, check
from power_strace import Call, read_calls, traced
from server_process import ServerProcess
from wire import Client
from wire_door import Door

CALLS = "pwrite64,pwritev,write,writev,sendto,sendmsg,sendmmsg,fdatasync,fsync"
CARELESS = """
from app.core import sqlite
sqlite.PRAGMAS["synchronous"] = "OFF"
from app.cli import main
main()
"""
ROUNDS = 15


class TracedServer(ServerProcess):
    """A server whose system calls are written down."""

    def __init__(self, directory: Path, *command: str) -> None:
        super().__init__(directory / "data")
        self.record = directory / "trace"
        self.command = (*traced(self.record, CALLS, "-D"), sys.executable, *command, "serve")

    def calls(self) -> list[Call]:
        """All of them, after the end."""
        end = time.monotonic() + 10
        while not re.search(rf"^{self.pid} +\+\+\+ exited", self.record.read_text(), re.MULTILINE):
            assert time.monotonic() < end, "the record has no end"
            time.sleep(0.05)
        with self.record.open() as lines:
            return read_calls(lines)


async def draw(url: str) -> Batches:
    """Three people draw, change, delete and clear, alone and at once; gives all the batches, every one acknowledged."""
    random = Random(3)
    async with Door(url) as door:
        room = await door.create()
        clients = await door.several(room, ["Ada", "Bob", "Cyd"])
        for _ in range(ROUNDS):
            for client in random.sample(clients, random.randint(1, 3)):
                await client.batch(*(something(client, random) for _ in range(random.randint(1, 3))))
            if random.random() < 0.7:
                for client in clients:
                    await client.until(lambda each=client: each.acked == max(each.sent, default=-1))
        for client in clients:
            await client.until(lambda each=client: each.acked == max(each.sent, default=-1))
            assert not client.errors
        return {(client.user, n): ops for client in clients for n, ops in client.sent.items()}


def something(client: Client, random: Random) -> dict[str, Any]:
    """An op; its stamp is nobody else's."""
    ts = client.stamp() + 1000 * client.user
    chance = random.random()
    if chance < 0.05:
        return client.clear(ts)
    known = sorted(client.board.paths)
    if not known or chance < 0.6:
        return client.put(ts=ts)
    path_id = random.choice(known)
    return client.delete(path_id, ts) if chance < 0.75 else client.put(path_id, ts=ts, width=random.choice([3, 4, 5]))


async def order_of(server: TracedServer) -> tuple[Order, Batches]:
    """Draw on a server; gives what the record says, and what was drawn."""
    with server:
        batches = await draw(server.url)
    return check(server.calls(), batches), batches


@pytest.mark.process
@pytest.mark.usefixtures("strace")
async def test_s4_no_ack_and_no_op_leaves_before_the_sync_that_covers_it(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    order, batches = await order_of(TracedServer(tmp_path, "-m", "app.cli"))
    figure(f"real server: batches={len(batches)} {order}")
    assert not order.early
    assert order.acked == batches.keys()
    assert order.sent > order.shown > len(batches)


@pytest.mark.process
@pytest.mark.usefixtures("strace")
async def test_s4_a_server_that_does_not_sync_is_found_out(tmp_path: Path, figure: Callable[[str], None]) -> None:
    order, batches = await order_of(TracedServer(tmp_path, "-c", CARELESS))
    figure(f"planted: server with synchronous=OFF: {order}")
    assert len(order.early) >= len(batches)


OP = {"op": "put", "id": "0190a000-0000-7000-8000-000000000001", "ts": 7_000_000_000_000_001}
WRITTEN = bytes.fromhex("0190a000000070008000000000000001") + OP["ts"].to_bytes(8, "big")  # type: ignore[attr-defined]
OPENING = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
LOG, FILE, SOCKET = "/d/whiteboard.db-wal", "/d/whiteboard.db", "socket:[7]"


def quote(data: bytes | str) -> str:
    """Bytes as strace writes them."""
    return "".join(f"\\x{byte:02x}" for byte in (data.encode() if isinstance(data, str) else data))


def line(thread: int, call: str, path: str, data: bytes | None = None, rest: str = "") -> str:
    """One line of a record."""
    if data is None:
        return f"{thread} {call}(5<{quote(path)}>) = 0"
    return f'{thread} {call}(5<{quote(path)}>, "{quote(data)}", {len(data)}{rest}) = {len(data)}'


def sent(frame: dict[str, Any]) -> str:
    """A server's frame on the socket."""
    text = json.dumps(frame).encode()
    return line(1, "sendto", SOCKET, b"\x81\x7e" + len(text).to_bytes(2, "big") + text, ", 0, NULL, 0")


OPEN = line(1, "sendto", SOCKET, OPENING, ", 0, NULL, 0")
WRITE = line(2, "pwrite64", LOG, WRITTEN, ", 56")
SYNC = line(2, "fdatasync", LOG)
BEGUN, ENDED = f"2 fdatasync(5<{quote(LOG)}> <unfinished ...>", "2 <... fdatasync resumed>) = 0"
ACK = sent({"t": "tick", "acks": [[1, 4]]})
SHOW = sent({"t": "tick", "ops": [OP]})
RECORDS: dict[str, tuple[int, list[str]]] = {
    "as it should be": (0, [OPEN, WRITE, SYNC, ACK]),
    "a sync that took its time": (0, [OPEN, WRITE, BEGUN, OPEN.replace("[7]", "[8]"), ENDED, ACK]),
    "an ack before the sync": (1, [OPEN, WRITE, ACK, SYNC]),
    "an ack while the sync is under way": (1, [OPEN, WRITE, BEGUN, ACK, ENDED]),
    "an op before the sync, as a frame and as a stamp": (2, [OPEN, WRITE, SHOW, SYNC]),
    "a sync of something else": (1, [OPEN, WRITE, line(2, "fsync", FILE), ACK]),
    "a sync that began before the write": (1, [OPEN, BEGUN, WRITE.replace("2 ", "3 ", 1), ENDED, ACK]),
    "a sync that failed": (1, [OPEN, WRITE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), ACK]),
    "an op that was never written": (1, [OPEN, SYNC, ACK]),
}


@pytest.mark.parametrize("record", RECORDS)
def test_planted_records_are_judged_right(record: str) -> None:
    early, lines = RECORDS[record]
    order = check(read_calls(lines), {(1, 4): [OP]})
    assert len(order.early) == early
