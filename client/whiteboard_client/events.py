"""What an observer is told, as it happens: enough to check a whole history afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from whiteboard_client.messages import ClientFrame, Error, Op, ServerFrame


@dataclass(frozen=True, slots=True)
class Invoked:
    """An op was made and is unacknowledged from now on."""

    op: Op


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame is about to be handed to the network."""

    frame: ClientFrame


@dataclass(frozen=True, slots=True)
class Received:
    """A frame has come, and is not applied yet."""

    frame: ServerFrame


@dataclass(frozen=True, slots=True)
class Acked:
    """The ops of all batches up to `n` are acknowledged (S4)."""

    n: int
    ops: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """An op is unacknowledged no longer, because the server refused it, or because no frame can carry it."""

    op: Op
    error: Error


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection has ended, or could not be made; for `code` see DisconnectedError."""

    code: int
    reason: str


Event: TypeAlias = Invoked | Sent | Received | Acked | Refused | Closed
Observer: TypeAlias = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The observer that looks away."""
