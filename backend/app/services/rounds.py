"""When rooms show what they have: in rounds, so that one timer serves all that are due, one room after the other."""

import asyncio
from collections.abc import Callable
from math import ceil, inf

NEVER = inf
"""The number of no round."""


class Rounds:
    """One is held each `seconds` that somebody waits for; a round in which nobody waits is none."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: dict[int, list[Callable[[], None]]] = {}

    def number(self, when: float) -> int:
        """The first round at a time of the loop's clock or after it; one that is over is the next one."""
        return ceil(max(when, asyncio.get_running_loop().time()) / self.seconds - 0.001)

    def join(self, number: int, serve: Callable[[], None]) -> None:
        """Have `serve` called in a round; it raises nothing, for the others are to have their turn."""
        waiting = self._waiting.get(number)
        if waiting is None:
            waiting = self._waiting[number] = []
            asyncio.get_running_loop().call_at(number * self.seconds, self._hold, number)
        waiting.append(serve)

    def _hold(self, number: int) -> None:
        for serve in self._waiting.pop(number):
            serve()
