"""Many things, some at a time."""

from hypothesis import given
from hypothesis import strategies as st

from app.utils.slices import slices


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=9))
def test_slices_are_all_of_it_and_no_longer_than_asked_for(items: list[int], size: int) -> None:
    parts = list(slices(items, size))
    assert [item for part in parts for item in part] == items
    assert all(len(part) == size for part in parts[:-1])
    assert all(parts)
