"""Figures: percentiles, and the one line in which a test tells them."""

from collections.abc import Iterable, Mapping


def line(fault: str, values: Mapping[str, object]) -> str:
    """Such as `faults: sigkill rounds=50 lost=0 first_ack_p99=0.8s`; a float is a time in seconds."""
    told = (f"{name}={value:.3g}s" if isinstance(value, float) else f"{name}={value}" for name, value in values.items())
    return f"faults: {fault} {' '.join(told)}"


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which a share of them lies; of none, infinity."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def p99(values: Iterable[float]) -> float:
    """The 99th percentile."""
    return percentile(values, 0.99)
