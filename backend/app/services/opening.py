"""Loading a room's replica: first subscribe, then open the live state, then read the drawing (so nothing is missed)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import RedisUnavailable, RoomNotFound
from app.models import Room as RoomRow
from app.services.drawings import Drawings
from app.services.live_messages import Who
from app.services.live_state import LiveState, Subscriber, new_epoch
from app.services.realtime.board import Board
from app.services.realtime.history import History
from app.services.realtime.member import Live
from app.services.realtime.presence import Person

People = dict[int, Person]
Wake = Callable[[UUID], Awaitable[None]]
"""Notes in the database that a room is live; raises RoomNotFound."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A loaded room; `users`: the numbers of this process's connections by their old ones; `subscriber`: if shared."""

    board: Board
    live: Live
    users: dict[int, int]
    subscriber: Subscriber | None


def alone(board: Board, people: People) -> Opened:
    """The room of a process without Redis: an epoch of its own, with the people that it holds (S9)."""
    return Opened(board, Live(new_epoch(), 0, dict(people), History(0)), {user: user for user in people}, None)


async def load_alone(row: RoomRow, drawings: Drawings, people: People, wake: Wake) -> Opened:
    """Load a room while Redis is away."""
    await wake(row.id)
    return alone(await drawings.load(row.key or 0), people)


async def load_shared(
    row: RoomRow, drawings: Drawings, state: LiveState, subscriber: Subscriber, people: People, wake: Wake
) -> Opened:
    """Load a room with its live state in Redis, entering there those of `people` (this process's) that it lost.

    The live state first, `wake` then (services/lives.py says why); raises RoomNotFound, and leaves nothing behind then.
    """
    await subscribed(subscriber, row, state.timeout)
    try:
        users = None
        while users is None:
            live = await state.open(row.id)
            await wake(row.id)
            users = await _enter(row, state, live, people)
        await state.publish([(row.id, Who())])
        return Opened(await drawings.load(row.key or 0), live, users, subscriber)
    except RoomNotFound:
        await subscriber.unsubscribe(row.id)
        (look,) = await state.look([row.id])
        await state.sleep({row.id: look})
        raise


async def subscribed(subscriber: Subscriber, row: RoomRow, seconds: float) -> None:
    """Subscribe to a room's channel, and wait until nothing on it can be missed; raises RedisUnavailable."""
    confirmed = asyncio.Event()
    await subscriber.subscribe(row.id, confirmed.set)
    try:
        async with asyncio.timeout(seconds):
            await confirmed.wait()
    except TimeoutError:
        raise RedisUnavailable from None


async def _enter(row: RoomRow, state: LiveState, live: Live, people: People) -> dict[int, int] | None:
    """Give the people of this process their numbers, and take out those that left while Redis was away.

    None if the room got another epoch meanwhile.
    """
    stale = [user for user, person in live.people.items() if person.process == state.process and user not in people]
    if stale:
        await state.leave(row.id, live.epoch, stale)
    for user in stale:
        del live.people[user]
    kept = {user for user, person in people.items() if live.people.get(user) == person}
    users: dict[int, int] = {}
    for user, person in people.items():
        number = user if user in kept else await state.join(row.id, live.epoch, person.name)
        if number is None:
            return None
        users[user] = number
        live.people[number] = person
    return users
