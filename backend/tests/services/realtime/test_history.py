"""What the last ticks touched (S1), and the last ticks themselves (S7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_model import path_id, put

from app.schemas import frames
from app.schemas.ops import Clear, Delete
from app.services.realtime import outbox
from app.services.realtime.history import History, Touched, touched_by
from app.services.realtime.outbox import LETTERS, Data, Outbox, TickLog


def test_s1_at_least_500_ticks_are_remembered() -> None:
    history = History(10)
    for seq in range(11, 2011):
        history.add(seq, Touched((str(seq),), cleared=False))
    assert history.covers(2010 - 500)
    assert history.since(2010 - 500) == Touched(tuple(str(seq) for seq in range(2010, 1510, -1)), cleared=False)
    remembered = [seq for seq in range(2011) if history.covers(seq)]
    assert remembered == list(range(2010 - 600, 2011))
    assert len(history.since(remembered[0]).ids) == 600


def test_s1_a_new_history_covers_what_comes_after_its_beginning() -> None:
    history = History(10)
    assert [history.covers(seq) for seq in (-1, 9, 10)] == [False, False, True]
    assert history.since(10) == Touched((), cleared=False)


def test_s1_clears_are_remembered_apart_from_ids() -> None:
    assert touched_by([Clear(5), put(1, 6), Delete(path_id(2), 7), put(1, 8)]) == Touched(
        (path_id(1), path_id(2)), cleared=True
    )
    history = History(0)
    history.add(1, touched_by([Clear(5)]))
    history.add(2, touched_by([put(1, 6)]))
    assert history.since(0) == Touched((path_id(1),), cleared=True)
    assert history.since(1) == Touched((path_id(1),), cleared=False)


@given(st.lists(st.tuples(st.integers(1, 3), st.sets(st.integers(0, 5)), st.booleans()), max_size=20))
def test_s1_since_tells_all_that_was_touched_after(ticks: list[tuple[int, set[int], bool]]) -> None:
    history, seq, told = History(0), 0, []
    for step, ids, cleared in ticks:
        seq += step
        history.add(seq, Touched(tuple(map(str, ids)), cleared))
        told.append((seq, {str(number) for number in ids}, cleared))
    for since in range(seq + 1):
        assert history.covers(since)
        missed = history.since(since)
        assert len(set(missed.ids)) == len(missed.ids)
        assert set(missed.ids) == set().union(*(ids for at, ids, _ in told if at > since))
        assert missed.cleared == any(cleared for at, _, cleared in told if at > since)


def log_of(count: int, **parts: object) -> TickLog:
    log = TickLog()
    for seq in range(1, count + 1):
        log.add(seq, frames.Tick(seq=seq, from_=seq, ops=[], **parts))
    return log


def test_s7_the_last_few_ticks_are_kept_and_found_by_number() -> None:
    log = log_of(40)
    kept = [number for number in range(-3, 45) if log.after(number)]
    assert kept == list(range(40 - outbox.FRAMES, 40))
    for number in kept:
        frame = log.after(number)
        assert frame
        assert (frame.number, frame.seq) == (number + 1, number + 1)


def test_s7_large_ticks_cost_bounded_memory() -> None:
    log = TickLog()
    for number in range(1, 6):
        log.add(number, frames.Tick(joined=[frames.User(number, "x" * (outbox.FRAME_BYTES // 2))]))
        assert sum(len(f.data.message) for n in range(number) if (f := log.after(n))) <= outbox.FRAME_BYTES * 1.1
    log.add(6, frames.Tick(joined=[frames.User(6, "x" * 3 * outbox.FRAME_BYTES)]))
    assert [number for number in range(6) if log.after(number)] == [5]


def test_s7_who_came_and_went_is_remembered_longer() -> None:
    log = TickLog()
    for number in range(1, 101):
        log.add(0, frames.Tick(joined=[frames.User(number, "x")]) if number % 2 else frames.Tick(left=[number - 1]))
        log.add(0, frames.Tick())
    moves = log.moves(0)
    assert moves is not None
    assert [user.user for frame in moves for user in frame.joined] == list(range(1, 101, 2))
    assert [user for frame in moves for user in frame.left] == list(range(1, 101, 2))
    assert log.moves(log.number) == []


def test_s7_forgotten_moves_are_told_to_be_forgotten() -> None:
    log = log_of(2000, left=[1])
    first = min(number for number in range(2001) if log.moves(number) is not None)
    assert first > 0
    found = log.moves(first)
    assert found is not None
    assert [frame.number for frame in found] == list(range(first + 1, 2001))
    assert log.moves(first - 1) is None


def test_s1_s4_state_goes_before_letters() -> None:
    box = Outbox()
    assert box.take() is None
    box.letters += [Data(b"letter 1", 6), Data(b"letter 2", 6)]
    box.state += [Data(b"welcome", 5), Data(b"snapshot", 6)]
    taken = []
    while data := box.take():
        taken.append(data.message)
    assert taken == [b"welcome", b"snapshot", b"letter 1", b"letter 2"]


@pytest.mark.parametrize(("letters", "full"), [(0, False), (LETTERS - 1, False), (LETTERS, True)])
def test_s7_a_connection_that_does_not_read_its_letters_is_full(letters: int, full: bool) -> None:
    box = Outbox()
    box.letters += [Data(b"a letter", 6)] * letters
    assert box.full == full
