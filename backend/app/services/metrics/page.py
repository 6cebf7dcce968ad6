"""The page at `/metrics`: a reading as Prometheus' text."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from app.services.metrics.families import families
from app.services.metrics.reading import Reading

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class _Taken(Collector):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        return families(self._reading)


def page(reading: Reading) -> bytes:
    """Every figure of a reading, and those of the process: its time, memory and files."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Taken(reading))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
