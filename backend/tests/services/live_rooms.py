"""A room with its replica, outside of any hub."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.services.live_room import LiveRoom
from app.services.realtime.member import Greeting
from app.services.realtime.room import Room
from app.services.rounds import Rounds

Failures = list[tuple[LiveRoom, Exception]]


def new_live_room(
    replica: Room,
    tick: float = 0.1,
    *,
    number: int = 7,
    greeting: Greeting | None = None,
    failures: Failures | None = None,
) -> LiveRoom:
    """One whose failures are noted in `failures`, or raised."""
    row: Any = SimpleNamespace(id=UUID(int=number), key=number)

    def fail(room: LiveRoom, error: Exception) -> None:
        if failures is None:
            raise error
        failures.append((room, error))

    return LiveRoom(row, replica, tick, lambda _: None, fail, lambda _: greeting, Rounds(tick / 20))  # type: ignore[arg-type, return-value]
