"""What must be so once everything has come to rest."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from checker.drawing import PATH_FIELDS, Op, merged
from checker.history import HistoryEvent
from checker.line import Line
from checker.visit import Visit

Paths = dict[str, Op]
SVG = "{http://www.w3.org/2000/svg}"


class Ending:
    """Gathers what stands at the end, and judges it. `certain`: every op that took effect for certain (see W4)."""

    def __init__(self, lines: dict[str, Line], certain: list[Op], report: Callable[..., None]) -> None:
        self._lines = lines
        self._certain = certain
        self._report = report
        self._rest: int | None = None
        self._killed: set[str] = set()
        self._after: list[tuple[int, HistoryEvent]] = []

    @property
    def rests(self) -> bool:
        """Has the rest begun?"""
        return self._rest is not None

    def take(self, event: HistoryEvent, place: int) -> None:
        """Follow an event that matters only here."""
        if event["do"] == "fault":
            if event["what"] == "server killed":
                self._killed.add(event["server"])
        elif event["do"] == "rest":
            self._rest = place
        elif self._rest is not None:
            self._after.append((place, event))

    def judge(self) -> None:
        """Report whatever is not as it must be. A history that never came to rest is not judged here."""
        if self._rest is None:
            return
        whole = merged(self._certain)
        present = {who: line for who, line in self._lines.items() if line.visit}
        for who, line in present.items():
            self._judge_line(who, line)
            self._compare(whole.paths(), line.confirmed.paths() if line.confirmed else {}, "W4", who, None)
        self._judge_together(present)
        for place, event in self._after:
            self._judge_event(place, event, whole.paths())
        stamps = {path_id: op["ts"] for path_id, op in whole.standing.items()}
        for who, line in self._lines.items():
            for visit in line.lost:
                self._judge_lost(who, visit, stamps, whole.cleared)

    def _judge_line(self, who: str, line: Line) -> None:
        if not line.in_step:
            self._say("S1", who, "something that was announced never came")
        for op in line.visit.waiting if line.visit else ():
            self._say("S4", who, f"{op} was sent, and neither acknowledged nor refused")

    def _judge_together(self, lines: dict[str, Line]) -> None:
        places = {who: (line.epoch, line.seq) for who, line in lines.items()}
        if len(set(places.values())) > 1:
            self._say("S2", "everybody", f"not all are at the same seq: {places}")
        users = {line.visit.user for line in lines.values() if line.visit}
        drawing = {path_id for line in lines.values() if line.visit for path_id in line.visit.pen.under_way()}
        for who, line in lines.items():
            if line.users != users:
                self._say("P1", who, f"knows of users {sorted(line.users)}, connected are {users}")
            if ghosts := line.strokes.keys() - drawing:
                self._say("P3", who, f"strokes under way that nobody draws: {sorted(ghosts)}")

    def _judge_event(self, place: int, event: dict[str, Any], paths: Paths) -> None:
        match event["do"]:
            case "view":
                self._compare(paths, _by_id(event["paths"]), "S5", event["who"], place)
            case "stored":
                self._compare(paths, _by_id(event["paths"]), "W4", event["who"], place)
            case "export":
                drawn = [_drawn(op) for op in paths.values()]
                if drawn != read_export(event["svg"]):
                    words = "the exported file differs from the merge of the whole history"
                    self._report("W4", words, who=event["who"], place=place)

    def _judge_lost(self, who: str, visit: Visit, stamps: dict[str, int], cleared: int) -> None:
        if visit.server in self._killed:
            return
        for path_id, stroke in visit.pen.under_way().items():
            if path_id in visit.seen and max(cleared, stamps.get(path_id, 0)) < stroke.ts:
                self._say(
                    "P4", who, f"stroke {path_id}@{stroke.ts} was under way when the connection ended, and is lost"
                )

    def _compare(self, expected: Paths, found: Paths, rule: str, who: str, place: int | None) -> None:
        for path_id in sorted(expected.keys() | found.keys()):
            one, other = _fields(expected.get(path_id)), _fields(found.get(path_id))
            if one != other:
                tie = one and other and one[1] == other[1]
                words = f"path {path_id}: the whole history gives {one}, and there is {other}"
                self._report("W3" if tie else rule, words, who=who, place=self._rest if place is None else place)

    def _say(self, rule: str, who: str, words: str) -> None:
        self._report(rule, words, who=who, place=self._rest)


def _by_id(paths: Iterable[Op]) -> Paths:
    return {path["id"]: path for path in paths}


def _fields(path: Op | None) -> tuple[Any, ...] | None:
    return path and tuple(path[field] for field in PATH_FIELDS)


def _drawn(path: Op) -> tuple[str, str, float]:
    return path["d"], path["color"], float(path["width"])


def read_export(svg: str) -> list[tuple[str, str, float]]:
    """`d`, colour and width of the paths of an exported file, in its order (H7)."""
    return [_read_path(path) for path in ET.fromstring(svg).iter(f"{SVG}path")]  # noqa: S314 - our own server's


def _read_path(path: ET.Element) -> tuple[str, str, float]:
    opacity = path.get("stroke-opacity")
    alpha = f"{round(float(opacity) * 255):02x}" if opacity else ""
    return path.get("d", ""), path.get("stroke", "") + alpha, float(path.get("stroke-width", "nan"))
