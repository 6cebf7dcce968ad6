"""Reading `/metrics` of a running server as numbers."""

import asyncio
import time
from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families
from wire import SECONDS
from wire_door import http

Figures = dict[str, float]


async def figures_of(url: str) -> Figures:
    """Every sample by its name, labels in braces: `frames_total{in}` (without `whiteboard_`)."""
    async with http(url) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    named = [(each.name.removeprefix("whiteboard_"), sorted(each.labels.items()), each.value) for each in samples]
    return {name + (f"{{{','.join(value for _, value in labels)}}}" if labels else ""): x for name, labels, x in named}


async def until(url: str, condition: Callable[[Figures], object]) -> Figures:
    """Wait until a condition on the figures holds."""
    end = time.monotonic() + SECONDS
    while not condition(figures := await figures_of(url)):
        assert time.monotonic() < end, f"waited in vain: {figures}"
        await asyncio.sleep(0.05)
    return figures
