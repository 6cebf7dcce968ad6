"""Whatever comes over a socket: no fault of the server, the right close code each, and nothing left behind.

`make fuzz-websocket` sends a million messages, `make test` a few thousand.
"""

import asyncio
import contextlib
import re
import socket
import struct
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
import spied_server
from fuzz_frames import FAULTS, MAX_FRAME, burst
from fuzz_peer import CLOSE, PING, PONG, TEXT, UPGRADE, Peer, frame, text
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from processes import healthy
from server_process import ServerProcess
from wire import SECONDS
from wire_door import Door, Room

pytestmark = [pytest.mark.process, pytest.mark.timeout(3600)]

PATIENT = {
    "WHITEBOARD_MAX_FRAME": str(MAX_FRAME),
    "WHITEBOARD_HELLO_SECONDS": "3000",
    "WHITEBOARD_SILENCE_SECONDS": "3000",
    "WHITEBOARD_STALL_SECONDS": "3000",
    "WHITEBOARD_LOG_LEVEL": "info",
}
"""Time limits have tests of their own."""
SEEDS = st.integers(0, 2**32)
PLACES = st.integers(0, 5)


def get(server: ServerProcess, path: str) -> str:
    with urllib.request.urlopen(server.url + path, timeout=SECONDS) as answer:  # noqa: S310 - http, and our own
        return str(answer.read().decode())


