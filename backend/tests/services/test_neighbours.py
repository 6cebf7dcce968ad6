"""Gaps that many messages show, and the end of the loop that keeps touch with Redis."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from live_rooms import new_live_room

from app.core.errors import RedisUnavailable
from app.services import neighbours as module
from app.services.live_messages import Message, Ops
from app.services.live_room import LiveRoom
from app.services.neighbours import Neighbours
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import Live
from app.services.realtime.room import Room
from app.utils.tasks import end


class FakeReplicas:
    """No rooms but those that a test puts there, and its tasks counted."""

    process = "here"

    def __init__(self) -> None:
        self.rooms: dict[UUID, LiveRoom] = {}
        self.alive: set[str] = set()
        self.heard: dict[UUID, list[Message]] = {}
        self.lost = asyncio.Event()
        self.subscriber: object | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self.figures = SimpleNamespace(redis_losses=0)
        self.failed: list[LiveRoom] = []

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    def fail(self, room: LiveRoom, _error: Exception) -> None:
        self.failed.append(room)

    def lose(self, _error: RedisUnavailable) -> None:
        self.subscriber = None

    def reopen_later(self, _room: LiveRoom) -> None:
        raise AssertionError("the stream had it")


class FakeState:
    """A Redis whose line a test can break, and whose stream has what it is given."""

    process = "here"
    timeout = 1.0

    def __init__(self) -> None:
        self.stream: list[tuple[int, list[Any]]] = []
        self.asked = 0
        self.opened: list[list[UUID]] = []
        self.line: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.listening = asyncio.Event()

    async def connect(self) -> None: ...

    async def beat(self, _drop: list[str]) -> dict[str, int]:
        return {}

    async def ops_after(self, _room: UUID, seq: int) -> list[tuple[int, list[Any]]]:
        self.asked += 1
        return [entry for entry in self.stream if entry[0] > seq]

    def subscriber(self) -> "FakeState":
        return self

    async def open(self, room_ids: Iterable[UUID]) -> None:
        self.opened.append(list(room_ids))

    async def close(self) -> None: ...

    async def listen(self, _hear: Callable[[UUID, Message], None], _seconds: float) -> None:
        self.listening.set()
        try:
            await self.line
        finally:
            self.line = asyncio.get_running_loop().create_future()  # whoever comes back finds it whole


def touch(replicas: FakeReplicas, state: FakeState) -> Neighbours:
    return Neighbours(replicas, state, SimpleNamespace(), 10)  # type: ignore[arg-type]


async def live_room(number: int = 7) -> LiveRoom:
    room = new_live_room(Room(Board(()), Live("epoch", 0, {}, History(0))), number=number)
    room.shared = True
    room.ready.set()
    room.settled.set()
    return room


async def test_s2_a_gap_is_mended_by_one_task_however_many_messages_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAP_SECONDS", 0.01)
    replicas, state = FakeReplicas(), FakeState()
    neighbours, room = touch(replicas, state), await live_room()
    state.stream = [(seq, []) for seq in range(1, 502)]
    for seq in range(2, 502):
        neighbours.hear_in(room, Ops("epoch", seq, []))
    assert len(replicas.tasks) == 1
    await asyncio.gather(*replicas.tasks)
    assert (state.asked, room.replica.next_seq, room.replica.has_gap) == (1, 502, False)
    neighbours.hear_in(room, Ops("epoch", 503, []))
    assert len(replicas.tasks) == 2, "a later gap is seen to again"
    state.stream.append((502, []))
    await asyncio.gather(*replicas.tasks)
    assert not room.replica.has_gap


async def test_a_gap_that_opens_while_another_is_mended_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAP_SECONDS", 0.01)
    replicas, state = FakeReplicas(), FakeState()
    neighbours, room = touch(replicas, state), await live_room()
    neighbours.hear_in(room, Ops("epoch", 2, []))
    neighbours.hear_in(room, Ops("epoch", 1, []))  # it came by itself
    neighbours.hear_in(room, Ops("epoch", 4, []))
    assert len(replicas.tasks) == 1
    state.stream = [(3, [])]
    while len(replicas.tasks) < 2:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0)
    await asyncio.gather(*replicas.tasks)
    assert (room.replica.next_seq, room.replica.has_gap) == (5, False)


@pytest.mark.parametrize("steps", range(8))
async def test_c4_redis_lost_at_the_moment_of_stopping_does_not_hold_the_stop_up(steps: int) -> None:
    """A cancellation that is lost on its way is followed by another."""
    replicas, state = FakeReplicas(), FakeState()
    neighbours = touch(replicas, state)
    keeping = asyncio.create_task(neighbours.keep())
    await state.listening.wait()
    state.line.set_exception(RedisUnavailable("the line broke"))
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(keeping)
    assert keeping.cancelled()


async def test_s2_a_new_subscription_hears_every_shared_room_from_its_first_moment() -> None:
    """Whoever hears its own beats is taken to hear its rooms: see TELL."""
    replicas, state = FakeReplicas(), FakeState()
    rooms = [await live_room(number) for number in (1, 2)]
    replicas.rooms = {room.id: room for room in rooms}
    for room in rooms:
        room.ready.clear()  # somebody sees to them already
    rooms[1].shared = False
    keeping = asyncio.create_task(touch(replicas, state).keep())
    await state.listening.wait()
    assert state.opened == [[rooms[0].id]]
    await end(keeping)


async def test_l1_guests_may_come_as_soon_as_redis_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that is loaded before would be loaded alone, and then again."""
    replicas, state = FakeReplicas(), FakeState()
    neighbours = touch(replicas, state)
    looked, looking = asyncio.Event(), asyncio.Event()

    async def connect(_: FakeState) -> None:
        looking.set()
        await looked.wait()
        raise RedisUnavailable("nobody there")

    with monkeypatch.context() as patched:
        patched.setattr(FakeState, "connect", connect)
        keeping = asyncio.create_task(neighbours.keep())
        await looking.wait()
        assert not neighbours.tried.is_set()
        looked.set()
        await neighbours.tried.wait()
        await end(keeping)
    other = touch(replicas, state)
    keeping = asyncio.create_task(other.keep())
    await other.tried.wait()
    assert replicas.subscriber is state
    await end(keeping)


async def test_a_room_that_cannot_take_what_it_hears_fails_and_the_others_go_on_hearing() -> None:
    replicas, state = FakeReplicas(), FakeState()
    neighbours = touch(replicas, state)
    spoilt, good = await live_room(7), await live_room(8)
    replicas.rooms = {room.id: room for room in (spoilt, good)}
    spoilt.replica.receive = lambda *_: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    for room in (spoilt, good):
        neighbours._hear(room.id, Ops("epoch", 1, []))
    assert replicas.failed == [spoilt]
    assert good.replica.next_seq == 2
