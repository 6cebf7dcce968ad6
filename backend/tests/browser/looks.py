"""Every page and state of the web client, for those who look at them: catalogues by the page that they stand on.

A state is entered, looked at while its block is open, and left: `async with CATALOGUE[name](visit): …`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from board_line import BoardLine
from browser_people import NewPage, enter_by_link
from playwright.async_api import Page

from whiteboard_client import create_room

DRAWING = Path(__file__).parents[3] / "examples" / "lake.svg"


@dataclass
class Visit:
    """Somebody who looks at pages of one size."""

    url: str
    page: Page
    line: BoardLine = field(default_factory=BoardLine)


State = Callable[[Visit], AbstractAsyncContextManager[None]]
Steps = Callable[[Visit], AsyncIterator[None]]


class Catalogue(dict[str, State]):
    """States by name."""

    def add(self, name: str) -> Callable[[Steps], Steps]:
        """Add one: what goes before the `yield` enters it, what comes after leaves it."""

        def note(steps: Steps) -> Steps:
            assert name not in self, name
            self[name] = asynccontextmanager(steps)
            return steps

        return note


async def visit_board(url: str, new_page: NewPage, **options: object) -> Visit:
    """Let somebody into a board with a drawing on it, who sees all of it."""
    invitation = await create_room(url, "Ada", DRAWING.read_bytes())
    visit = Visit(url, await new_page(**options))
    await visit.line.watch(visit.page)
    await enter_by_link(visit.page, invitation.invite_url, "Ada")
    await visit.page.wait_for_function("() => whiteboard.count() > 100")
    await visit.page.keyboard.press("Shift+Digit1")
    return visit


async def unfold(visit: Visit, *, opened: bool) -> None:
    """Open or close the list of people."""
    panel = visit.page.locator("#people")
    if (await panel.get_attribute("open") is not None) != opened:
        await panel.locator("summary").click()
