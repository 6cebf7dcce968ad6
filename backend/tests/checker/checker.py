"""Decides whether a history keeps the protocol's promises. It knows the protocol only, nothing of the server's code.

What is checked, by rule:

- **C1, S1** A connection begins with a welcome. `full` is followed by the parts of one snapshot of the welcome's epoch
  and seq, with nothing between; `delta` comes to a `since` of the same epoch that is not ahead, and is followed by one
  tick from `since.seq + 1` to the welcome's seq, if anything was missed. Other snapshots were asked for.
- **S2** `seq` and `from` go with `ops`, and every tick begins where the last one, or the snapshot, ended. In the end
  everybody connected is at the same seq of the same epoch.
- **S3, same ops** A seq *names* the ops that a tick of that seq alone (`from` = `seq`, after the welcome's) showed to
  anybody under that epoch. (Where two such ticks name different ops on one id, the older one counts: a replica that
  was loaded ahead of its seq shows what stands by then.) After every tick, delta or snapshot that covers a seq, each
  op that it names stands at that client or is beaten there, unless it is *overruled*: anybody was ever shown what
  beats it. (S1, where the delta or the snapshot lacks it.)
- **S3, no losers** An op in a tick is beaten neither by what its client was shown (that tick included), nor by what an
  earlier seq of the epoch named, whoever was shown that.
- **S4** An ack names a batch of its connection and does not go back. Each op that it covers was refused before, or
  stands or is beaten at the client, or somebody had made what beats it. No refusal comes after its ack. Whenever the
  database was read, it held (or had beaten) everything shown to anybody and everything acknowledged before that. In
  the end, every batch of who is still connected is acknowledged or refused.
- **S5** In the end each client displays what is confirmed.
- **S6** A check is that of the client's confirmed state right after its tick.
- **S9** A new epoch on a living connection lacks no path that it was shown, unless somebody had made a del or clear
  that beats it.
- **W1, V2** Whatever is shown or stored was made by somebody before, and not refused to all who made it, or is what P4
  makes of the first pieces of a stroke that some connection had sent.
- **W2** A snapshot holds no path at or below its own clear.
- **W4** The whole history, merged without any order, equals what each client confirmed, what a newcomer is shown, the
  database and the exported file (H7). It consists of every op that was acknowledged, shown or found in the database;
  any other op may as well never have arrived.
- **P1, P3, P4** In the end everybody connected knows of the same users, those who are connected; no stroke is under
  way that nobody draws; what the author of a stroke was shown of it when its connection ended is a path (or was
  removed). Connections to a server that was killed on purpose are exempt from the last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checker.drawing import Drawing, Op, put_of
from checker.ending import Ending
from checker.history import HistoryEvent
from checker.line import Line
from checker.survey import Survey

LINE = {"send", "receive", "ack", "close"}
"""What clients go on doing after the rest is not looked at."""


@dataclass(frozen=True)
class Violation:
    """A broken rule: its number, the place in the history (an index), whom it concerns, and what is wrong, in words."""

    rule: str
    place: int
    who: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule}, event {self.place}, {self.who}: {self.words}"


def check(events: Iterable[HistoryEvent]) -> list[Violation]:
    """Every violation in a history, in the order of the history."""
    return Checker(list(events)).run()


class Checker:
    """One walk through a history."""

    def __init__(self, events: list[HistoryEvent]) -> None:
        self._events = events
        self._survey = Survey(events)
        self._lines: dict[str, Line] = {}
        self._kept = Drawing()
        self._certain: list[Op] = []
        self._ending = Ending(self._lines, self._certain, self._report)
        self._place = 0
        self._who = ""
        self._violations: list[Violation] = []

    def run(self) -> list[Violation]:
        """Walk."""
        at = float("-inf")
        for place, event in enumerate(self._events):
            self._place, self._who = place, event["who"]
            if event["at"] < at:
                self._report("clock", "the history's clock went back: its order means nothing")
            at = event["at"]
            if not (self._ending.rests and event["do"] in LINE):
                self._take(event)
        self._ending.judge()
        return self._violations

    def _take(self, event: HistoryEvent) -> None:
        match event["do"]:
            case "send":
                self._line().send(event["frame"], event.get("server", ""))
            case "receive":
                self._line().receive(event["frame"])
            case "ack":
                self._line().note_ack(event["n"])
            case "close":
                self._line().close()
            case "stored":
                self._stored(event)
                self._ending.take(event, self._place)
            case "fault" | "rest" | "view" | "export":
                self._ending.take(event, self._place)

    def _line(self) -> Line:
        line = self._lines.get(self._who)
        if line is None:
            line = self._lines[self._who] = Line(self._who, self._survey, self._report, self._keep)
        line.place = self._place
        return line

    def _keep(self, op: Op) -> None:
        if not self._kept.holds(op):
            self._kept.add(op)
        self._certain.append(op)

    def _stored(self, event: dict[str, Any]) -> None:
        """S4: what was shown or acknowledged is on disk. W1: nothing else is there than what was made."""
        ops = stored_ops(event)
        disk = Drawing(ops)
        for op in self._kept.ops():
            if not disk.holds(op):
                self._report("S4", f"{op} was shown or acknowledged, and is not in the database")
        for op in ops:
            if not self._survey.is_made(op, self._place):
                self._report("W1", f"{op} is in the database, and nobody has made it")
            self._certain.append(op)

    def _report(self, rule: str, words: str, who: str | None = None, place: int | None = None) -> None:
        self._violations.append(Violation(rule, self._place if place is None else place, who or self._who, words))


def stored_ops(event: dict[str, Any]) -> list[Op]:
    """What stands in the database, as ops."""
    cleared = [{"op": "clear", "ts": event["cleared"]}] if event["cleared"] else []
    gone = [{"op": "del", "id": path_id, "ts": ts} for path_id, ts in event["tombstones"]]
    return [*cleared, *gone, *map(put_of, event["paths"])]
