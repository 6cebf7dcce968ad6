"""People who use the model of a server at random, and write a history of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from checker.drawing import Drawing, Op, put_of
from checker.history import History, HistoryEvent
from checker.model_server import Member, Server

Frame = dict[str, Any]
ACTS = {"edit": 40, "tick": 30, "hear": 30, "stroke": 10, "break": 6, "look": 4, "resync": 3, "renew": 1}
COLORS = ("#000000", "#1d3557", "#ff000080")


@dataclass(eq=False)
class Person:
    """One client: its state, and what it has sent without an ack."""

    name: str
    member: Member | None = None
    confirmed: Drawing = field(default_factory=Drawing)
    parts: list[Op] = field(default_factory=list)
    since: Frame | None = None
    n: int = 0
    pending: dict[int, list[Op]] = field(default_factory=dict)


class Play:
    """One seed's play. `server.struck` tells afterwards whether the planted fault has happened."""

    def __init__(self, seed: int, fault: str = "", people: int = 4) -> None:
        clock = count()
        self.history = History(lambda: float(next(clock)))
        self._chance = Random(seed)
        self.server = Server(self._chance, fault)
        self._stamps = count(1000)
        self._ids = count(1)
        self._made: list[Op] = []
        self._people = [Person(f"Person {number}") for number in range(people)]

    def run(self, steps: int = 150) -> list[HistoryEvent]:
        """Play, come to rest, and give the history."""
        for person in self._people:
            self._connect(person)
        for act in self._chance.choices(list(ACTS), list(ACTS.values()), k=steps):
            getattr(self, f"_{act}")(self._chance.choice(self._people))
        self._rest()
        return self.history.events

    def _rest(self) -> None:
        for person in self._people:
            if person.member is None:
                self._connect(person)
            self._end_strokes(person)
        self._people.append(Person("Newcomer"))
        self._connect(self._people[-1])
        for _ in range(4):
            for process in self.server.processes:
                self.server.tick(process)
            for person in self._people:
                self._hear(person)
        self.history.note("everybody", "rest")
        for person in self._people:
            self.history.note(person.name, "view", paths=list(person.confirmed.paths().values()))
        self._look(person)
        self.history.note("file", "export", svg=_exported(self.server.disk.paths().values()))

    # Acts.

    def _edit(self, person: Person) -> None:
        ops = [self._op() for _ in range(self._chance.choice((1, 1, 2, 5)))]
        self._made += ops
        for op in ops:
            self.history.note(person.name, "invoke", op=op)
        person.n += 1
        person.pending[person.n] = ops
        self._send(person, {"t": "batch", "n": person.n, "ops": ops})

    def _op(self) -> Op:
        recent = [op for op in self._made[-25:] if op["op"] != "clear"] or [{"id": self._new_id(), "ts": 1}]
        known, kind, ts = self._chance.choice(recent), self._chance.random(), next(self._stamps)
        if kind < 0.03:
            return {"op": "clear", "ts": ts - 8}
        if kind < 0.18:
            return {"op": "del", "id": known["id"], "ts": self._chance.choice((ts, ts, known["ts"]))}
        if kind < 0.25 and len(known) > 2:
            return known
        path_id = known["id"] if kind < 0.6 else self._new_id()
        stamp = known["ts"] if kind < 0.35 else ts - self._chance.choice((0, 0, 0, 12))
        d, color = f"M0 0L{self._chance.randrange(9)} 1", self._chance.choice(COLORS)
        width = self._chance.choice((1, 2.5, 10))
        return {"op": "put", "id": path_id, "ts": stamp, "d": d, "color": color, "width": width}

    def _new_id(self) -> str:
        return f"018f0000-0000-7000-8000-{next(self._ids):012x}"

    def _stroke(self, person: Person) -> None:
        if person.member is None:
            return
        drawing = person.member.pen.under_way()
        if drawing and self._chance.random() < 0.3:
            self._end_strokes(person)
            return
        path_id, stroke = next(iter(drawing.items()), (self._new_id(), None))
        ts = stroke.ts if stroke else next(self._stamps)
        points = [self._chance.randrange(9) + 0.25, 3.0004]
        piece = {"id": path_id, "ts": ts, "color": "#00ff00", "width": 3, "points": points}
        self._send(person, {"t": "batch", "live": [piece]})

    def _end_strokes(self, person: Person) -> None:
        ends = [{"id": path_id, "end": True} for path_id in person.member.pen.under_way()] if person.member else []
        if ends:
            self._send(person, {"t": "batch", "live": ends})

    def _break(self, person: Person) -> None:
        if person.member is None:
            self._connect(person)
            return
        self.history.note(person.name, "close", code=1006, reason="")
        self.server.leave(person.member)
        person.member = None

    def _resync(self, person: Person) -> None:
        if person.member:
            self.history.note(person.name, "send", frame={"t": "resync"})
            self.server.resync(person.member)

    def _tick(self, _person: Person) -> None:
        self.server.tick(self._chance.choice(self.server.processes))

    def _renew(self, _person: Person) -> None:
        self.server.renew()

    def _look(self, _person: Person) -> None:
        disk = self.server.disk
        gone = [[op["id"], op["ts"]] for op in disk.standing.values() if op["op"] == "del"]
        paths = list(disk.paths().values())
        self.history.note("disk", "stored", paths=paths, tombstones=gone, cleared=disk.cleared)

    # The line.

    def _connect(self, person: Person) -> None:
        """Say hello somewhere, and send again what is not acknowledged (S5)."""
        process = self._chance.choice(self.server.processes)
        hello = {"t": "hello", "since": person.since} if person.since else {"t": "hello"}
        self.history.note(person.name, "send", frame=hello, server=process.name)
        person.member = self.server.enter(process, person.since)
        waiting = [op for ops in person.pending.values() for op in ops]
        person.n, person.pending, person.parts = 0, {}, []
        if waiting:
            person.n, person.pending = 1, {1: waiting}
            self._send(person, {"t": "batch", "n": 1, "ops": waiting})

    def _send(self, person: Person, frame: Frame) -> None:
        if person.member:
            self.history.note(person.name, "send", frame=frame)
            self.server.batch(person.member, frame)

    def _hear(self, person: Person) -> None:
        news = person.member.news if person.member else []
        while news:
            frame = news.pop(0)
            self.history.note(person.name, "receive", frame=frame)
            self._follow(person, frame)

    def _follow(self, person: Person, frame: Frame) -> None:
        if frame["t"] == "snapshot":
            person.parts += map(put_of, frame["paths"])
            if not frame["more"]:
                person.confirmed = Drawing(person.parts, frame["cleared"])
                person.since, person.parts = {"epoch": frame["epoch"], "seq": frame["seq"]}, []
        if frame.get("ops") is not None and person.since:
            person.since = {**person.since, "seq": frame["seq"]}
            for op in frame["ops"]:
                person.confirmed.add(op)
        for user, n in frame.get("acks", ()):
            if person.member and user == person.member.user:
                person.pending = {number: ops for number, ops in person.pending.items() if number > n}
                self.history.note(person.name, "ack", n=n)


def _exported(paths: Iterable[Op]) -> str:
    """A file of the paths as H7 has it, in their order."""
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for path in paths:
        alpha = f' stroke-opacity="{int(path["color"][7:], 16) / 255:.3f}"' if len(path["color"]) == 9 else ""
        stroke = f'stroke="{path["color"][:7]}" stroke-width="{path["width"]}"{alpha}'
        lines.append(f'<path d="{path["d"]}" {stroke}/>')
    return "\n".join([*lines, "</svg>"])
