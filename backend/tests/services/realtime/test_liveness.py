"""Which server processes live (P1)."""

from app.services.realtime.liveness import Liveness


def test_p1_a_process_lives_while_its_counter_moves() -> None:
    liveness = Liveness(10)
    assert liveness.hear({"a": 1, "b": 7}, 0) == {"a", "b"}
    assert liveness.hear({"a": 2, "b": 7}, 9) == {"a", "b"}
    assert liveness.hear({"a": 3, "b": 7}, 10) == {"a"}
    assert liveness.hear({"a": 4, "b": 8}, 11) == {"a", "b"}


def test_p1_a_counter_that_was_reset_or_is_missing_for_a_moment_kills_nobody() -> None:
    liveness = Liveness(10)
    liveness.hear({"a": 500, "b": 500}, 0)
    assert liveness.hear({}, 5) == {"a", "b"}
    assert liveness.hear({"a": 1}, 9) == {"a", "b"}
    assert liveness.hear({"a": 2}, 12) == {"a"}


def test_processes_that_died_long_ago_are_dropped_once() -> None:
    liveness = Liveness(10)
    liveness.hear({"a": 1, "b": 1}, 0)
    liveness.hear({"a": 2}, 700)
    assert liveness.forgotten(700) == ["b"]
    assert liveness.forgotten(700) == []
