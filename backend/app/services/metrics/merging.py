"""The figures of several workers on a page: each bears its worker's number; what is the same for all comes once."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from app.core.workers.slots import Slots
from app.core.workers.worker import name_of
from app.services.metrics.families import crew

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
    def __init__(self, pages: Mapping[int, bytes], slots: Slots) -> None:
        self._pages = pages
        self._slots = slots

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, page in sorted(self._pages.items()):
            for family in text_string_to_metric_families(page.decode()):
                if family.name not in OF_ALL:
                    _take(families, family, {"worker": name_of(number)})
                elif number == min(self._pages):
                    _take(families, family, {})
        yield from families.values()
        restarts = {name_of(number): slot.restarts for number, slot in enumerate(self._slots)}
        yield from crew(len(self._slots), len(self._pages), restarts)


def _take(families: dict[str, Metric], family: Metric, labels: dict[str, str]) -> None:
    """Add a family's samples to those of the same name."""
    known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
    for sample in family.samples:
        known.add_sample(sample.name, {**sample.labels, **labels}, sample.value)


def merged(pages: Mapping[int, bytes], slots: Slots) -> bytes:
    """One page of those that workers gave, by their numbers."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(pages, slots))
    return generate_latest(registry)
