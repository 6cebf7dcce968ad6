"""W5: how far a stamp may be from the server's clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_model import NOW

from app.services.realtime.stamps import skew, stamp_of

MINUTE, MONTH = 60_000, 30 * 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("ts", "code"),
    [
        (stamp_of(NOW), None),
        (stamp_of(NOW + MINUTE), None),
        (stamp_of(NOW + MINUTE) + 1, "clock_skew"),
        (stamp_of(NOW + 10 * MINUTE), "clock_skew"),
        (2**53 - 1, "clock_skew"),
        (stamp_of(NOW - MONTH), None),
        (stamp_of(NOW - MONTH) - 1, "too_old"),
        (1, "too_old"),
    ],
)
def test_w5_a_minute_ahead_and_thirty_days_behind(ts: int, code: str | None) -> None:
    assert skew(ts, NOW, newest=0) == code


@pytest.mark.parametrize(
    ("above", "code"), [(-5, None), (0, None), (1, None), (4096, None), (4097, "clock_skew"), (10**9, "clock_skew")]
)
def test_w5_one_millisecond_above_the_newest_is_let_in(above: int, code: str | None) -> None:
    newest = stamp_of(NOW + 10 * MINUTE)
    assert skew(newest + above, NOW, newest) == code


@given(st.integers(1, 2**53 - 1), st.integers(MONTH, 2**41), st.integers(0, 2**53 - 1))
def test_w5_as_the_rule_says_it(ts: int, now: int, newest: int) -> None:
    ms = ts / 4096
    if ms > now + MINUTE and ts > newest + 4096:
        assert skew(ts, now, newest) == "clock_skew"
    elif ms < now - MONTH:
        assert skew(ts, now, newest) == "too_old"
    else:
        assert skew(ts, now, newest) is None
