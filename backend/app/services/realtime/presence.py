"""Who is in a room, and where their cursors are (P1, P2)."""

from dataclasses import dataclass
from itertools import islice

from msgspec import Raw

from app.schemas import frames

Position = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Person:
    """A connection's name, and the server process that holds it."""

    name: str
    process: str


class Presence:
    """Every connection in the room by its number, whichever process holds it, and what is still to be told of them."""

    def __init__(self, people: dict[int, Person] | None = None) -> None:
        self.people: dict[int, Person] = dict(people or {})
        self._cursors: dict[int, tuple[float, float]] = {}
        self._joined: list[int] = []
        self._names: dict[int, str] = {}
        self._left: list[int] = []
        self._unshown: dict[int, Position] = {}
        self._unpublished: dict[int, Position] = {}
        self._entries = {user: _entry(user, person) for user, person in self.people.items()}

    @property
    def unshown(self) -> bool:
        """Is there anything that this process's connections have not been told?"""
        return bool(self._joined or self._left or self._unshown)

    @property
    def cursors_unshown(self) -> bool:
        """Has a cursor moved that this process's connections have not been told of?"""
        return bool(self._unshown)

    @property
    def moved(self) -> int:
        """How many cursors have."""
        return len(self._unshown)

    @property
    def unpublished(self) -> bool:
        """Is there anything that other processes have not been told?"""
        return bool(self._unpublished)

    def join(self, user: int, person: Person) -> None:
        """A connection came; saying so twice changes nothing."""
        if user in self.people:
            return
        self.people[user] = person
        self._entries[user] = _entry(user, person)
        self._joined.append(user)
        self._names[user] = person.name

    def leave(self, user: int) -> bool:
        """A connection went, and its cursor with it; False if it was not there."""
        if self.people.pop(user, None) is None:
            return False
        del self._entries[user]
        self._left.append(user)
        for cursors in (self._cursors, self._unshown, self._unpublished):
            cursors.pop(user, None)
        return True

    def point(self, user: int, position: Position, *, local: bool) -> None:
        """A cursor moved, or left the canvas (None)."""
        if user not in self.people:
            return
        if position is None:
            self._cursors.pop(user, None)
        else:
            self._cursors[user] = position
        self._unshown[user] = position
        if local:
            self._unpublished[user] = position

    def republish(self, users: set[int]) -> None:
        """Tell other processes where the cursors of these users are: one has come that knows of none."""
        self._unpublished.update({user: at for user, at in self._cursors.items() if user in users})

    def listed(self) -> Raw:
        """Everybody, as a welcome tells it; each is encoded once, for a crowd that comes together is told of itself."""
        return Raw(b"[" + b",".join(self._entries.values()) + b"]")

    def cursors(self) -> dict[int, tuple[float, float]]:
        """Where everybody's cursor is, for a newcomer."""
        return dict(self._cursors)

    def take_unshown(self, cursors: int | None = None) -> tuple[list[tuple[int, str]], list[int], dict[int, Position]]:
        """Who joined, who left and which cursors moved since this was last asked.

        `cursors`: at most so many of these; the others wait for the next time, and those that wait longest go first.
        """
        joined = [(user, self._names[user]) for user in self._joined]
        left, moved = self._left, self._unshown
        self._joined, self._names, self._left, self._unshown = [], {}, [], {}
        if cursors is not None and len(moved) > cursors:
            waiting = iter(moved.items())
            moved = dict(islice(waiting, cursors))
            self._unshown = dict(waiting)
        return joined, left, moved

    def take_unpublished(self) -> dict[int, Position]:
        """Which cursors of this process's connections moved since this was last asked."""
        moved, self._unpublished = self._unpublished, {}
        return moved

    def skip_unpublished(self) -> None:
        """No other process is there to be told."""
        self._unpublished.clear()


def _entry(user: int, person: Person) -> bytes:
    return frames.encode(frames.User(user, person.name))
