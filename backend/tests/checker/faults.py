"""Faults planted into a good history: each changes a copy of it at one place, as a server that does wrong would."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from checker.history import HistoryEvent

Events = list[HistoryEvent]
Mutation = Callable[[Events], bool]
"""Changes the events in place; False if they give no occasion."""


def mutated(events: Events, mutation: Mutation) -> Events | None:
    """A changed copy, or None if there was no occasion."""
    changed = json.loads(json.dumps(events))
    return changed if mutation(changed) else None


def a_tick_that_is_lost(events: Events) -> bool:
    """Someone misses a tick with ops, and is sent the next one."""
    for place, frame in _frames(events, "tick"):
        later = [event["frame"] for event in _of(events[place + 1 :], events[place]) if event["do"] == "receive"]
        telling = [each for each in later if "from" in each or each["t"] == "snapshot"]
        if frame.get("ops") and telling and telling[0]["t"] == "tick":
            del events[place]
            return True
    return False


def a_tick_that_comes_twice(events: Events) -> bool:
    """Someone is sent the same tick twice."""
    return _after_first(events, "tick", lambda frame: frame.get("ops"), lambda event: [event, event])


def an_ack_of_what_was_never_sent(events: Events) -> bool:
    """An ack names a batch far ahead."""
    for place, frame in _frames(events, "tick"):
        user = _user(events, place)
        if any(ack[0] == user for ack in frame.get("acks", ())):
            frame["acks"] = [[user, 999]]
            return True
    return False


def an_ack_that_goes_back(events: Events) -> bool:
    """A second ack names an older batch."""
    for place, frame in _frames(events, "tick"):
        user = _user(events, place)
        if any(ack[0] == user and ack[1] > 1 for ack in frame.get("acks", ())):
            older = {**events[place], "frame": {"t": "tick", "acks": [[user, 1]]}}
            events.insert(place + 1, older)
            return True
    return False


def a_check_that_is_wrong(events: Events) -> bool:
    """A check counts one path too many."""
    for _, frame in _frames(events, "tick"):
        if "check" in frame:
            frame["check"] = {**frame["check"], "count": frame["check"]["count"] + 1}
            return True
    return False


def an_op_that_nobody_made(events: Events) -> bool:
    """A path is shown with another width than it was made with."""
    for _, frame in _frames(events, "tick"):
        for op in frame.get("ops") or ():
            if op["op"] == "put":
                op["width"] = 77
                return True
    return False


def two_seqs_that_name_each_others_ops(events: Events) -> bool:
    """One client is shown the ops of a seq under the next one, and the other way round."""
    lasting = [path["id"] for path in _last(events, "stored")["paths"]]
    for place, frame in _frames(events):
        later = [event["frame"] for event in _of(events[place + 1 :], events[place]) if event["do"] == "receive"]
        follower = next((each for each in later if each.get("ops")), {})
        pair = [frame, follower]
        if all(each.get("ops") and each["from"] == each["seq"] for each in pair) and all(
            op.get("id") in lasting and op["op"] == "put" for each in pair for op in each["ops"]
        ):
            frame["ops"], follower["ops"] = follower["ops"], frame["ops"]
            return True
    return False


def a_seq_without_ops(events: Events) -> bool:
    """A tick without ops bears a seq."""
    return _change_first(events, "tick", lambda frame: "ops" not in frame, lambda frame: frame.update(seq=1))


def a_snapshot_that_is_interrupted(events: Events) -> bool:
    """A tick comes between the parts of a snapshot."""
    tick = {"t": "tick", "left": [999]}
    return _after_first(
        events, "snapshot", lambda frame: frame.get("more"), lambda event: [event, {**event, "frame": tick}]
    )


def a_snapshot_that_nobody_asked_for(events: Events) -> bool:
    """A snapshot comes in the middle."""
    frame = {"t": "snapshot", "epoch": "epoch 0", "seq": 0, "paths": [], "cleared": 0, "more": False}
    return _after_first(
        events, "tick", lambda tick: tick.get("ops"), lambda event: [event, {**event, "frame": dict(frame)}]
    )


def a_delta_out_of_nothing(events: Events) -> bool:
    """A newcomer is welcomed with a delta."""
    return _change_first(
        events, "welcome", lambda frame: frame["sync"] == "full", lambda frame: frame.update(sync="delta")
    )


def a_tick_before_the_welcome(events: Events) -> bool:
    """The first frame is no welcome."""
    place, _ = next(_frames(events, "welcome"))
    events.insert(place, {**events[place], "frame": {"t": "tick", "left": [999]}})
    return True


def a_clear_that_its_snapshot_forgets(events: Events) -> bool:
    """A snapshot holds a path that its own clear removes."""
    for _, frame in _frames(events, "snapshot"):
        if frame["paths"]:
            frame["cleared"] = max(path["ts"] for path in frame["paths"])
            return True
    return False


def a_refusal_after_its_ack(events: Events) -> bool:
    """An op is acknowledged, and refused after that."""
    for place, frame in _frames(events, "tick"):
        user = _user(events, place)
        for ack in frame.get("acks", ()):
            if ack[0] == user:
                error = {"t": "error", "code": "invalid_op", "n": ack[1], "i": 0}
                events.insert(place + 1, {**events[place], "frame": error})
                return True
    return False


def an_op_shown_though_refused(events: Events) -> bool:
    """An op is refused, and shown all the same."""
    for place, event in enumerate(events):
        if event["do"] == "send" and event["frame"].get("n") and _is_unique(events, event["frame"]["ops"][0]):
            error = {"t": "error", "code": "clock_skew", "n": event["frame"]["n"], "i": 0}
            events.insert(place + 1, {**event, "do": "receive", "frame": error})
            return True
    return False


def a_row_that_is_missing(events: Events) -> bool:
    """The database lacks a path in the end."""
    return _last(events, "stored")["paths"].pop(0) is not None


def a_row_that_nobody_made(events: Events) -> bool:
    """The database holds a path that nobody drew."""
    rows = _last(events, "stored")["paths"]
    rows.append({**rows[0], "id": "018f0000-0000-7000-8000-eeeeeeeeeeee"})
    return True


def a_view_that_differs(events: Events) -> bool:
    """A client displays a path less in the end."""
    return _last(events, "view")["paths"].pop() is not None


def an_export_that_lacks_a_path(events: Events) -> bool:
    """The exported file has a path less."""
    return _change_export(events, lambda lines: lines.pop(1))


def an_export_in_another_order(events: Events) -> bool:
    """The exported file has its first path last."""
    return _change_export(events, lambda lines: lines.insert(-1, lines.pop(1)))


def an_export_in_another_colour(events: Events) -> bool:
    """The exported file has a path in a colour that nobody drew in."""
    return _change_export(
        events, lambda lines: lines.insert(1, re.sub('stroke="#......"', 'stroke="#abcdef"', lines.pop(1)))
    )


def a_user_who_never_leaves(events: Events) -> bool:
    """Someone is told of a user who is not there."""
    place, frame = list(_frames(events, "welcome"))[-1]
    frame["users"] = [*frame["users"], {"user": 999}]
    return bool(place)


def a_stroke_that_never_ends(events: Events) -> bool:
    """Someone is shown a stroke that nobody draws."""
    piece = {"id": "018f0000-0000-7000-8000-dddddddddddd", "ts": 5, "points": [1, 2, 3, 4]}
    place, frame = list(_frames(events, "welcome"))[-1]
    frame["live"] = [*frame.get("live", ()), [frame["user"], piece]]
    return bool(place)


def a_clock_that_goes_back(events: Events) -> bool:
    """The history itself is out of order."""
    events[len(events) // 2]["at"] = -1.0
    return True


EXPECTED: dict[Mutation, str] = {
    a_tick_that_is_lost: "S2",
    a_tick_that_comes_twice: "S2",
    an_ack_of_what_was_never_sent: "S4",
    an_ack_that_goes_back: "S4",
    a_check_that_is_wrong: "S6",
    an_op_that_nobody_made: "W1",
    two_seqs_that_name_each_others_ops: "S3",
    a_seq_without_ops: "S2",
    a_snapshot_that_is_interrupted: "S1",
    a_snapshot_that_nobody_asked_for: "S1",
    a_delta_out_of_nothing: "S1",
    a_tick_before_the_welcome: "S1",
    a_clear_that_its_snapshot_forgets: "W2",
    a_refusal_after_its_ack: "S4",
    an_op_shown_though_refused: "V2",
    a_row_that_is_missing: "S4",
    a_row_that_nobody_made: "W1",
    a_view_that_differs: "S5",
    an_export_that_lacks_a_path: "W4",
    an_export_in_another_order: "W4",
    an_export_in_another_colour: "W4",
    a_user_who_never_leaves: "P1",
    a_stroke_that_never_ends: "P3",
    a_clock_that_goes_back: "clock",
}
"""Each mutation, and the rule by which it is to be found."""


def _frames(events: Events, kind: str = "tick") -> Iterator[tuple[int, dict[str, Any]]]:
    for place, event in enumerate(events):
        if event["do"] == "receive" and event["frame"]["t"] == kind:
            yield place, event["frame"]


def _of(events: Events, example: HistoryEvent) -> Events:
    """What the same client met on the same connection."""
    own = [event for event in events if event["who"] == example["who"]]
    ends = [place for place, event in enumerate(own) if event["do"] == "close" or _is_welcome(event)]
    return own[: ends[0]] if ends else own


def _is_welcome(event: HistoryEvent) -> bool:
    return event["do"] == "receive" and event["frame"]["t"] == "welcome"


def _user(events: Events, place: int) -> int | None:
    """The number of the client that meets an event."""
    who = events[place]["who"]
    users = [event["frame"]["user"] for event in events[:place] if event["who"] == who and _is_welcome(event)]
    return users[-1] if users else None


def _is_unique(events: Events, op: dict[str, Any]) -> bool:
    """Was the op made once, and shown as it is?"""
    made = [event for event in events if event["do"] == "invoke" and event["op"] == op]
    return len(made) == 1 and any(op in (frame.get("ops") or ()) for _, frame in _frames(events))


def _last(events: Events, do: str) -> HistoryEvent:
    return next(event for event in reversed(events) if event["do"] == do)


def _change_export(events: Events, change: Callable[[list[str]], object]) -> bool:
    """Change the lines of the exported file; False unless two paths at least stand in it, each on a line of its own."""
    export = _last(events, "export")
    lines = export["svg"].splitlines()
    if len(lines) < 4:
        return False
    change(lines)
    export["svg"] = "\n".join(lines)
    return True


def _change_first(
    events: Events, kind: str, fits: Callable[[dict[str, Any]], object], change: Callable[[dict[str, Any]], None]
) -> bool:
    for _, frame in _frames(events, kind):
        if fits(frame):
            change(frame)
            return True
    return False


def _after_first(
    events: Events, kind: str, fits: Callable[[dict[str, Any]], object], become: Callable[[HistoryEvent], Events]
) -> bool:
    for place, frame in _frames(events, kind):
        if fits(frame):
            events[place : place + 1] = become(events[place])
            return True
    return False
