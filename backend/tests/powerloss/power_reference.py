"""What must stand: the rules of the board in a few lines of their own, applied to what was told as asked."""

from dataclasses import dataclass, field
from typing import Any

Line = dict[str, Any]


@dataclass
class Drawing:
    """A room as stored: every register is (ts, d, color, width), or (ts,) for a tombstone."""

    session: str
    users: int = 0
    cleared: int = 0
    records: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def apply(self, op: Line) -> None:
        """W1, W2, for ops whose stamps are all different."""
        if op["ts"] <= self.cleared:
            return
        if op["op"] == "clear":
            self.cleared = op["ts"]
            self.records = {path: record for path, record in self.records.items() if record[0] > self.cleared}
        elif op["ts"] > self.records.get(op["id"], (0,))[0]:
            values = (op["d"], op["color"], op["width"]) if op["op"] == "put" else ()
            self.records[op["id"]] = (op["ts"], *values)

    def copy(self) -> "Drawing":
        """The same, to be changed apart."""
        return Drawing(self.session, self.users, self.cleared, dict(self.records))


Drawings = dict[str, Drawing]
"""The rooms of one stream, by id."""
Found = dict[str, Drawings]
"""Every room, by stream."""


@dataclass
class Ledger:
    """One stream's commits: what was asked, in order, and how many of those have returned.

    One thread writes, in the order of asking: if one has returned, so have those before it.
    """

    base: Drawings
    asked: list[Line] = field(default_factory=list)
    returned: int = 0
    applied: int = 0

    def hear(self, line: Line, made: dict[int, Line]) -> None:
        """Take in what was told; `made` is what each commit of this stream made by the end."""
        if "asked" in line:
            self.asked.append(line["asked"] | made.get(line["n"], {}))
        elif "returned" in line:
            self.returned = max(self.returned, line["n"] + 1)

    def acknowledged(self) -> Drawings:
        """What everything that has returned makes together."""
        while self.applied < self.returned:
            commit(self.base, self.asked[self.applied])
            self.applied += 1
        return self.base

    def possible(self) -> list[Drawings]:
        """All that may be found: what is acknowledged, and any number of the commits under way, in order."""
        states = [self.acknowledged()]
        for asked in self.asked[self.returned :]:
            states.append({room: drawing.copy() for room, drawing in states[-1].items()})
            commit(states[-1], asked)
        return states


def commit(rooms: Drawings, asked: Line) -> None:
    """Do what one commit does."""
    if asked["kind"] == "create":
        rooms[asked["room"]] = Drawing(asked["session"])
    elif asked["kind"] == "activity":
        rooms[asked["room"]].users = asked["users"]
    else:
        for room, ops in asked["ops"].items():
            for op in ops:
                rooms[room].apply(op)


def edits_lost(acknowledged: Drawings, found: Drawings) -> int:
    """How many rooms, clears and registers that are acknowledged are missing, or stand as they were before."""
    lost = 0
    for room, drawing in acknowledged.items():
        there = found.get(room, Drawing(""))
        lost += room not in found or there.cleared < drawing.cleared
        for path, record in drawing.records.items():
            has = there.records.get(path)
            lost += record[0] > there.cleared and (has is None or has[0] < record[0])
    return lost


def copies(found: Found) -> Found:
    """The same drawings, to be changed apart."""
    return {stream: {room: drawing.copy() for room, drawing in rooms.items()} for stream, rooms in found.items()}
