"""What a drawing is (W1 to W4, S6) and what becomes of a broken line's stroke (P4), written from the protocol alone.

Ops are plain dicts as on the wire: `put` (`id`, `ts`, `d`, `color`, `width`), `del` (`id`, `ts`), `clear` (`ts`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

Op = dict[str, Any]
Key = tuple[Any, ...]

PATH_FIELDS = ("id", "ts", "d", "color", "width")


def weight(op: Op) -> tuple[int, int, str, str, float]:
    """W1, W3: of two ops on one id the heavier one stands."""
    if op["op"] == "del":
        return op["ts"], 1, "", "", 0.0
    return op["ts"], 0, op["d"], op["color"], float(op["width"])


def key(op: Op) -> Key:
    """What makes two ops the same op."""
    return (op["ts"],) if op["op"] == "clear" else (op["id"], *weight(op))


def put_of(path: Op) -> Op:
    """The put that makes a path."""
    return {"op": "put", **{field: path[field] for field in PATH_FIELDS}}


class Drawing:
    """The ops that stand, each path's and the greatest clear, as they become known one after another."""

    def __init__(self, ops: Iterable[Op] = (), cleared: int = 0) -> None:
        self.cleared = cleared
        self.standing: dict[str, Op] = {}
        for op in ops:
            self.add(op)

    def beats(self, op: Op) -> bool:
        """Has the op lost to another that stands?"""
        if op["op"] == "clear":
            return bool(op["ts"] < self.cleared)
        rival = self.standing.get(op["id"])
        return op["ts"] <= self.cleared or (rival is not None and weight(rival) > weight(op))

    def holds(self, op: Op) -> bool:
        """Does the op stand, or has it lost?"""
        if op["op"] == "clear":
            return bool(op["ts"] <= self.cleared)
        rival = self.standing.get(op["id"])
        return op["ts"] <= self.cleared or (rival is not None and weight(rival) >= weight(op))

    def reflects(self, op: Op) -> bool:
        """Is the drawing as if the op was in it? Snapshots tell of no tombstones: the path is just absent."""
        return self.holds(op) or (op["op"] == "del" and op["id"] not in self.standing)

    def add(self, op: Op) -> None:
        """Take one op in."""
        if self.holds(op):
            return
        if op["op"] == "clear":
            self.cleared = op["ts"]
            self.standing = {path_id: other for path_id, other in self.standing.items() if other["ts"] > op["ts"]}
        else:
            self.standing[op["id"]] = op

    def ops(self) -> list[Op]:
        """The ops that stand: merging them gives this drawing."""
        head = [{"op": "clear", "ts": self.cleared}] if self.cleared else []
        return head + list(self.standing.values())

    def paths(self) -> dict[str, Op]:
        """The puts that stand, in the order of W6."""
        return {path_id: op for path_id, op in sorted(self.standing.items()) if op["op"] == "put"}

    def check(self) -> dict[str, int]:
        """Count and check sum (S6)."""
        paths = self.paths().values()
        return {"count": len(paths), "sum": sum(fnv1a(f"{path['id']}:{path['ts']}") for path in paths) % 2**32}


def merged(ops: Iterable[Op]) -> Drawing:
    """W1 to W3 word by word, without any order: the greatest clear, and the heaviest op of each id above it."""
    listed = list(ops)
    drawing = Drawing(cleared=max((op["ts"] for op in listed if op["op"] == "clear"), default=0))
    above = [op for op in listed if op["op"] != "clear" and op["ts"] > drawing.cleared]
    drawing.standing = {op["id"]: op for op in sorted(above, key=weight)}
    return drawing


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits, of an ASCII string."""
    value = 2166136261
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 16777619 % 2**32
    return value


def spelled(points: Sequence[float]) -> str:
    """P4: the path through `x, y, x, y, …`, its numbers rounded as V1 has them."""
    numbers = [_number(value) for value in points]
    return "M" + "L".join(f"{x} {y}" for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
