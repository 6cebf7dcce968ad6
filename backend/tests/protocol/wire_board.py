"""The drawing as the protocol defines it (W1 to W4, S6), written from its text alone to be held against a server."""

from collections.abc import Iterable
from typing import Any

Op = dict[str, Any]
Rank = tuple[int, bool, str, str, float]


def rank(op: Op) -> Rank:
    """What decides between two ops of one id: the greater one stands (W1, W3)."""
    if op.get("op") == "del":
        return op["ts"], True, "", "", 0.0
    return op["ts"], False, op["d"], op["color"], op["width"]


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, of an ASCII string."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


class Board:
    """Every path, tombstone and the greatest clear that somebody has been shown."""

    def __init__(self, paths: Iterable[Op] = (), cleared: int = 0) -> None:
        self.cleared = cleared
        self.records: dict[str, Op] = {path["id"]: {"op": "put", **path} for path in paths}

    def loses(self, op: Op) -> bool:
        """Has the op lost to what stands (rather than being what stands)?"""
        if op["op"] == "clear":
            return bool(op["ts"] < self.cleared)
        record = self.records.get(op["id"])
        return op["ts"] <= self.cleared or (record is not None and rank(op) < rank(record))

    def holds(self, op: Op) -> bool:
        """Would merging the op change nothing?"""
        if op["op"] == "clear":
            return bool(op["ts"] <= self.cleared)
        record = self.records.get(op["id"])
        return op["ts"] <= self.cleared or (record is not None and rank(op) <= rank(record))

    def merge(self, op: Op) -> None:
        """Apply an op."""
        if self.holds(op):
            return
        if op["op"] == "clear":
            self.cleared = op["ts"]
            self.records = {key: record for key, record in self.records.items() if record["ts"] > op["ts"]}
        else:
            self.records[op["id"]] = op

    @property
    def paths(self) -> dict[str, Op]:
        """The paths by id, in the order in which they are drawn (W6)."""
        live = ((key, record) for key, record in sorted(self.records.items()) if record["op"] == "put")
        return {key: {name: record[name] for name in ("id", "ts", "d", "color", "width")} for key, record in live}

    @property
    def check(self) -> dict[str, int]:
        """Count and check sum (S6)."""
        paths = self.paths.values()
        return {"count": len(paths), "sum": sum(fnv1a(f"{path['id']}:{path['ts']}") for path in paths) % 2**32}


def merged(ops: Iterable[Op]) -> Board:
    """The board that some ops give, in whatever order."""
    board = Board()
    for op in ops:
        board.merge(op)
    return board
