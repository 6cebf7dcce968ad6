"""Follows one client through the history, frame by frame, and reports every rule that a frame breaks."""

from collections.abc import Callable
from typing import Any

from checker.drawing import Drawing, Op, put_of
from checker.survey import Survey
from checker.visit import Visit

Frame = dict[str, Any]
Report = Callable[[str, str], None]


class Line:
    """A client over all its connections. `confirmed` is what snapshots and ticks have shown it (S5), None before that.

    `keep` takes every op that must be on disk by now: it was shown, or acknowledged.
    """

    def __init__(self, who: str, survey: Survey, report: Report, keep: Callable[[Op], None]) -> None:
        self.who = who
        self.confirmed: Drawing | None = None
        self.epoch = ""
        self.seq = -1
        self.visit: Visit | None = None
        self.lost: list[Visit] = []
        self.users: set[int] = set()
        self.strokes: dict[str, tuple[int, int]] = {}
        self.place = 0
        self._survey = survey
        self._report = report
        self._keep = keep
        self._parts: list[Op] | None = None
        self._parts_of: tuple[str, int] = ("", -1)
        self._cleared = 0

    @property
    def in_step(self) -> bool:
        """Is it connected, and has all come that was announced?"""
        ready = self.visit is not None and self.visit.user is not None and self.visit.missed is None
        return ready and self._parts is None and self.confirmed is not None

    # What the client does.

    def send(self, frame: Frame, server: str) -> None:
        """Follow a frame that the client sends."""
        if frame["t"] == "hello":
            self._hello(frame, server)
        elif self.visit is None:
            self._report("C1", f"a {frame['t']} before the hello")
        elif frame["t"] == "resync":
            self.visit.asked += 1
        elif frame["t"] == "batch":
            self.visit.pen.send(frame)
            if "n" in frame:
                self.visit.sent[frame["n"]] = frame.get("ops", [])

    def note_ack(self, n: int) -> None:
        """The client took its batches up to `n` for acknowledged."""
        if self.visit is None or n not in self.visit.acks:
            self._report("S4", f"the client takes batch {n} for acknowledged, and was not told so")

    def close(self) -> None:
        """The connection is over; what it was drawing is to be kept (P4)."""
        if self.visit:
            self.lost.append(self.visit)
        self.visit, self._parts = None, None

    def _hello(self, frame: Frame, server: str) -> None:
        self.close()
        since = frame.get("since")
        if since and (since["epoch"], since["seq"]) != (self.epoch, self.seq):
            self._report("S1", f"since {since}, but the client has seq {self.seq} of epoch {self.epoch}")
        self.visit = Visit(server, since)

    # What comes.

    def receive(self, frame: Frame) -> None:
        """Follow a frame that the client was sent."""
        kind = frame["t"]
        if self.visit is None:
            self._report("C1", f"a {kind} without a connection")
            return
        if self.visit.user is None and kind != "welcome":
            self._report("S1", f"a {kind} before the welcome")
            return
        if self._parts is not None and kind != "snapshot":
            self._report("S1", f"a {kind} where a snapshot was announced")
            self._parts = None
        follow = getattr(self, f"_on_{kind}", None)
        if follow:
            follow(self.visit, frame)

    def _on_welcome(self, visit: Visit, frame: Frame) -> None:
        first = visit.user is None
        visit.user = frame["user"]
        self.users = {each["user"] for each in frame.get("users", ())}
        if visit.user not in self.users:
            self._report("P1", "welcome.users lacks the client itself")
        self.strokes = {}
        self._follow_live(visit, frame)
        if frame["sync"] == "full":
            visit.missed = None
            self._parts, self._parts_of = [], (frame["epoch"], frame["seq"])
        else:
            self._delta(visit, frame, first=first)

    def _delta(self, visit: Visit, frame: Frame, *, first: bool) -> None:
        since = visit.since
        if not first or since is None or since["epoch"] != frame["epoch"] or since["seq"] > frame["seq"]:
            self._report("S1", f"a delta to seq {frame['seq']} of epoch {frame['epoch']} does not follow from {since}")
            return
        visit.missed = frame["seq"] if since["seq"] < frame["seq"] else None
        visit.has_state = True

    def _on_snapshot(self, visit: Visit, frame: Frame) -> None:
        place = (frame["epoch"], frame["seq"])
        if self._parts is None:
            if not visit.asked:
                self._report("S1", "a snapshot that was neither announced nor asked for")
            visit.asked = max(0, visit.asked - 1)
            self._parts, self._parts_of = [], (self.epoch, frame["seq"])
        if place != self._parts_of:
            self._report("S1", f"a snapshot of {place} where one of {self._parts_of} was announced")
            self._parts_of = place
        self._cleared = max(frame.get("cleared", 0), self._cleared if self._parts else 0)
        self._parts += frame["paths"]
        if not frame.get("more"):
            self._replace(visit, Drawing(cleared=self._cleared), self._parts)

    def _replace(self, visit: Visit, drawing: Drawing, paths: list[Op]) -> None:
        self._parts = None
        if len({path["id"] for path in paths}) < len(paths):
            self._report("S1", "a path stands twice in a snapshot")
        for op in map(put_of, paths):
            self._must_be_made(op)
            if op["ts"] <= drawing.cleared:
                self._report("W2", f"a snapshot holds {_name(op)}, which its own clear {drawing.cleared} removes")
            drawing.standing[op["id"]] = op
        before, moved = self.confirmed, self._parts_of[0] != self.epoch
        self.confirmed, (self.epoch, self.seq) = drawing, self._parts_of
        if before and moved and visit.has_state:
            self._must_not_go_back(before, drawing)
        visit.has_state = True
        self._must_hold("S1", "the snapshot", 0, self.seq)
        for op in drawing.ops():
            self._keep(op)

    def _must_not_go_back(self, before: Drawing, drawing: Drawing) -> None:
        """S9: what this connection was shown under the last epoch is still there, or removed by somebody."""
        for op in before.paths().values():
            if not (drawing.holds(op) or self._survey.is_removable(op, self.place)):
                self._report("S9", f"the new epoch lacks {_name(op)}, which was shown before it")

    def _on_tick(self, visit: Visit, frame: Frame) -> None:
        ops = frame.get("ops")
        if ops is None:
            if frame.get("seq") is not None or frame.get("from") is not None:
                self._report("S2", "a tick without ops that bears a seq")
        else:
            self._advance(visit, frame, ops)
        self._follow_presence(visit, frame)
        for user, n in frame.get("acks", ()):
            if user == visit.user:
                self._acknowledge(visit, n)
        check = frame.get("check")
        if check and self.confirmed is not None and check != self.confirmed.check():
            self._report("S6", f"the check says {check}, what was shown gives {self.confirmed.check()}")

    def _advance(self, visit: Visit, frame: Frame, ops: list[Op]) -> None:
        seq, first = frame.get("seq"), frame.get("from")
        if seq is None or first is None or first > seq:
            self._report("S2", f"a tick with ops from {first} to {seq}")
            return
        if self.confirmed is None:
            self._report("S1", "ops for a client without a state")
            return
        if first != self.seq + 1:
            self._report("S2", f"the tick begins with {first}, but the client has {self.seq}")
        if visit.missed is not None and seq != visit.missed:
            self._report("S1", f"a delta up to {visit.missed} was announced, and one up to {seq} has come")
        rule = "S3" if visit.missed is None else "S1"
        visit.missed = None
        self._show(self.confirmed, first, ops)
        self.seq = max(seq, self.seq)
        self._must_hold(rule, "the tick", first, seq)

    def _show(self, confirmed: Drawing, first: int, ops: list[Op]) -> None:
        for op in ops:
            self._must_be_made(op)
            confirmed.add(op)
            self._keep(op)
        for op in ops:
            if confirmed.beats(op):
                rule = "W3" if op["ts"] == confirmed.standing.get(op.get("id", ""), {"ts": 0})["ts"] else "S3"
                self._report(rule, f"{_name(op)} is shown, and has lost to {_rival(confirmed, op)}")
            elif earlier := self._survey.winner_before(self.epoch, first, op):
                self._report("S3", f"{_name(op)} is shown, and has lost to {_name(earlier[1])} of seq {earlier[0]}")

    def _must_be_made(self, op: Op) -> None:
        if self._survey.is_made(op, self.place):
            return
        if self._survey.is_refused(op):
            self._report("V2", f"{_name(op)} is shown, and was refused")
        else:
            self._report("W1", f"{_name(op)} is shown, and nobody has made it: {op}")

    def _must_hold(self, rule: str, what: str, first: int, last: int) -> None:
        """What those seqs name, elsewhere too, stands here or is beaten, unless anybody was shown what beats it."""
        confirmed = self.confirmed or Drawing()
        for seq, op in self._survey.named(self.epoch, first, last):
            if not confirmed.reflects(op) and not self._survey.is_overruled(op):
                self._report(rule, f"after {what} to seq {last}, {_name(op)} of seq {seq} is missing")

    def _acknowledge(self, visit: Visit, n: int) -> None:
        if n not in visit.sent:
            self._report("S4", f"an ack of batch {n}, which this connection did not send")
        if n < visit.acked:
            self._report("S4", f"an ack of batch {n} after that of {visit.acked}")
        for number, ops in visit.sent.items():
            if visit.acked < number <= n:
                self._settle(number, [op for i, op in enumerate(ops) if not visit.was(number, i)])
        visit.acked = max(visit.acked, n)
        visit.acks.add(n)

    def _settle(self, n: int, ops: list[Op]) -> None:
        confirmed = self.confirmed or Drawing()
        for op in ops:
            if not (confirmed.reflects(op) or self._survey.is_beaten(op, self.place)):
                self._report("S4", f"batch {n} is acknowledged before {_name(op)} was shown, lost or was refused")
            self._keep(op)

    def _on_error(self, visit: Visit, frame: Frame) -> None:
        n, i = frame.get("n"), frame.get("i")
        if frame["code"] == "storage_unavailable" or n is None or i is None:
            return
        if n not in visit.sent or i >= len(visit.sent[n]):
            self._report("V2", f"op {i} of batch {n} is refused, which was never sent")
        if n <= visit.acked:
            self._report("S4", f"op {i} of batch {n} is refused after the ack of {visit.acked}")
        visit.refused.add((n, i))

    # Who is there, and what is being drawn.

    def _follow_presence(self, visit: Visit, frame: Frame) -> None:
        for op in frame.get("ops") or ():
            if op["op"] != "clear":
                self.strokes.pop(op["id"], None)
        self.users |= {each["user"] for each in frame.get("joined", ())}
        self._follow_live(visit, frame)
        for user in frame.get("left", ()):
            self.users.discard(user)
            self.strokes = {path_id: stroke for path_id, stroke in self.strokes.items() if stroke[0] != user}

    def _follow_live(self, visit: Visit, frame: Frame) -> None:
        standing = self.confirmed.standing if self.confirmed else {}
        for user, piece in frame.get("live", ()):
            path_id = piece["id"]
            if piece.get("end"):
                if self.strokes.get(path_id, (user,))[0] == user:
                    self.strokes.pop(path_id, None)
            elif path_id not in standing or standing[path_id]["ts"] <= piece["ts"]:
                before = self.strokes.get(path_id, (user, 0))
                length = before[1] if before[0] == user else 0
                self.strokes[path_id] = (user, length + len(piece.get("points", ())))
                if user == visit.user and self.strokes[path_id][1] >= 4:
                    visit.seen.add(path_id)


def _name(op: Op) -> str:
    return f"{op['op']} {op.get('id', '')}@{op['ts']}"


def _rival(drawing: Drawing, op: Op) -> str:
    rival = drawing.standing.get(op.get("id", ""))
    return _name(rival) if rival and op["ts"] > drawing.cleared else f"clear @{drawing.cleared}"
