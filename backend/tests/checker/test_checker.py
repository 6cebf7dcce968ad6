"""The checker finds what is wrong, under the right rule, and nothing in what is right."""

from pathlib import Path

import pytest

from checker.checker import Violation, check
from checker.drawing import Drawing, fnv1a, merged, spelled
from checker.faults import EXPECTED, Mutation, mutated
from checker.history import History, load
from checker.model_people import Play
from checker.survey import Pen
from whiteboard_client import Acked, Closed, Invoked, Received, Sent
from whiteboard_client.messages import Batch, Clear, Del, Hello, Put, Since, Tick

SEEDS = 60
PATH_ID = "018f0000-0000-7000-8000-000000000001"

BROKEN_SERVERS = {
    "an ack before the commit": "S4",
    "shown, and never committed": "S4",
    "a swallowed op": "S4",
    "a lost ack": "S4",
    "a lost resubscribe": "S2",
    "a double apply": "S3",
    "a losing op shown": "S3",
    "a seq with other ops elsewhere": "S3",
    "a stale snapshot": "S1",
    "a delta that lacks an op": "S1",
    "a wrong check sum": "S6",
    "an epoch that begins with an old drawing": "S9",
    "an invented path": "W1",
    "a clear that spares a path": "W2",
    "a tie decided the other way": "W3",
    "a forgotten tombstone": "W4",
    "a merge that depends on the order": "W4",
    "a stroke lost with its connection": "P4",
}
"""What the model of a server may do wrong, and the rule by which it is to be found."""


def rules(violations: list[Violation]) -> set[str]:
    return {violation.rule for violation in violations}


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_a_correct_server_gives_no_alarm(first: int) -> None:
    for seed in range(first, first + 10):
        assert check(Play(seed).run()) == []


@pytest.mark.parametrize(("fault", "rule"), BROKEN_SERVERS.items())
def test_a_broken_server_is_found(fault: str, rule: str) -> None:
    for seed in range(SEEDS * 2):
        play = Play(seed, fault)
        violations = check(play.run())
        assert play.server.struck or not violations
        if rule in rules(violations):
            return
    pytest.fail(f"{rule} was never found")


@pytest.mark.parametrize(("mutation", "rule"), EXPECTED.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_planted_fault_is_found(mutation: Mutation, rule: str) -> None:
    found = 0
    for seed in range(5):
        events = mutated(Play(seed).run(), mutation)
        if events is not None:
            assert rule in rules(check(events)), check(events)
            found += 1
    assert found


def test_a_violation_tells_rule_place_person_and_words() -> None:
    events = [
        {"at": 0.0, "who": "Ada", "do": "send", "frame": {"t": "hello"}},
        {"at": 1.0, "who": "Ada", "do": "receive", "frame": {"t": "tick", "left": [3]}},
    ]
    (violation,) = check(events)
    assert (violation.rule, violation.place, violation.who) == ("S1", 1, "Ada")
    assert str(violation) == "S1, event 1, Ada: a tick before the welcome"


def test_a_history_survives_its_file(tmp_path: Path) -> None:
    events = Play(1).run()
    history = History()
    history.events = events
    history.dump(tmp_path / "some" / "history.jsonl")
    assert load(tmp_path / "some" / "history.jsonl") == events


def test_the_client_writes_what_the_checker_reads() -> None:
    history = History(iter([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).__next__)
    observe = history.observer("Ada", lambda: "here")
    put = Put(PATH_ID, 7, "M0 0Z", "#000000", 2.0)
    observe(Sent(Hello("a secret", Since("e", 3))))
    observe(Invoked(put))
    observe(Sent(Batch(1, (put, Del(PATH_ID, 8), Clear(9)))))
    observe(Received(Tick(seq=4, from_seq=4, ops=(), acks=((2, 1),))))
    observe(Acked(1, (put,)))
    observe(Closed(1006, ""))
    op = {"op": "put", "id": PATH_ID, "ts": 7, "d": "M0 0Z", "color": "#000000", "width": 2.0}
    hello, invoke, batch, tick, ack, close = history.events
    assert hello["frame"] == {"t": "hello", "since": {"epoch": "e", "seq": 3}}
    assert hello["server"] == "here"
    assert invoke == {"at": 2.0, "who": "Ada", "do": "invoke", "op": op}
    assert batch["frame"]["ops"] == [op, {"op": "del", "id": PATH_ID, "ts": 8}, {"op": "clear", "ts": 9}]
    assert (tick["frame"]["ops"], tick["frame"]["acks"]) == ([], [[2, 1]])
    assert (ack["n"], close["code"]) == (1, 1006)


def test_w1_w2_w3_one_by_one_and_all_at_once_give_the_same() -> None:
    for seed in range(20):
        ops = [event["op"] for event in Play(seed).run() if event["do"] == "invoke"]
        assert Drawing(ops).paths() == Drawing(reversed(ops)).paths() == merged(ops).paths()


def test_s6_fnv_1a() -> None:
    assert [fnv1a(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


def test_p4_points_are_spelled_as_v1_has_it() -> None:
    assert spelled([0.0, -0.0001, 1.5, -2.3456, 100, 1e6]) == "M0 0L1.5 -2.346L100 1000000"


def test_p4_a_stroke_that_was_refused_may_begin_anew_under_its_id() -> None:
    """It belonged to an older connection of its author's, which was still there: its first pieces count no more."""
    pen, piece = Pen(), {"id": "a", "color": "#000000", "width": 3}
    pen.send({"live": [{**piece, "ts": 1, "points": [0, 0, 1, 1]}]})
    pen.send({"live": [{**piece, "ts": 2, "points": [2, 2, 3, 3]}, {**piece, "ts": 2, "points": [4, 4]}]})
    assert [(put["ts"], put["d"]) for put in pen.strokes["a"].puts("a")] == [(2, "M2 2L3 3"), (2, "M2 2L3 3L4 4")]
