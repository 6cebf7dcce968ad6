"""The figures of several workers on one page: each bears its worker's number, but what is the same of all comes once."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from app.core.workers.slots import Slots
from app.core.workers.worker import name_of

OF_ALL = {
    f"whiteboard_{name}"
    for name in (
        "build_info",
        "rooms_live",
        "rooms_asleep",
        "backup_ok",
        "backup_age_seconds",
        "backup_bytes",
        "database_bytes",
        "disk_free_bytes",
    )
}
"""What every worker of a data directory tells alike."""


class _Merged(Collector):
    def __init__(self, pages: Mapping[int, bytes], asked: int, slots: Slots) -> None:
        self._pages = pages
        self._asked = asked
        self._slots = slots

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, page in sorted(self._pages.items()):
            for family in text_string_to_metric_families(page.decode()):
                if family.name not in OF_ALL:
                    _take(families, family, {"worker": name_of(number)})
                elif number == self._asked:
                    _take(families, family, {})
        yield from families.values()
        yield from _crew(self._slots, len(self._pages))


def _take(families: dict[str, Metric], family: Metric, labels: dict[str, str]) -> None:
    """Add a family's samples to those of the same name."""
    known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
    for sample in family.samples:
        known.add_sample(sample.name, {**sample.labels, **labels}, sample.value)


def _crew(slots: Slots, answered: int) -> Iterator[Metric]:
    yield GaugeMetricFamily("whiteboard_workers", "Workers that there are to be.", len(slots))
    yield GaugeMetricFamily("whiteboard_workers_up", "Workers that take connections and answer.", answered)
    restarts = CounterMetricFamily(
        "whiteboard_worker_restarts", "Times that a worker ended, and was started again.", labels=["worker"]
    )
    for number, slot in enumerate(slots):
        restarts.add_metric([name_of(number)], slot.restarts)
    yield restarts


def merged(pages: Mapping[int, bytes], asked: int, slots: Slots) -> bytes:
    """One page of those that workers gave, by their numbers; `asked`: the one that tells what is the same of all."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(pages, asked, slots))
    return generate_latest(registry)
