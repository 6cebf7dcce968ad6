"""What the server's work should cost by the model of docs/scaling.md, against what a run of `run.py` measured.

`benchmarks/model.py [results/short.json]`. A crowd costs so much a batch that comes in, so much a tick of a room, so
much a frame that goes out and so much a kilobyte of it. The four prices are fitted to all crowds of the run at once,
none below nothing; a model that leaves out something that matters cannot come near all of them. Ends with 1 if one is
further off than 30 %.
"""
# ruff: noqa: T201 - figures for people

import json
import sys
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
WITHIN = 0.3
ROUNDS = 20_000
CROWDS = {
    "one room: 1,000 people, 10 drawing": (1, 1000, 10),
    "one room: 1,000 people, 100 drawing": (1, 1000, 100),
    "one room: 300 people, 300 drawing": (1, 300, 300),
    "one room: 4,000 people, 10 drawing": (1, 4000, 10),
    "500 rooms of 5, 2 drawing in each": (500, 2500, 1000),
    "500 rooms of 5, and 100,000 that sleep": (500, 2500, 1000),
}
"""Rooms, people and how many draw."""
BATCHES_A_SECOND = 10
PRICES = ("a batch that comes in", "a tick of a room", "a frame that goes out", "a kilobyte that goes out")


@dataclass(frozen=True, slots=True)
class Crowd:
    """How much of each of PRICES a crowd asks for a second, and the share of a core that it took."""

    name: str
    amounts: tuple[float, ...]
    measured: float

    def expected(self, prices: list[float]) -> float:
        """The share that the model tells."""
        return sum(amount * price for amount, price in zip(self.amounts, prices, strict=True))


def crowds(results: Path) -> list[Crowd]:
    """What a run has measured of crowds."""
    found: dict[str, dict[str, float]] = {}
    for figure in json.loads(results.read_text())["figures"]:
        found.setdefault(figure["case"], {})[figure["what"]] = figure["value"]
    return [_crowd(name, found[name]) for name in CROWDS if name in found]


def _crowd(name: str, figures: dict[str, float]) -> Crowd:
    rooms, people, drawing = CROWDS[name]
    frames = figures["delivered"]
    kilobytes = figures["most sent to one client"] * people
    amounts = (drawing * BATCHES_A_SECOND, frames / people * rooms, frames, kilobytes)
    return Crowd(name, amounts, figures["server and its Redis, share of a core"] / 100)


def fitted(known: list[Crowd]) -> list[float]:
    """Prices in seconds that come nearest to all, by relative error: one after the other, until they stay."""
    prices = [1e-6] * len(PRICES)
    for _ in range(ROUNDS):
        for k in range(len(prices)):
            wanted = weight = 0.0
            for crowd in known:
                share = crowd.amounts[k] / crowd.measured
                rest = 1 - crowd.expected(prices) / crowd.measured + share * prices[k]
                wanted, weight = wanted + share * rest, weight + share * share
            prices[k] = max(0.0, wanted / weight)
    return prices


def main() -> None:
    """Tell the prices, and how far off each crowd is."""
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS / "short.json"
    known = crowds(results)
    if len(known) <= len(PRICES):
        sys.exit(f"{results}: {len(known)} crowds are too few to hold a model of {len(PRICES)} prices against.")
    prices = fitted(known)
    for name, price in zip(PRICES, prices, strict=True):
        print(f"{name:28} {price * 1e6:8.2f} us")
    worst = 0.0
    for crowd in known:
        expected = crowd.expected(prices)
        off = expected / crowd.measured - 1
        worst = max(worst, abs(off))
        print(f"{crowd.name:42} expected {expected * 100:5.1f} %, measured {crowd.measured * 100:5.1f} %: {off:+.0%}")
    print(f"at most {worst:.0%} off; {'within' if worst <= WITHIN else 'MORE THAN'} {WITHIN:.0%}")
    sys.exit(worst > WITHIN)


if __name__ == "__main__":
    main()
