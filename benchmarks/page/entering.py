"""How soon somebody who enters a new board can draw."""

from playwright.async_api import Browser

from page.measuring import remember
from page.trace import percentile
from whiteboard_client import create_room

READY = "() => performance.getEntriesByName('ready')[0]?.startTime"
VISITS = 5


async def enter(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds from going to the board's address until a stroke can be begun: its colour and tools answer.

    Medians, with nothing kept by the browser, and with what an earlier visit left.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(VISITS):
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        page = await context.new_page()
        invitation = await create_room(url, "Ada")
        await page.goto(f"{url}/healthz")
        await remember(page, invitation)
        for found in times:
            await page.goto("about:blank")
            await page.goto(invitation.invite_url)
            found.append(await (await page.wait_for_function(READY)).json_value())
            await page.mouse.move(700, 400)
            await page.mouse.down()
            await page.mouse.move(760, 430)
            await page.mouse.up()
            await page.wait_for_function("() => whiteboard.paths().length")
        await context.close()
    return percentile(times[0], 0.5), percentile(times[1], 0.5)
