"""From a record of what a server asked of the kernel: did anything leave it before the disk had it?

An op is found in the database's log by its stamp, which is its own: eight bytes in a row (and beside it its path's id,
16 bytes). It is safe where a sync of the log has returned that began after the write had ended.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from power_disk import SYNCS
from power_strace import Call

STAMP = re.compile(rb"(?<!\d)\d{16}(?!\d)")
SENDING = ("write", "writev", "sendto", "sendmsg")
UPGRADED = b"HTTP/1.1 101"

Op = dict[str, Any]
Batches = Mapping[tuple[int, int], Sequence[Op]]
"""The ops of each batch, by user and `n`; all of one room."""


@dataclass
class Order:
    """What was checked, and what left too early."""

    acks: int = 0
    shown: int = 0
    frames: int = 0
    sent: int = 0
    syncs: int = 0
    acked: set[tuple[int, int]] = field(default_factory=set)
    early: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        acks = f"acks={self.acks} batches_acked={len(self.acked)} ops_shown={self.shown} frames={self.frames}"
        return f"{acks} stamps_sent={self.sent} log_syncs={self.syncs} sent_before_its_sync={len(self.early)}"


def check(calls: Sequence[Call], batches: Batches) -> Order:
    """Look at every ack, every op in a frame, and every stamp in whatever left by a socket (to Redis, too)."""
    ops = {op["ts"]: op for sent in batches.values() for op in sent}
    syncs = [call for call in calls if call.name in SYNCS and call.path.endswith("-wal")]
    safe = {ts: place_safe(op, calls, syncs) for ts, op in ops.items()}
    order = Order(syncs=len(syncs))
    for call in calls:
        if is_sent(call):
            known = [int(digits) for digits in STAMP.findall(call.data) if int(digits) in ops]
            order.sent += len(known)
            order.early += [f"stamp {ts} left at {call.begun}" for ts in known if not safe[ts] < call.begun]
    for place, frame in frames(calls):
        order.frames += 1
        shown = [op["ts"] for op in frame.get("ops", []) if op["ts"] in ops]
        order.shown += len(shown)
        order.early += [f"op {ts} shown at {place}" for ts in shown if not safe[ts] < place]
        for user, n in frame.get("acks", []):  # it stands for all the user's batches up to n
            acked = [batch for batch in batches if batch[0] == user and batch[1] <= n]
            unsafe = [op["ts"] for batch in acked for op in batches[batch] if not settled(op, ops, safe, place)]
            order.acks += 1
            order.acked.update(acked)
            order.early += [f"ack {[user, n]} left at {place}: {unsafe}"] if unsafe else []
    return order


def settled(op: Op, ops: Mapping[int, Op], safe: Mapping[int, float], place: int) -> bool:
    """Is an op safe at a place? Or one that beats it: then it need not be written at all."""
    rivals = (ts for ts, other in ops.items() if ts >= op["ts"] and other.get("id") in (op.get("id"), None))
    return any(safe[ts] < place for ts in rivals)


def place_safe(op: Op, calls: Sequence[Call], syncs: Sequence[Call]) -> float:
    """Where a sync had returned that began after the op was written; infinity if there is none."""
    marks = [op["ts"].to_bytes(8, "big")] + ([UUID(op["id"]).bytes] if "id" in op else [])
    logs = (call for call in calls if call.name == "pwrite64" and call.path.endswith("-wal"))
    written = next((call.ended for call in logs if all(mark in call.data for mark in marks)), None)
    if written is None:
        return float("inf")
    return min((sync.ended for sync in syncs if sync.begun > written), default=float("inf"))


def is_sent(call: Call) -> bool:
    """Does it send bytes by a socket?"""
    return call.name in SENDING and call.path.startswith("socket:")


def frames(calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
    """Every WebSocket message of the server, with the place where its first byte began to leave."""
    streams: dict[str, list[Call]] = {}
    for call in calls:
        if is_sent(call):
            stream = streams.setdefault(call.path, [])
            if call.data.startswith(UPGRADED):
                stream.clear()
            stream.append(call)
    for stream in streams.values():
        if stream[0].data.startswith(UPGRADED):
            yield from _frames(stream)


def _frames(stream: Sequence[Call]) -> Iterator[tuple[int, Any]]:
    """RFC 6455, section 5.2: a server's frames are not masked; ours are not fragmented."""
    data = b"".join(call.data for call in stream)
    starts = [call.begun for call in stream for _ in call.data]
    at = data.index(b"\r\n\r\n") + 4
    while at + 2 <= len(data):
        kind, length = data[at] & 15, data[at + 1]
        head = 2 + {126: 2, 127: 8}.get(length, 0)
        if head > 2:
            length = int.from_bytes(data[at + 2 : at + head], "big")
        if kind == 1:
            yield starts[at], msgspec.json.decode(data[at + head : at + head + length])
        at += head + length
