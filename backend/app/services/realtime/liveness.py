"""Which server processes live, judged by counters that they advance: no machine's clock can be wrong about it (P1)."""


class Liveness:
    """A process lives while its counter moves; `dead_after` is in seconds of the caller's own steady clock."""

    def __init__(self, dead_after: float) -> None:
        self._dead_after = dead_after
        self._moved: dict[str, tuple[int, float]] = {}

    def hear(self, counts: dict[str, int], now: float) -> set[str]:
        """Note the counters of all processes; gives those that live. One that is missing is not dead for that yet."""
        for process, count in counts.items():
            known = self._moved.get(process)
            if known is None or known[0] != count:
                self._moved[process] = (count, now)
        return {process for process, (_, moved) in self._moved.items() if now - moved < self._dead_after}

    def forgotten(self, now: float) -> list[str]:
        """Processes that have been dead for so long that nobody need hear of them any more; they are dropped."""
        old = [process for process, (_, moved) in self._moved.items() if now - moved > 60 * self._dead_after]
        for process in old:
            del self._moved[process]
        return old
