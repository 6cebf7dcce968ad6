"""What is known once the whole history lies open: what was made, by whom, and which seq names which ops."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.drawing import Drawing, Key, Op, key, merged, put_of, spelled, weight
from checker.history import HistoryEvent

CLEARS = ""
"""Where clears stand among the ids."""

Frame = dict[str, Any]


@dataclass
class Stroke:
    """What one connection sent of one stroke; `lengths`: the count of numbers after each piece."""

    ts: int
    color: str
    width: float
    points: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    def puts(self, path_id: str) -> Iterator[Op]:
        """Every put that may be made of it (P4): what came of it is some of its first pieces, two points or more."""
        for length in self.lengths:
            if length >= 4:
                d = spelled(self.points[:length])
                yield {"op": "put", "id": path_id, "ts": self.ts, "d": d, "color": self.color, "width": self.width}


class Pen:
    """The strokes of one connection, as it sends them (V3)."""

    def __init__(self) -> None:
        self.strokes: dict[str, Stroke] = {}
        self.over: set[str] = set()

    def send(self, frame: Frame) -> list[str]:
        """Follow a batch; gives the ids whose strokes have grown."""
        self.over |= {op["id"] for op in frame.get("ops", ()) if op["op"] != "clear"}
        grown = []
        for piece in frame.get("live", ()):
            if piece.get("end"):
                self.over.add(piece["id"])
            elif piece["id"] not in self.over:
                self._extend(piece)
                grown.append(piece["id"])
        return grown

    def under_way(self) -> dict[str, Stroke]:
        """The strokes that nothing has ended."""
        return {path_id: stroke for path_id, stroke in self.strokes.items() if path_id not in self.over}

    def _extend(self, piece: Frame) -> None:
        stroke = self.strokes.get(piece["id"])
        if stroke is None or stroke.ts != piece["ts"]:  # begun anew, after it was refused (it was another connection's)
            stroke = self.strokes[piece["id"]] = Stroke(piece["ts"], piece["color"], piece["width"])
        stroke.points += piece.get("points", ())
        stroke.lengths.append(len(stroke.points))


class Survey:
    """See `checker.checker` for what the words `named` and `overruled` mean."""

    def __init__(self, events: Iterable[HistoryEvent]) -> None:
        self._made: dict[Key, int] = {}
        self._rivals: dict[str, list[tuple[int, Op]]] = defaultdict(list)
        self._makers: dict[Key, set[str]] = defaultdict(set)
        self._refusers: dict[Key, set[str]] = defaultdict(set)
        self._kept: dict[Key, int] = {}
        self._named: dict[str, dict[int, dict[Key, Op]]] = defaultdict(lambda: defaultdict(dict))
        self._placed: dict[str, dict[str, list[tuple[int, Op]]]] = defaultdict(lambda: defaultdict(list))
        self._pens: dict[str, Pen] = {}
        self._epochs: dict[str, str] = {}
        self._welcomed: dict[str, int] = {}
        self._sent: dict[str, dict[int, list[Op]]] = {}
        shown: list[Op] = []
        for place, event in enumerate(events):
            self._take(place, event)
            if event["do"] == "receive":
                shown += _shown(event["frame"])
        self._summit = merged(shown)
        self._settle_names()

    def is_made(self, op: Op, place: int) -> bool:
        """Was it invoked before `place` (and not refused to everybody), or may it be a stroke that was kept (P4)?"""
        name = key(op)
        invoked = self._made.get(name, place) < place and not self._makers[name] <= self._refusers[name]
        return invoked or self._kept.get(name, place) < place

    def is_refused(self, op: Op) -> bool:
        """Was it refused to everybody who made it?"""
        name = key(op)
        return bool(self._refusers[name]) and self._makers[name] <= self._refusers[name]

    def is_beaten(self, op: Op, place: int) -> bool:
        """Was anything made before `place` that beats it?"""
        rivals = self._rivals[CLEARS] + (self._rivals[op["id"]] if op["op"] != "clear" else [])
        return any(made < place and Drawing([rival]).beats(op) for made, rival in rivals)

    def is_removable(self, path: Op, place: int) -> bool:
        """Was a del or a clear made before `place` that takes the path away?"""
        rivals = self._rivals[CLEARS] + [each for each in self._rivals[path["id"]] if each[1]["op"] == "del"]
        return any(made < place and Drawing([rival]).beats(path) for made, rival in rivals)

    def is_overruled(self, op: Op) -> bool:
        """Was anything ever shown that beats it?"""
        return self._summit.beats(op)

    def named(self, epoch: str, first: int, last: int) -> Iterator[tuple[int, Op]]:
        """The ops named by the seqs from `first` to `last`."""
        seqs = self._named[epoch]
        if last - first < len(seqs):
            places: Iterable[int] = range(first, last + 1)
        else:
            places = [seq for seq in seqs if first <= seq <= last]
        for seq in places:
            for op in seqs.get(seq, {}).values():
                yield seq, op

    def winner_before(self, epoch: str, seq: int, op: Op) -> tuple[int, Op] | None:
        """An op that beats this one, and that a seq before `seq` named."""
        placed = self._placed[epoch]
        rivals = placed[CLEARS] + (placed[op["id"]] if op["op"] != "clear" else [])
        return next(((at, rival) for at, rival in rivals if at < seq and Drawing([rival]).beats(op)), None)

    def _take(self, place: int, event: HistoryEvent) -> None:
        who = event["who"]
        if event["do"] == "invoke":
            self._make(place, who, event["op"])
        elif event["do"] == "send":
            self._send(place, who, event["frame"])
        elif event["do"] == "receive":
            self._receive(who, event["frame"])

    def _make(self, place: int, who: str, op: Op) -> None:
        if self._made.setdefault(key(op), place) == place:
            self._rivals[op.get("id", CLEARS)].append((place, op))
        self._makers[key(op)].add(who)

    def _send(self, place: int, who: str, frame: Frame) -> None:
        if frame["t"] == "hello":
            self._pens[who], self._sent[who] = Pen(), {}
            self._welcomed.pop(who, None)
        if frame["t"] == "batch":
            if "n" in frame:
                self._sent[who][frame["n"]] = frame.get("ops", [])
            for path_id in self._pens[who].send(frame):
                for put in self._pens[who].strokes[path_id].puts(path_id):
                    self._kept.setdefault(key(put), place)

    def _receive(self, who: str, frame: Frame) -> None:
        match frame["t"]:
            case "welcome":
                self._epochs[who], self._welcomed[who] = frame["epoch"], frame["seq"]
            case "tick":
                self._name(who, frame)
            case "error" if frame["code"] != "storage_unavailable" and "i" in frame and "n" in frame:
                ops = self._sent.get(who, {}).get(frame["n"], [])
                if frame["i"] < len(ops):
                    self._refusers[key(ops[frame["i"]])].add(who)

    def _name(self, who: str, tick: Frame) -> None:
        seq = tick.get("seq")
        if tick.get("ops") is None or seq is None or seq != tick.get("from"):
            return
        if seq > self._welcomed.get(who, seq):
            self._named[self._epochs[who]][seq].update((key(op), op) for op in tick["ops"])

    def _settle_names(self) -> None:
        for epoch, seqs in self._named.items():
            for seq, ops in seqs.items():
                lightest: dict[str, Op] = {}
                for op in sorted(ops.values(), key=_age, reverse=True):
                    lightest[op.get("id", CLEARS)] = op
                seqs[seq] = {key(op): op for op in lightest.values()}
                for path_id, op in lightest.items():
                    self._placed[epoch][path_id].append((seq, op))


def _age(op: Op) -> tuple[Any, ...]:
    return (op["ts"],) if op["op"] == "clear" else weight(op)


def _shown(frame: Frame) -> list[Op]:
    if frame["t"] == "tick":
        return list(frame.get("ops") or ())
    if frame["t"] == "snapshot":
        cleared = frame.get("cleared", 0)
        return [put_of(path) for path in frame["paths"]] + ([{"op": "clear", "ts": cleared}] if cleared else [])
    return []