def sockets_of(server: ServerProcess) -> int:
    """How many sockets of its port the server holds: one listens, the others are connections."""
    table = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    inodes = {f"socket:[{line.split()[9]}]" for line in table if line.split()[1].endswith(f":{server.port:04X}")}
    held = 0
    for each in Path(f"/proc/{server.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held += str(each.readlink()) in inodes
    return held


def left_over(server: ServerProcess) -> tuple[int, int, int]:
    """Connections in rooms, sockets, tasks."""
    tasks = int(get(server, spied_server.TASKS))
    connections = re.search(r"^whiteboard_connections (\d+)", get(server, "/metrics"), re.MULTILINE)
    assert connections
    return int(connections[1]), sockets_of(server), tasks


def settled(server: ServerProcess, before: tuple[int, int, int]) -> tuple[int, int, int]:
    """What is left over, once it is no more than before, or time is up."""
    end = time.monotonic() + SECONDS
    left = left_over(server)
    while time.monotonic() < end and any(now > then for now, then in zip(left, before, strict=True)):
        time.sleep(0.1)
        left = left_over(server)
    return left


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that must have had no fault, and have nothing left of any connection."""
    if sys.platform != "linux":
        pytest.skip("sockets of a process are counted by /proc")
    running = ServerProcess(tmp_path_factory.mktemp("fuzzed") / "data", PATIENT)
    with healthy(running):
        room = room_of(running)
        peer = Peer(running.port, room.id)
        peer.send(text({"t": "hello", "token": room.token}))
        assert peer.answered()
        peer.send(frame(CLOSE))
        assert peer.close_code() == 1005
        tasks = max(left_over(running)[2] for _ in range(5))
        yield running
        left = settled(running, (0, 1, tasks))
        assert left[:2] == (0, 1), "connections and sockets"
        assert left[2] <= tasks, "tasks"
    told = "".join([running.stderr, *running.output])
    wrong = [line for line in told.splitlines() if re.search(r"\[(error|critical)|went wrong|exception", line)]
    assert wrong == []


def room_of(server: ServerProcess) -> Room:
    async def create() -> Room:
        async with Door(server.url) as door:
            return await door.create()

    return asyncio.run(create())


class Crowd(RuleBasedStateMachine):
    """Several peers in one room; whatever one does, the others go on, and each close has its code."""

    server: ClassVar[ServerProcess]
    room: ClassVar[Room]
    size: ClassVar[int]
    sent: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.peers: list[Peer] = []

    def some(self, place: int) -> Peer:
        return self.peers[place % len(self.peers)]

    def gone(self, peer: Peer, codes: set[int | None]) -> None:
        assert peer.close_code() in codes
        self.peers.remove(peer)

    @precondition(lambda self: len(self.peers) < 6)
    @rule()
    def connect(self) -> None:
        self.peers.append(Peer(self.server.port, self.room.id))

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, seed=SEEDS)
    def talk(self, place: int, seed: int) -> None:
        peer = self.some(place)
        if not peer.greeted:
            peer.send(text({"t": "hello", "token": self.room.token, "gzip": seed % 2 == 1}))
            peer.greeted = True
        peer.send(burst(Random(seed), peer, self.size))
        assert peer.answered(), f"closed with {peer.code}"
        self.sent["messages"] += self.size + 1

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, count=st.integers(1, 300))
    def flood_with_pings(self, place: int, count: int) -> None:
        peer = self.some(place)
        before = peer.seen[PONG]
        peer.send(b"".join(frame(PING, str(number).encode()) for number in range(count)))
        if peer.greeted:
            assert peer.answered()
            assert peer.seen[PONG] == before + count
        self.sent["messages"] += count

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, fault=st.sampled_from(sorted(FAULTS)), seed=SEEDS)
    def break_a_rule(self, place: int, fault: str, seed: int) -> None:
        peer, (make, codes) = self.some(place), FAULTS[fault]
        peer.send(make(Random(seed)))
        peer.send(frame(TEXT, b"more"))
        self.sent["faults"] += 1
        self.gone(peer, set(codes))

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, first=st.booleans())
    def greet_again_or_late(self, place: int, *, first: bool) -> None:
        peer = self.some(place)
        hello = {"t": "hello", "token": self.room.token}
        peer.send(text(hello) if peer.greeted else text({"t": "resync"} if first else {**hello, "token": "x"}))
        self.sent["faults"] += 1
        self.gone(peer, {4400} if peer.greeted or first else {4401})

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, code=st.sampled_from([None, 1000, 1001, 1008, 1011, 3000, 4400, 4999]), amid=st.booleans())
    def close(self, place: int, code: int | None, *, amid: bool) -> None:
        peer = self.some(place)
        peer.send(frame(TEXT, b"{", fin=False) * amid + frame(CLOSE, struct.pack("!H", code) if code else b""))
        self.sent["closes"] += 1
        self.gone(peer, {code or 1005})

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, cut=st.integers(0, 40))
    def vanish(self, place: int, cut: int) -> None:
        peer = self.some(place)
        peer.send(text({"t": "batch", "cursor": [1, 2], "live": []})[:cut])
        peer.vanish()
        self.peers.remove(peer)
        self.sent["breaks"] += 1

    @precondition(lambda self: self.peers)
    @rule(place=PLACES, seed=SEEDS)
    def send_anything(self, place: int, seed: int) -> None:
        random = Random(seed)
        peer = self.some(place)
        peer.send(random.randbytes(random.randrange(1, 2000)))
        peer.send(frame(9, bytes(126)) * 3)  # bad unless it is taken for the inside of a frame
        peer.vanish()
        assert peer.code in (None, 1002, 1003, 1007, 1009, 1005, 4400), peer.code
        self.peers.remove(peer)
        self.sent["random bytes"] += 1

    def teardown(self) -> None:
        for peer in self.peers:
            peer.vanish()


def run(server: ServerProcess, size: int) -> Counter[str]:
    """Play some games with bursts of so many messages; give what was sent."""
    crowd = type("Crowd", (Crowd,), {"server": server, "room": room_of(server), "size": size, "sent": Counter[str]()})
    run_state_machine_as_test(
        crowd,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return crowd.sent


def test_c1_whatever_several_peers_send_each_is_closed_with_the_right_code(
    fuzzed: ServerProcess, pytestconfig: pytest.Config
) -> None:
    least, size = (1_000_000, 300) if pytestconfig.getoption("--long") else (3000, 30)
    sent = Counter[str]()
    while sent["messages"] < least:
        sent += run(fuzzed, size)
    sys.stdout.write(f"\n{dict(sent)}\n")


BROKEN = {
    "no key": (b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b""),
    "a short key": (b"AAAAAAAAAAAAAAAAAAAAAA==", b"AAAA"),
    "a key that is no base64": (b"AAAAAAAAAAAAAAAAAAAAAA==", b"!!!!"),
    "two keys": (b"Host:", b"Sec-WebSocket-Key: x\r\nHost:"),
    "another version": (b"Version: 13", b"Version: 7"),
    "no version": (b"Sec-WebSocket-Version: 13\r\n", b""),
    "two versions": (b"Version: 13", b"Version: 13\r\nSec-WebSocket-Version: 8"),
    "no number": (b"Version: 13", b"Version: x"),
    "another method": (b"GET", b"POST"),
    "HTTP/1.0": (b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/9": (b"HTTP/1.1", b"HTTP/9.9"),
    "no connection": (b"Connection: Upgrade\r\n", b""),
    "another upgrade": (b"Upgrade: websocket", b"Upgrade: h2c"),
    "bad characters": (b"Host: ", b"H\0st: "),
    "bad value": (b"127.0.0.1", b"\x01\x7f\xff"),
    "no host": (b"Host: 127.0.0.1\r\n", b""),
    "two hosts": (b"Host:", b"Host: a\r\nHost:"),
    "bare line feeds": (b"\r\n", b"\n"),
    "folded": (b"Host: ", b"Host: x\r\n "),
    "a bad protocol": (b"whiteboard.v1", b"a b, ,;\xff"),
    "a bad path": (b"/api/rooms/", b"/api/rooms/%zz%00\xff"),
    "an absolute path": (b"/api/rooms/", b"http://[::1/api/rooms/"),
    "a body": (b"Host:", b"Content-Length: 5\r\nHost:"),
    "a bad length": (b"Host:", b"Content-Length: -1\r\nHost:"),
    "chunks": (b"Host:", b"Transfer-Encoding: chunked\r\nHost:"),
    "many headers": (b"Host:", b"X: y\r\n" * 500 + b"Host:"),
    "a huge header": (b"Host:", b"X: " + b"y" * 100_000 + b"\r\nHost:"),
    "extensions": (b"Host:", b"Sec-WebSocket-Extensions: permessage-deflate; x=\xff,,;;\r\nHost:"),
    "another origin": (b"Host:", b"Origin: https://elsewhere.example.org\r\nHost:"),
    "an origin that is none": (b"Host:", b"Origin: http://[::\r\nHost:"),
}


def answer_to(server: ServerProcess, data: bytes) -> bytes:
    """What the server says to bytes on a new connection, until it closes or says nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as opened:
        told = b""
        try:
            opened.sendall(data)
            opened.shutdown(socket.SHUT_WR)
            while piece := opened.recv(65536):
                told += piece
        except (ConnectionError, BrokenPipeError):
            pass
    return told


@pytest.mark.parametrize("why", BROKEN)
def test_a_broken_upgrade_is_refused_or_served_and_no_fault_of_the_server(fuzzed: ServerProcess, why: str) -> None:
    old, new = BROKEN[why]
    request = (UPGRADE % b"0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10").replace(old, new)
    told = answer_to(fuzzed, request + frame(TEXT, b"x"))
    assert re.match(rb"HTTP/1\.1 (101|4\d\d) ", told) or not told, told


def test_any_bytes_on_a_new_connection_are_no_fault_of_the_server(
    fuzzed: ServerProcess, pytestconfig: pytest.Config
) -> None:
    random = Random(1)
    whole = UPGRADE % b"0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10" + text({"t": "hello", "token": "x"})
    told = Counter[bytes]()
    for _ in range(100_000 if pytestconfig.getoption("--long") else 200):
        data = bytearray(whole if random.random() < 0.8 else random.randbytes(random.randrange(500)))
        for _ in range(random.randrange(1, 6)):
            place = random.randrange(len(data) + 1)
            data[place : place + random.randrange(3)] = random.randbytes(random.randrange(3))
        told[answer_to(fuzzed, bytes(data))[:12]] += 1
    assert [each for each in told if each and not re.match(rb"HTTP/1\.1 (101|[34]\d\d|200)", each)] == []
