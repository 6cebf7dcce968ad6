"""A tiny server of one room, in memory and correct, that can be broken on purpose.

Its two processes share a log (what Redis is to the real ones) and a disk. `fault` names the one thing that goes wrong.
"""

from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from checker.drawing import Drawing, Op, key, weight
from checker.survey import Pen

Frame = dict[str, Any]


class Board(Drawing):
    """A drawing that may be merged wrongly: ties go the other way (`flipped`), or what comes last stands (`hasty`)."""

    flipped = False
    hasty = False

    def holds(self, op: Op) -> bool:
        """Does the op stand, or has it lost?"""
        rival = self.standing.get(op.get("id", ""))
        if op["op"] == "clear" or rival is None or op["ts"] <= self.cleared:
            return super().holds(op)
        if self.hasty:
            return key(rival) == key(op)
        if self.flipped and rival["ts"] == op["ts"]:
            return weight(rival) <= weight(op)
        return super().holds(op)

    def beats(self, op: Op) -> bool:
        """Has the op lost?"""
        rival = self.standing.get(op.get("id", ""))
        return super().beats(op) if rival is None else self.holds(op) and key(rival) != key(op)


@dataclass(eq=False)
class Member:
    """A connection as the server knows it; `news` is on its way to the client."""

    user: int
    process: "Process"
    pen: Pen = field(default_factory=Pen)
    news: list[Frame] = field(default_factory=list)


class Process:
    """A server process: a replica at `seq`, and what its connections have sent since its last tick."""

    def __init__(self, name: str, board: Board) -> None:
        self.name = name
        self.board = board
        self.seq = 0
        self.deaf = False
        self.members: list[Member] = []
        self.gathered: list[Op] = []
        self.owing: list[tuple[Member, int]] = []


