"""Entering a process's connections again, in a room whose live state was lost."""

from types import SimpleNamespace
from uuid import UUID

from app.services.opening import _enter
from app.services.realtime.history import History
from app.services.realtime.member import Live
from app.services.realtime.presence import Person

HERE, ELSEWHERE = "here", "elsewhere"


class FakeState:
    """Live state that gives numbers, and remembers who was taken out."""

    process = HERE

    def __init__(self, first: int) -> None:
        self.next = first
        self.left: list[int] = []

    async def join(self, _room: UUID, _epoch: str, _name: str) -> int:
        self.next += 1
        return self.next - 1

    async def leave(self, _room: UUID, _epoch: str, users: list[int]) -> list[int]:
        self.left += users
        return users


async def enter(people: dict[int, Person], known: dict[int, Person], state: FakeState) -> tuple[dict[int, int], Live]:
    live = Live("epoch", 0, dict(known), History(0))
    users = await _enter(SimpleNamespace(id=UUID(int=1)), state, live, people)  # type: ignore[arg-type]
    assert users is not None
    return users, live


async def test_s9_connections_of_one_name_get_numbers_of_their_own() -> None:
    ada = Person("Ada", HERE)
    users, live = await enter({5: ada, 7: ada, 2: ada}, {}, FakeState(1))
    assert sorted(users.values()) == [1, 2, 3]
    assert set(live.people) == {1, 2, 3}


async def test_s9_who_is_still_known_keeps_the_number() -> None:
    ada, bob = Person("Ada", HERE), Person("Bob", ELSEWHERE)
    users, live = await enter({4: ada, 6: ada}, {4: ada, 5: bob}, FakeState(7))
    assert users == {4: 4, 6: 7}
    assert live.people == {4: ada, 5: bob, 7: ada}


async def test_p1_who_left_while_redis_was_away_is_taken_out() -> None:
    ada, bob = Person("Ada", HERE), Person("Bob", ELSEWHERE)
    state = FakeState(9)
    _, live = await enter({}, {1: ada, 2: bob}, state)
    assert (state.left, live.people) == ([1], {2: bob})
