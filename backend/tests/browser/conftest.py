"""A real Chromium and a real server for the tests of the web client."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from browser_people import PATIENCE_SECONDS, NewPage
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from server_process import ServerProcess

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SHOTS = Path(__file__).parents[3] / "test-output"
PHOTOGRAPHS = Path(__file__).parents[3] / "build" / "screenshots"


def pytest_itemcollected(item: pytest.Item) -> None:
    """All go on in one event loop, that of the one Chromium."""
    if Path(__file__).parent in item.path.parents:
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for all tests, each with rooms of its own."""
    unlimited = {"WHITEBOARD_ROOMS_PER_ADDRESS": "0"}  # all browsers come from one address
    with ServerProcess(tmp_path_factory.mktemp("browser") / "data", unlimited) as process:
        yield process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, which it may kill."""
    with ServerProcess(tmp_path / "data") as process:
        yield process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, for all tests of a run: its start takes longer than most of them."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program, "Chromium is needed for the tests of the web client: make test installs it where it can"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(browser: Browser) -> AsyncIterator[NewPage]:
    """Pages of people who share nothing; none may have met an error that nobody caught."""
    faults: list[str] = []

    contexts: list[BrowserContext] = []

    async def open_page(width: int = 1280, height: int = 800, **options: object) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == []


@pytest.fixture
def shots() -> Path:
    """Where screenshots are left for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    return SHOTS


@pytest.fixture
def photographs() -> Iterator[Path]:
    """Where `make screenshots` leaves what it is told to."""
    PHOTOGRAPHS.mkdir(parents=True, exist_ok=True)
    yield PHOTOGRAPHS
    names = sorted(path.name for path in PHOTOGRAPHS.glob("*.png"))
    pictures = "".join(f'<figure><img src="{name}"><figcaption>{name}</figcaption></figure>\n' for name in names)
    style = (
        "body {display: flex; flex-wrap: wrap; gap: 16px; background: #777} figure {margin: 0} img {max-width: 720px}"
    )
    (PHOTOGRAPHS / "index.html").write_text(
        f"<!doctype html><title>Screenshots</title><style>{style}</style>\n{pictures}"
    )
