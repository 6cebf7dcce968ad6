"""The Grafana dashboard and the Prometheus files ask only for metrics that there are, and are put together rightly."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric

from app.core.config import Settings
from app.core.metrics import Figures, Histogram, Traffic
from app.services.backups.schedule import Backups, Standing
from app.services.metrics.families import crew, families
from app.services.metrics.reading import Queues, Reading, Rooms

DOCKER = Path(__file__).parents[2] / "docker"
DASHBOARD: dict[str, Any] = json.loads((DOCKER / "grafana" / "whiteboard.json").read_text("utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((DOCKER / "prometheus" / "whiteboard-alerts.yml").read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
TARGETS = [target for panel in PANELS for target in panel.get("targets", ())]
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
QUERIES = [target["expr"] for target in TARGETS] + [rule["expr"] for rule in RULES]
"""Every query of either."""
SCRAPER_S = {"up", "job", "instance"}
"""What Prometheus adds by itself."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> list[Metric]:
    """Every metric that a process may serve."""
    figures = Figures()
    figures.refused["connection", "4401"] += 1
    figures.closes["1000"] += 1
    backups = Backups(Settings(data_dir=tmp_path_factory.mktemp("data")))
    backups.last_seconds = 1.0
    reading = Reading(
        build={"version": "1", "python": "3", "sqlite": "3"},
        figures=figures,
        traffic=Traffic(),
        connections=0,
        rooms_open=0,
        rooms=Rooms(0, 0),
        queues=Queues(),
        redis_up=True,
        redis_seconds=Histogram(),
        standing=Standing("ok", 1.0, 1),
        backups=backups,
        files={"database": 1},
        disk_free=1,
    )
    return [*families(reading), *crew(2, 2, {"1": 0}), *ProcessCollector(registry=CollectorRegistry()).collect()]


def names_in(query: str) -> set[str]:
    """The metrics that a query asks for."""
    return set(re.findall(r"\b(?:whiteboard|process)_\w+\b", re.sub(r'"[^"]*"', "", query)))


def labels_in(query: str) -> set[str]:
    """The labels that a query groups by or selects with."""
    grouped = [each for found in re.findall(r"\bby \(([^)]*)\)", query) for each in found.split(",")]
    return {each.strip() for each in grouped + re.findall(r"(\w+)=~?\"", query)}


def test_every_query_asks_for_what_there_is(served: list[Metric]) -> None:
    samples = [sample for metric in served for sample in metric.samples]
    names, labels = {sample.name for sample in samples}, {label for sample in samples for label in sample.labels}
    assert {name for query in QUERIES for name in names_in(query)} <= names
    assert {label for query in QUERIES for label in labels_in(query)} <= labels | SCRAPER_S


def test_every_metric_is_on_the_board(served: list[Metric]) -> None:
    shown = {name for query in QUERIES for name in names_in(query)}
    own = {metric.name for metric in served if metric.name.startswith("whiteboard_")}
    assert {name for name in own if not any(each.startswith(name) for each in shown)} == set()


def test_counters_are_asked_for_by_their_rate() -> None:
    counted = [query for query in QUERIES if re.search(r"_(total|bucket)\b", query)]
    assert len(counted) > 15
    assert [query for query in counted if not re.search(r"(rate|increase)\(\w+_(total|bucket)", query)] == []


def test_the_dashboard_is_as_grafana_wants_it() -> None:
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= DASHBOARD.keys()
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps([PANELS, DASHBOARD["templating"]])))
    assert used - {"__rate_interval", "__all"} <= variables
    for panel in PANELS:
        assert panel["type"] in ("row", "stat", "timeseries")
        assert {"x", "y", "w", "h"} == panel["gridPos"].keys()
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(refs)) == len(refs) >= (panel["type"] != "row")


def test_no_panel_lies_on_another() -> None:
    def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
        across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
        return across and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]

    places = {panel["title"]: panel["gridPos"] for panel in PANELS}
    assert [pair for pair in combinations(places, 2) if overlap(places[pair[0]], places[pair[1]])] == []


def test_every_query_is_balanced() -> None:
    for query in QUERIES:
        for left, right in ("()", "{}", "[]"):
            assert query.count(left) == query.count(right), query


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 8
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_the_example_for_prometheus_names_the_alerts() -> None:
    config = yaml.safe_load((DOCKER / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert config["rule_files"] == ["whiteboard-alerts.yml"]
    assert config["scrape_configs"][0]["job_name"] == "whiteboard"
    jobs = {job for rule in RULES for job in re.findall(r'job="(\w+)"', rule["expr"])}
    assert jobs == {"whiteboard"}


def test_what_is_not_there_is_found() -> None:
    assert names_in('sum by (le) (rate(whiteboard_x_bucket{job=~"whiteboard_y"}[5m]))') == {"whiteboard_x_bucket"}
    assert labels_in('sum by (le, code) (x{job=~"a",kind="b"})') == {"le", "code", "job", "kind"}
