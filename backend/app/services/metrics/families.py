"""What each figure is called at `/metrics`, and what it means. No label tells of a room or a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from app.core.metrics import Figures, Histogram
from app.services.metrics.reading import Reading

RESYNCS = ("join", "delta", "full", "merged", "late", "asked", "epoch")
"""In this order: a newcomer's drawing; to somebody who came back, what was missed, or the whole drawing; to a slow
reader, one merged tick, or the whole drawing; to a client that asked; to everybody, under a new epoch."""
REFUSED_OPS = ("invalid_op", "invalid_live", "clock_skew", "too_old")


def families(reading: Reading) -> Iterator[Metric]:
    """Every figure of a reading."""
    yield _gauge("build_info", "1; what runs, in its labels.", {tuple(reading.build.values()): 1}, *reading.build)
    yield from _connections(reading)
    yield from _rooms(reading)
    yield from _write_path(reading.figures, reading)
    yield from _backups(reading)
    yield from _disk(reading)


def _connections(reading: Reading) -> Iterator[Metric]:
    figures, traffic = reading.figures, reading.traffic
    yield _gauge("connections", "Connections in rooms.", reading.connections)
    yield _gauge(
        "connections_without_hello", "Connections that are not in a room yet.", len(figures.open) - reading.connections
    )
    yield _counter("connections_opened", "Connections that began.", figures.opened)
    yield _counter("connections_closed", "Connections that ended, by close code.", _keys(figures.closes), "code")
    frames = {("in",): traffic.frames_in, ("out",): traffic.frames_out}
    yield _counter("frames", "WebSocket messages, from clients (in) and to them (out).", frames, "direction")
    sizes = {("in",): traffic.bytes_in, ("out",): traffic.bytes_out}
    yield _counter("frame_bytes", "Bytes of their text, before any compression.", sizes, "direction")
    shown = figures.room_counts["shown"]
    ops = {("received",): traffic.ops_in, ("committed",): figures.ops_committed, ("shown",): shown}
    help_ = "Ops received in batches, those of them committed, and those shown to rooms, of other processes too."
    yield _counter("ops", help_, ops, "stage")
    refused = "What was refused: an op (or stroke), a connection, a request; reason: its error code or close code."
    reasons: dict[Any, int] = {("op", code): 0 for code in REFUSED_OPS} | dict(figures.refused)
    yield _counter("refused", refused, reasons, "what", "reason")
    kinds = {(kind,): figures.room_counts[kind] for kind in RESYNCS}
    yield _counter("resyncs", "Drawings or merged ticks sent, by kind.", kinds, "kind")
    yield _gauge("outbox_frames", "Frames that connections are behind, in all.", reading.queues.frames)
    yield _gauge("outbox_frames_max", "Frames that the slowest connection is behind.", reading.queues.most)
    yield _gauge("outbox_bytes", "Bytes that wait for connections alone, in all.", reading.queues.bytes)


def _rooms(reading: Reading) -> Iterator[Metric]:
    yield _gauge("rooms_open", "Rooms that this process has a replica of.", reading.rooms_open)
    if reading.rooms:
        yield _gauge("rooms_live", "Live rooms, of all processes; counted every 15 s at most.", reading.rooms.live)
        yield _gauge("rooms_asleep", "Rooms that sleep; counted every 15 s at most.", reading.rooms.asleep)


def _write_path(figures: Figures, reading: Reading) -> Iterator[Metric]:
    yield _histogram("tick_lag_seconds", "How late a tick began, after it was due.", figures.tick_lag)
    yield _histogram(
        "commit_seconds", "Time of a commit that succeeded, fsync and queueing included.", figures.commit_seconds
    )
    yield _histogram("redis_seconds", "Time of a call of Redis that was answered.", reading.redis_seconds)
    yield _histogram(
        "loop_lag_seconds", "How late the event loop wakes who sleeps; seen once a second.", figures.loop_lag
    )
    yield _gauge("storage_up", "1, or 0 while commits fail.", figures.storage_up)
    yield _counter("commits_failed", "Commits that could not be written, and are tried again.", figures.commits_failed)
    yield _gauge("redis_up", "1, or 0 while Redis is away.", reading.redis_up)
    yield _counter("redis_losses", "Times that Redis was lost.", figures.redis_losses)


def _backups(reading: Reading) -> Iterator[Metric]:
    backup, backups = reading.standing, reading.backups
    yield _gauge("backup_ok", "1, or 0 when backups have failed for 5 minutes.", backup.status != "degraded")
    if backup.age_seconds is not None:
        yield _gauge("backup_age_seconds", "Time since the newest backup had everything.", backup.age_seconds)
    yield _gauge("backup_bytes", "What all backups take on the disk.", backup.bytes)
    if backups.last_seconds is not None:
        yield _gauge("backup_last_duration_seconds", "Time that this process's last one took.", backups.last_seconds)
    yield _counter("backup_rounds", "Times that this process looked for something to back up.", backups.rounds)
    yield _counter("backup_failures", "Rounds of this process that failed.", backups.failures)


def _disk(reading: Reading) -> Iterator[Metric]:
    if reading.files:
        help_ = "Size of the database's file, and of its log of commits that are not folded in yet (wal)."
        yield _gauge("database_bytes", help_, {(name,): size for name, size in reading.files.items()}, "file")
    yield _gauge("disk_free_bytes", "Free space where the data directory is.", reading.disk_free)


def crew(expected: int, up: int, restarts: dict[str, int]) -> Iterator[Metric]:
    """The figures of several workers together; `restarts`: by the worker's number."""
    yield _gauge("workers", "Workers that there are to be.", expected)
    yield _gauge("workers_up", "Workers that take connections, and answer.", up)
    yield _counter("worker_restarts", "Times that a worker ended and was started again.", _keys(restarts), "worker")


Values = float | dict[Any, int]


def _keys(counted: Mapping[str, int]) -> dict[Any, int]:
    return {(name,): count for name, count in counted.items()}


def _filled(family: Any, values: Values) -> Any:  # noqa: ANN401 - gauges and counters are filled alike
    for labels, value in values.items() if isinstance(values, dict) else [((), values)]:
        family.add_metric(labels, float(value))
    return family


def _gauge(name: str, meaning: str, values: Values, *labels: str) -> Metric:
    family: Metric = _filled(GaugeMetricFamily(f"whiteboard_{name}", meaning, labels=labels), values)
    return family


def _counter(name: str, meaning: str, values: Values, *labels: str) -> Metric:
    family: Metric = _filled(CounterMetricFamily(f"whiteboard_{name}", meaning, labels=labels), values)
    return family


def _histogram(name: str, meaning: str, seen: Histogram) -> Metric:
    return HistogramMetricFamily(f"whiteboard_{name}", meaning, buckets=seen.cumulated(), sum_value=seen.total)
