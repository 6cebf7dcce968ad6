"""Hostile files against the resolver itself: each is refused in bounded time, and says why."""

import pytest
from hostile_files import HOSTILE

from app.core.errors import WhiteboardError
from app.services.svg.limits import Limits
from app.services.svg.resolver import import_svg


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_h6_a_hostile_file_is_refused(name: str) -> None:
    file, status, code = HOSTILE[name]
    with pytest.raises(WhiteboardError) as caught:
        import_svg(file(), Limits())
    assert (caught.value.status, caught.value.code) == (status, code)
    assert 20 < len(caught.value.detail) < 300
