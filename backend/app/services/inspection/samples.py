"""Reading `/metrics` of a server, and what two readings tell of the time between them."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

from app.services.inspection.fetching import opened

TIMEOUT = 5.0

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a server told at a moment (seconds of a steady clock); `trouble`: why it told nothing."""

    at: float
    values: dict[tuple[str, Labels], float] = field(default_factory=dict)
    trouble: str = ""

    def sum(self, name: str, **labels: str) -> float | None:
        """The sum over a metric's samples with these labels; None if there are none."""
        chosen = self._chosen(name, labels)
        return sum(chosen) if chosen else None

    def least(self, name: str) -> float | None:
        """The least of a metric's samples: of several workers, the one that is worst off."""
        return min(self._chosen(name, {}), default=None)

    def most(self, name: str) -> float | None:
        """The greatest of a metric's samples."""
        return max(self._chosen(name, {}), default=None)

    def _chosen(self, name: str, labels: dict[str, str]) -> list[float]:
        return [
            value for (each, has), value in self.values.items() if each == name and labels.items() <= dict(has).items()
        ]

    def label(self, name: str, label: str) -> str:
        """A label of a metric that has one sample."""
        found = (dict(has).get(label, "") for (each, has) in self.values if each == name)
        return next(found, "")

    def by(self, name: str, label: str) -> dict[str, float]:
        """A metric's values by one label."""
        found: dict[str, float] = {}
        for (each, has), value in self.values.items():
            if each == name:
                key = dict(has).get(label, "")
                found[key] = found.get(key, 0.0) + value
        return found


def take(url: str, token: str | None) -> Sample:
    """Ask a server for its figures."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{url.rstrip('/')}/metrics", headers=headers)  # noqa: S310 - judged by the caller
    try:
        with opened(request, TIMEOUT) as answer:
            text = answer.read().decode()
            families = list(text_string_to_metric_families(text))
    except urllib.error.HTTPError as error:
        asked = "it asks for a token: WHITEBOARD_METRICS_TOKEN" if error.code == 401 else f"HTTP {error.code}"
        return Sample(time.monotonic(), trouble=asked)
    except (OSError, ValueError) as error:
        return Sample(time.monotonic(), trouble=" ".join(str(getattr(error, "reason", error)).split()))
    samples = (sample for family in families for sample in family.samples)
    values = {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}
    return Sample(time.monotonic(), values)


def rate(before: Sample, now: Sample, name: str, **labels: str) -> float | None:
    """How much a counter grew in a second; a server that was started anew has counted from zero."""
    old, new = before.sum(name, **labels), now.sum(name, **labels)
    if old is None or new is None or now.at <= before.at:
        return None
    return (new - old if new >= old else new) / (now.at - before.at)


def quantile(before: Sample, now: Sample, name: str, part: float) -> float | None:
    """The time (seconds) that a part of what a histogram saw meanwhile stayed under; None if it saw nothing."""
    old, new = before.by(f"{name}_bucket", "le"), now.by(f"{name}_bucket", "le")
    bounds = sorted(new, key=float)
    seen = [new[bound] - old.get(bound, 0.0) for bound in bounds]
    if not seen or seen[-1] <= 0:
        return None
    return _interpolated(part * seen[-1], [(0.0, 0.0), *zip(map(float, bounds), seen, strict=True)])


def _interpolated(wanted: float, steps: Iterable[tuple[float, float]]) -> float:
    """Where a cumulated count reaches a number, as Prometheus' histogram_quantile has it."""
    last = 0.0
    for (low, below), (high, count) in pairwise(steps):
        if count >= wanted:
            return low if high == float("inf") else low + (high - low) * (wanted - below) / (count - below or 1)
        last = low
    return last
