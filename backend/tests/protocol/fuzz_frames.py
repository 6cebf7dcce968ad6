"""What fuzzing peers send: messages that a connection outlives, and faults, each with its close code."""

import json
import struct
import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from fuzz_peer import BINARY, CLOSE, CONT, PING, PONG, TEXT, Peer, frame, text

MAX_FRAME = 65536
"""Bytes; the server's setting."""

STRANGE: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        0.5,
        1e308,
        -1e308,
        10**400,
        -(10**20),
        2**53,
        2**63,
        2**64,
        "",
        "x",
        "\0",
        "\ud800",
        "\U0001f600",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        [1],
        [1, 2, 3],
        {"id": 1},
        "M0 0L1 1",
        "#ff0000",
        "M0 0" + "L1 1" * 500,
        [0] * 300,
        {"a": {"b": []}},
    ),
]
"""Values that stand where others belong."""


def op_id(random: Random) -> str:
    """A UUID version 7 of now."""
    now = time.time_ns() // 1_000_000
    return str(UUID(int=now << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)))


def stamp(random: Random) -> int:
    return time.time_ns() // 1_000_000 * 4096 + random.randrange(4096)


def put(random: Random) -> dict[str, Any]:
    d = f"M{random.randrange(999)} 0L{random.randrange(999)} 10.5"
    return {"op": "put", "id": op_id(random), "ts": stamp(random), "d": d, "color": "#00ff00", "width": 2}


def spoiled(random: Random, op: dict[str, Any]) -> dict[str, Any]:
    """An op or a stroke with something strange in it."""
    return {**op, random.choice([*op, "x"]): random.choice(STRANGE)}


def stroke(random: Random) -> dict[str, Any]:
    points = [random.randrange(-1000, 1000) for _ in range(random.randrange(1, 6) * 2)]
    return {"id": op_id(random), "ts": stamp(random), "color": "#0000ff80", "width": 1.5, "points": points}


def message(random: Random, peer: Peer) -> dict[str, Any]:
    """A message that a connection outlives, whatever is in it."""
    kind = random.randrange(20)
    if kind == 0:
        return {"t": "resync"}
    if kind < 3:
        return {"t": "ping", "c": random.choice([-1, -0.5, -1e300])}
    batch: dict[str, Any] = {"t": "batch", "x": random.choice(STRANGE)}
    if kind < 6:
        peer.n += random.randrange(1, 3)
        op = put(random) if kind == 3 else {"op": "del", "id": op_id(random), "ts": stamp(random)}
        batch |= {"n": peer.n, "ops": [op, spoiled(random, op), random.choice(STRANGE)][: random.randrange(4)]}
    if kind in (5, 6, 7, 8):
        begun = stroke(random)
        batch["live"] = [begun, {"id": begun["id"], "end": True}, spoiled(random, begun), random.choice(STRANGE)]
    if kind > 7:
        batch["cursor"] = random.choice([None, [random.randrange(99), 5.5], *STRANGE])
    return batch


def burst(random: Random, peer: Peer, count: int) -> bytes:
    """So many messages, some in pieces, with pings and pongs between."""
    return b"".join(_sent(random, json.dumps(message(random, peer)).encode()) for _ in range(count))


def _sent(random: Random, payload: bytes) -> bytes:
    chance = random.randrange(30)
    mask = random.randbytes(4)
    if chance == 0:
        return frame(PING, random.randbytes(random.randrange(126)), mask=mask) + frame(TEXT, payload, mask=mask)
    if chance == 1:
        cut = random.randrange(len(payload) + 1)
        first = frame(TEXT, payload[:cut], fin=False) + frame(CONT, fin=False) + frame(PONG, b"unasked")
        return first + frame(CONT, payload[cut:], mask=mask)
    return frame(TEXT, payload, mask=mask)


def _oversized(_: Random) -> bytes:
    return struct.pack("!BBQ", 0x81, 0xFF, MAX_FRAME + 1) + bytes(4)


def _oversized_in_pieces(_: Random) -> bytes:
    return frame(TEXT, b" " * MAX_FRAME, fin=False) + frame(CONT, b"x")


def _bad_length(_: Random) -> bytes:
    return b"\x81\xff" + b"\xff" * 8 + bytes(4)


def _no_json(random: Random) -> bytes:
    return text(
        random.choice(
            [b"", b"{", b"x", b"[" * 5000, b'{"t":"ping","c":NaN}', b'{"t":', b"\0", b"\xef\xbb\xbf{}", b"1e999"]
        )
    )


def _no_frame(random: Random) -> bytes:
    given = random.choice([*STRANGE, {}, {"t": 1}, {"t": None}, {"t": "welcome"}, {"t": "x" * 1000}, {"t": ["ping"]}])
    return text(given)


def _wrong_keys(random: Random) -> bytes:
    keys = [
        {"t": "batch", "ops": 1},
        {"t": "batch", "live": "x"},
        {"t": "ping"},
        {"t": "ping", "c": "1"},
        {"t": "hello"},
    ]
    return text(random.choice([*keys, {"t": "batch", "n": "1", "ops": []}, {"t": "batch", "ops": []}]))


def _bad_close_code(random: Random) -> bytes:
    return frame(
        CLOSE, struct.pack("!H", random.choice([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]))
    )


Fault = tuple[Callable[[Random], bytes], set[int]]

FAULTS: dict[str, Fault] = {
    "binary": (lambda random: frame(BINARY, random.randbytes(random.randrange(99))), {1003}),
    "binary in pieces": (lambda random: frame(BINARY, b"x", fin=False) + frame(CONT, random.randbytes(9)), {1003}),
    "no JSON": (_no_json, {4400}),
    "no frame": (_no_frame, {4400}),
    "wrong keys": (_wrong_keys, {4400}),
    "no UTF-8": (lambda random: frame(TEXT, b'{"t":"\xff' + random.randbytes(5)), {1007}),
    "no UTF-8 in pieces": (lambda _: frame(TEXT, b"\xe2\x82", fin=False) + frame(CONT, b"x"), {1007}),
    "oversized": (_oversized, {1009}),
    "oversized in pieces": (_oversized_in_pieces, {1009}),
    "a length of 2^64": (_bad_length, {1002, 1009}),
    "reserved bits": (lambda random: frame(TEXT, b"{}", rsv=random.randrange(1, 8)), {1002}),
    "an unknown opcode": (lambda random: frame(random.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), b"x"), {1002}),
    "without a mask": (lambda random: frame(random.choice([TEXT, PING, CLOSE]), b"", mask=None), {1002}),
    "nothing to continue": (lambda random: frame(CONT, b"x", fin=random.random() < 0.5), {1002}),
    "a message in a message": (lambda _: frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), {1002}),
    "a control frame in pieces": (lambda random: frame(random.choice([CLOSE, PING, PONG]), b"", fin=False), {1002}),
    "a long control frame": (lambda random: frame(random.choice([CLOSE, PING, PONG]), bytes(126)), {1002}),
    "a close of one byte": (lambda _: frame(CLOSE, b"\x03"), {1002}),
    "a close code that is none": (_bad_close_code, {1002}),
    "a close reason that is no UTF-8": (lambda _: frame(CLOSE, b"\x03\xe8\xff\xfe"), {1007}),
}
"""What is wrong, how it is sent, and the codes that are right for it."""
