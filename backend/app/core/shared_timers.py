"""Timers that many connections share: a process that holds thousands of quiet ones wakes now and then for many at once.

A timer of each connection's own would wake the process for each by itself, which costs more than what is then done.
"""

import asyncio
from math import ceil
from typing import Protocol
from weakref import WeakKeyDictionary

AT_ONCE = 100
REST_SECONDS = 0.002
"""After so many, whatever else is due comes first: thousands that have come together are due together, too."""


class Watched(Protocol):
    """What is looked at when its time has come."""

    def check(self) -> None:
        """Look whether something is to be done, and say when to look again."""


class SharedTimers:
    """Those of one event loop. Times are the loop's, in seconds."""

    def __init__(self) -> None:
        self._waiting: dict[float, set[Watched]] = {}

    def add(self, due: float, grain: float, watched: Watched) -> float:
        """Look at it when it is due, or up to `grain` later; gives the time, which `remove` is to be told."""
        when = ceil(due / grain) * grain
        waiting = self._waiting.get(when)
        if waiting is None:
            waiting = self._waiting[when] = set()
            asyncio.get_running_loop().call_at(when, self._look, when)
        waiting.add(watched)
        return when

    def remove(self, when: float, watched: Watched) -> None:
        """Do not look at it any more."""
        if when in self._waiting:
            self._waiting[when].discard(watched)

    def _look(self, when: float) -> None:
        waiting = self._waiting[when]
        try:
            for _ in range(min(AT_ONCE, len(waiting))):
                waiting.pop().check()
        finally:
            if waiting:
                asyncio.get_running_loop().call_later(REST_SECONDS, self._look, when)
            else:
                del self._waiting[when]


_of: WeakKeyDictionary[asyncio.AbstractEventLoop, SharedTimers] = WeakKeyDictionary()


def shared_timers(loop: asyncio.AbstractEventLoop) -> SharedTimers:
    """Those of a loop."""
    if loop not in _of:
        _of[loop] = SharedTimers()
    return _of[loop]
