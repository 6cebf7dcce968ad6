"""What a tick publishes, and what is found while it does."""

from types import SimpleNamespace
from uuid import UUID

from live_rooms import new_live_room

from app.core.metrics import Figures
from app.schemas.ops import Op, Put
from app.services.live_room import LiveRoom
from app.services.live_state import Publication
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import Live
from app.services.realtime.room import Room
from app.services.ticks import Ticks


def put(number: int) -> Put:
    return Put(str(UUID(int=7 << 76 | 2 << 62 | number)), number, "M0 0L1 1", "#000000", 1)


class FindingState:
    """A Redis; while it answers the first time, somebody finds ops that a dead process had committed."""

    def __init__(self, found: list[Op]) -> None:
        self.found = found
        self.published: list[list[Op]] = []
        self.room: LiveRoom

    async def publish_ops(self, publications: list[Publication]) -> list[int]:
        self.published += [each.ops for each in publications]
        self.room.owed += self.found
        self.found = []
        return [len(self.published)]


async def test_s3_what_is_found_while_a_tick_publishes_is_published_by_the_next() -> None:
    replica = Room(Board(()), Live("epoch", 0, {}, History(0)))
    room = new_live_room(replica)
    room.shared = True
    room.ready.set()
    state = FindingState([put(2)])
    state.room = room
    near = SimpleNamespace(replicas=SimpleNamespace(figures=Figures()))
    ticks = Ticks(SimpleNamespace(), state, SimpleNamespace(), near, 0.1)  # type: ignore[arg-type]
    room.owed.append(put(1))
    for _ in range(2):
        ticks.note(room)
        await ticks.tick()
    assert state.published == [[put(1)], [put(2)]], "under a seq, everybody is told the same"
    assert room.owed == []
    assert replica.next_seq == 3
