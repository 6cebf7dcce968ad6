"""A history: what everybody invoked, sent and received, in the order of one clock; in memory, and as JSON Lines.

An event is a dict with `at` (seconds of one monotonic clock), `who` and `do`. Of a client `who`:

    invoke   op            an op was made, and is unacknowledged from now on
    send     frame         about to be sent; a `hello` begins a new connection (to `server`, if the event says so)
    receive  frame         has come, and is not applied yet
    ack      n             the client takes its batches up to `n` for acknowledged
    refuse   op, code      the client drops an op, for the server refused it
    close    code, reason  the connection has ended, or could not be made
    view     paths         what the client displays (S5)

And of nobody in particular, where `who` only names a thing:

    stored   paths, tombstones [[id, ts]…], cleared     the database, read after all that stands before this event
    export   svg           the drawing as a file
    fault    what, server  something was broken on purpose
    rest                   everything has come to rest; what follows is the end

Frames are those of the wire; a key that is null says as little as one that is absent. Tokens are left out.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from whiteboard_client import Acked, Closed, Event, Invoked, Received, Refused, Sent

HistoryEvent = dict[str, Any]
Observer = Callable[[Event], None]


class History:
    """The events of one room. `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.events: list[HistoryEvent] = []
        self._clock = clock

    def note(self, who: str, do: str, **what: object) -> None:
        """Add an event that happens now."""
        self.events.append({"at": self._clock(), "who": who, "do": do, **what})

    def observer(self, who: str, server: Callable[[], str] = str) -> Observer:
        """What writes down a client of `whiteboard_client`, as its option `observe`; `server`: to where it connects."""

        def observe(event: Event) -> None:
            match event:
                case Invoked():
                    self.note(who, "invoke", op=msgspec.to_builtins(event.op))
                case Sent():
                    self.note(who, "send", frame=_frame(event.frame), server=server())
                case Received():
                    self.note(who, "receive", frame=_frame(event.frame))
                case Acked():
                    self.note(who, "ack", n=event.n)
                case Refused():
                    self.note(who, "refuse", op=msgspec.to_builtins(event.op), code=event.error.code)
                case Closed():
                    self.note(who, "close", code=event.code, reason=event.reason)

        return observe

    def dump(self, path: Path) -> None:
        """Write the events down, one a line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(event) + "\n" for event in self.events))


def load(path: Path) -> list[HistoryEvent]:
    """Read what `dump` wrote."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def _frame(frame: msgspec.Struct) -> dict[str, Any]:
    plain: Mapping[str, Any] = msgspec.to_builtins(frame)
    return {name: _listed(value) for name, value in plain.items() if value is not None and name != "token"}


def _listed(value: object) -> object:
    """Tuples as the lists that JSON makes of them."""
    if isinstance(value, Mapping):
        return {name: _listed(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_listed(item) for item in value]
    return value
