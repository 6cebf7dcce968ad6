"""What two readings tell of the time between them."""

import pytest
from prometheus_client.core import HistogramMetricFamily

from app.core.metrics import Histogram
from app.services.inspection.samples import Sample, quantile, rate


def sample(at: float, **values: float) -> Sample:
    return Sample(at, {(name, ()): value for name, value in values.items()})


def timed(at: float, *seconds: float) -> Sample:
    """A reading of a histogram `h` that saw these."""
    seen = Histogram()
    for each in seconds:
        seen.observe(each)
    family = HistogramMetricFamily("h", "x", buckets=seen.cumulated(), sum_value=seen.total)
    return Sample(at, {(each.name, tuple(each.labels.items())): each.value for each in family.samples})


def test_a_rate_is_of_the_time_between() -> None:
    assert rate(sample(10, x=5), sample(12, x=11), "x") == 3
    assert rate(sample(10, x=5), sample(12, x=4), "x") == 2  # started anew
    assert rate(sample(10), sample(12, x=4), "x") is None
    assert rate(sample(12, x=1), sample(12, x=1), "x") is None


def test_sums_and_labels() -> None:
    both = Sample(0, {("f", (("direction", "in"), ("x", "1"))): 3.0, ("f", (("direction", "out"), ("x", "1"))): 4.0})
    assert both.sum("f") == 7
    assert both.sum("f", direction="in") == 3
    assert both.sum("g") is None
    assert both.by("f", "direction") == {"in": 3, "out": 4}
    assert (both.label("f", "x"), both.label("g", "x")) == ("1", "")


@pytest.mark.parametrize(
    ("before", "now", "part", "expected"),
    [
        ((), (0.2,) * 10, 0.5, 0.175),  # in the middle of the bucket from 0.1 to 0.25
        ((), (0.2,) * 10, 1.0, 0.25),
        ((9.0,) * 100, (9.0,) * 100 + (0.2,) * 10, 1.0, 0.25),  # only what came meanwhile
        ((), (99.0,), 0.99, 10.0),  # beyond the last bound
        ((0.2,), (0.2,), 0.5, None),
    ],
)
def test_a_quantile_is_of_the_time_between(
    before: tuple[float, ...], now: tuple[float, ...], part: float, expected: float | None
) -> None:
    found = quantile(timed(0, *before), timed(1, *now), "h", part)
    assert found == (None if expected is None else pytest.approx(expected))
