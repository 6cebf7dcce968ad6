"""Stamps (W5) and ids (W6)."""

from uuid import UUID

import pytest
from client_fakes import SERVER_MS, STAMP
from hypothesis import given
from hypothesis import strategies as st

from whiteboard_client.clock import Clock
from whiteboard_client.errors import BadValueError
from whiteboard_client.ids import Uuid7, uuid7


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, ms: float = 0.0) -> None:
        self.ms = ms

    def __call__(self) -> float:
        return self.ms


def test_w5_stamps_are_in_server_time() -> None:
    now = Hand(1000)
    clock = Clock(now)
    clock.learn(SERVER_MS)
    assert clock.stamp() == STAMP
    now.ms += 5
    assert clock.stamp() == STAMP + 5 * 4096


def test_w5_half_of_the_round_trip_is_added() -> None:
    clock = Clock(Hand())
    clock.learn(SERVER_MS, round_trip_ms=30)
    assert clock.server_ms() == SERVER_MS + 15


def test_w5_stamps_grow_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    now = Hand(SERVER_MS)
    clock = Clock(now)
    first = clock.stamp()
    now.ms -= 60_000
    assert [clock.stamp(), clock.stamp()] == [first + 1, first + 2]


def test_w5_stamps_lie_above_every_stamp_seen() -> None:
    clock = Clock(Hand(SERVER_MS))
    clock.see(STAMP + 10**9)
    clock.see(STAMP)
    assert clock.stamp() == STAMP + 10**9 + 1


def test_w5_after_clock_skew_the_stamps_come_down_again() -> None:
    now = Hand(SERVER_MS + 3_600_000)
    clock = Clock(now)
    ahead = clock.stamp()
    clock.correct(SERVER_MS, [STAMP + 7, ahead])
    assert clock.stamp() == STAMP + 8  # above what the server can take, below what it refuses


def test_w5_no_stamp_reaches_2_to_the_53() -> None:
    clock = Clock(Hand())
    clock.see(2**53 - 2)
    assert clock.stamp() == 2**53 - 1
    with pytest.raises(BadValueError):
        clock.stamp()


@given(st.lists(st.integers(-100_000, 100_000)))
def test_w5_stamps_only_grow(steps: list[int]) -> None:
    now = Hand(SERVER_MS)
    clock = Clock(now)
    given_out = []
    for step in steps:
        now.ms = SERVER_MS + step
        given_out.append(clock.stamp())
    assert given_out == sorted(set(given_out))


def test_w6_ids_are_uuids_of_version_7_that_bear_the_time() -> None:
    made = UUID(Uuid7(Hand(SERVER_MS))())
    assert (made.version, made.variant, made.int >> 80) == (7, "specified in RFC 4122", SERVER_MS)


@given(st.lists(st.integers(-5, 5), min_size=2))
def test_w6_ids_only_grow(steps: list[int]) -> None:
    now = Hand()
    make = Uuid7(now)
    made = []
    for step in steps:
        now.ms = SERVER_MS + step
        made.append(make())
    assert made == sorted(set(made))
    assert all(UUID(path_id).version == 7 and str(UUID(path_id)) == path_id for path_id in made)


def test_w6_ids_grow_over_an_exhausted_random_part() -> None:
    make = Uuid7(Hand(SERVER_MS), bits=lambda count: 2**count - 1)
    first, second = make(), make()
    assert first < second
    assert UUID(second).version == 7
    assert UUID(second).int >> 80 == SERVER_MS + 1


def test_w6_the_helper_needs_no_clock() -> None:
    assert uuid7() < uuid7()