class Server:
    """The room. `struck` tells whether the fault has happened."""

    def __init__(self, chance: Random, fault: str = "") -> None:
        self.fault = fault
        self.struck = False
        self.disk = self._board()
        self.log: list[list[Op]] = []
        self.processes = [Process("one", self._board()), Process("two", self._board())]
        self._chance = chance
        self._users = count(1)
        self._epochs = count(1)
        self._epoch = "epoch 0"

    # Connections.

    def enter(self, process: Process, since: Frame | None) -> Member:
        """A connection comes."""
        member = Member(next(self._users), process)
        for other in self._members():
            other.news.append({"t": "tick", "joined": [{"user": member.user}]})
        process.members.append(member)
        member.news = self._greeting(member, since)
        return member

    def leave(self, member: Member) -> None:
        """A connection breaks; what it was drawing is kept (P4)."""
        process = member.process
        process.members.remove(member)
        process.owing = [(other, n) for other, n in process.owing if other is not member]
        for other in self._members():
            other.news.append({"t": "tick", "left": [member.user]})
        for path_id, stroke in member.pen.under_way().items():
            puts = list(stroke.puts(path_id))
            if puts and not self._strikes("a stroke lost with its connection"):
                process.gathered.append(puts[-1])

    def batch(self, member: Member, batch: Frame) -> None:
        """A connection sends a batch."""
        ops, process = batch.get("ops", []), member.process
        member.pen.send(batch)
        process.gathered += ops
        if ops and self._strikes("an invented path"):
            process.gathered.append({**INVENTED, "ts": ops[0]["ts"]})
        if "n" in batch:
            process.owing.append((member, batch["n"]))
            if self._strikes("an ack before the commit"):
                member.news.append({"t": "tick", "acks": [[member.user, batch["n"]]]})
        live = [[member.user, piece] for piece in batch.get("live", ())]
        for other in self._members() if live else ():
            other.news.append({"t": "tick", "live": live})

    def resync(self, member: Member) -> None:
        """A connection asks for the drawing."""
        member.news += self._snapshot(member.process)

    def renew(self) -> None:
        """S9: the live state is lost, and made anew from the disk."""
        for process in self.processes:
            self.tick(process)
        self._epoch, self.log = f"epoch {next(self._epochs)}", []
        forgetful = self._strikes("a forgotten tombstone")
        stale = self._strikes("an epoch that begins with an old drawing")
        for process in self.processes:
            kept = [op for op in self.disk.ops() if not (forgetful and op["op"] == "del")]
            process.board, process.seq = self._board(kept[:-1] if stale else kept), 0
        for member in self._members():
            member.news += self._greeting(member, None)

    def _members(self) -> list[Member]:
        return [member for process in self.processes for member in process.members]

    def _greeting(self, member: Member, since: Frame | None) -> list[Frame]:
        process = member.process
        users = [{"user": other.user} for other in self._members()]
        welcome = {"t": "welcome", "user": member.user, "epoch": self._epoch, "seq": process.seq, "users": users}
        welcome["live"] = self._live()
        if since is None or since["epoch"] != self._epoch or since["seq"] > process.seq:
            return [{**welcome, "sync": "full"}, *self._snapshot(process)]
        missed = [op for ops in self.log[since["seq"] : process.seq] for op in ops]
        ops = [op for op in unique(missed) if not process.board.beats(op)]
        if ops and self._strikes("a delta that lacks an op"):
            ops.pop()
        tick = {"t": "tick", "from": since["seq"] + 1, "seq": process.seq, "ops": ops}
        return [{**welcome, "sync": "delta"}, *([tick] if since["seq"] < process.seq else [])]

    def _live(self) -> list[list[Any]]:
        strokes = [(m.user, path_id, stroke) for m in self._members() for path_id, stroke in m.pen.under_way().items()]
        return [
            [user, {"id": path_id, "ts": stroke.ts, "points": list(stroke.points)}] for user, path_id, stroke in strokes
        ]

    def _snapshot(self, process: Process) -> list[Frame]:
        paths = [dict(op) for op in process.board.paths().values()]
        if paths and self._strikes("a stale snapshot"):
            paths.pop(self._chance.randrange(len(paths)))
        half = len(paths) // 2
        head = {"t": "snapshot", "epoch": self._epoch, "seq": process.seq, "cleared": process.board.cleared}
        return [{**head, "paths": paths[:half], "more": True}, {**head, "paths": paths[half:], "more": False}]

    # Ticks.

    def tick(self, process: Process) -> None:
        """Commit what was gathered, publish it, and show what has arrived by then."""
        ops, process.gathered = unique(process.gathered), []
        if ops and self._strikes("a swallowed op"):
            ops.pop()
        self._commit([op for op in ops if not process.board.beats(op)])
        owing, process.owing = process.owing, []
        newest = dict(owing)
        self._show(process, [[member.user, n] for member, n in newest.items()])

    def _commit(self, ops: list[Op]) -> None:
        if not ops:
            return
        if not self._strikes("shown, and never committed"):
            for op in ops:
                self.disk.add(op)
        self.log.append(ops)

    def _show(self, process: Process, acks: list[list[int]]) -> None:
        deafens = process is self.processes[1] and len(self.log) > process.seq
        process.deaf = process.deaf or (deafens and self._strikes("a lost resubscribe"))
        news = [] if process.deaf else self.log[process.seq :]
        frame: Frame = {"t": "tick"}
        if news:
            shown = self._merge(process.board, [op for ops in news for op in ops])
            frame |= {"from": process.seq + 1, "seq": process.seq + len(news), "ops": shown}
            frame["check"] = self._check(process)
            process.seq += len(news)
        if acks and not self._strikes("a lost ack"):
            frame["acks"] = acks
        for member in process.members if len(frame) > 1 else ():
            member.news.append(self._elsewhere(frame, process))

    def _merge(self, board: Board, ops: list[Op]) -> list[Op]:
        spared = list(board.paths().values())[:1]
        for op in ops:
            board.add(op)
        if spared and board.beats(spared[0]) and self._strikes("a clear that spares a path"):
            board.standing[spared[0]["id"]] = spared[0]
        beaten = [op for earlier in self.log[:-1] for op in earlier if op["op"] == "put" and board.beats(op)]
        if beaten and self._strikes("a double apply"):
            board.standing[beaten[0]["id"]] = beaten[0]
            ops = [*ops, beaten[0]]
        shown = [op for op in unique(ops) if not board.beats(op)]
        return unique(ops) if len(shown) < len(unique(ops)) and self._strikes("a losing op shown") else shown

    def _check(self, process: Process) -> dict[str, int]:
        check = process.board.check()
        return {**check, "sum": check["sum"] ^ 1} if self._strikes("a wrong check sum") else check

    def _elsewhere(self, frame: Frame, process: Process) -> Frame:
        if frame.get("ops") and process is self.processes[1] and self._strikes("a seq with other ops elsewhere"):
            return {name: value for name, value in frame.items() if name != "check"} | {"ops": frame["ops"][1:]}
        return frame

    # Faults.

    def _strikes(self, fault: str) -> bool:
        """Is this the moment? The planted fault takes one chance in three."""
        if self.fault != fault or self._chance.random() < 0.66:
            return False
        self.struck = True
        return True

    def _board(self, ops: list[Op] | tuple[Op, ...] = ()) -> Board:
        board = Board()
        board.flipped = self.fault == "a tie decided the other way"
        board.hasty = self.fault == "a merge that depends on the order"
        self.struck = self.struck or board.flipped or board.hasty
        for op in ops:
            board.add(op)
        return board


INVENTED = {"op": "put", "id": "018f0000-0000-7000-8000-ffffffffffff", "d": "M9 9Z", "color": "#00ff00", "width": 1}


def unique(ops: list[Op]) -> list[Op]:
    """Each op once."""
    return list({key(op): op for op in ops}.values())
