"""The browser's merge and checks against the vectors that the other two implementations are held to."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from browser_people import NewPage
from playwright.async_api import Page
from server_process import ServerProcess

VECTORS = Path(__file__).parents[1] / "vectors"

MERGE = """
async (cases) => {
  const { Board } = await import("/static/js/merge.js");
  return cases.map((ops) => {
    const board = new Board();
    for (const op of ops) board.merge(op);
    return { paths: board.paths(), tombstones: board.tombstones(), cleared: board.cleared,
             check: { count: board.count, sum: board.sum } };
  });
}
"""
CALL = "async ([module, name, inputs]) => { const m = await import(module); return inputs.map((v) => m[name](v)); }"

pytestmark = [pytest.mark.browser, pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]


def vectors(name: str) -> Any:  # noqa: ANN401 - as the file has it
    return json.loads((VECTORS / name).read_text())


@pytest_asyncio.fixture(loop_scope="session")
async def page(shared_server: ServerProcess, new_page: NewPage) -> Page:
    opened = await new_page()
    await opened.goto(shared_server.url)
    return opened


async def test_w1_to_w4_the_browser_merges_as_the_vectors_say(page: Page) -> None:
    cases = vectors("merge.json")
    rng = random.Random(5)
    for _ in range(4):
        orders = [rng.sample(case["ops"] * 2, len(case["ops"]) * 2) for case in cases]
        states = await page.evaluate(MERGE, orders)
        for case, state in zip(cases, states, strict=True):
            check = state.pop("check")
            assert state == case["state"], case["name"]
            assert check == case["check"], case["name"]


async def test_v1_the_browser_knows_canonical_paths(page: Page) -> None:
    paths = vectors("paths.json")
    inputs = [*paths["valid"], *(case["d"] for case in paths["invalid"])]
    expected = [True] * len(paths["valid"]) + [False] * len(paths["invalid"])
    assert await page.evaluate(CALL, ["/static/js/canonical.js", "isCanonicalPath", inputs]) == expected


async def test_v1_the_browser_spells_numbers_canonically(page: Page) -> None:
    cases = vectors("numbers.json")["format"]
    texts = await page.evaluate(CALL, ["/static/js/wire.js", "formatNumber", [number for number, _ in cases]])
    assert texts == [text for _, text in cases]


async def test_s6_the_browser_hashes_as_the_vectors_say(page: Page) -> None:
    hashes = vectors("fnv.json")["hashes"]
    pairs = list(hashes.items()) if isinstance(hashes, dict) else [tuple(pair) for pair in hashes]
    sums = await page.evaluate(CALL, ["/static/js/fnv.js", "fnv1a", [text for text, _ in pairs]])
    assert sums == [value for _, value in pairs]
