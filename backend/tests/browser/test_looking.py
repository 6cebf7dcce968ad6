"""Where one looks when a board is opened, and what of the window is there to be looked at."""

import pytest
from browser_people import NewPage, enter_by_link, look, until
from server_process import ServerProcess

from whiteboard_client import connect, create_room, path_data

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

INSETS = {
    "top": 47,
    "topMax": 47,
    "left": 21,
    "leftMax": 21,
    "bottom": 34,
    "bottomMax": 34,
    "right": 25,
    "rightMax": 25,
}
OUTSIDE = """
({ top, left, bottom, right }) => {
  const scrolls = (each) => each && (each.scrollHeight > each.clientHeight + 1 || scrolls(each.parentElement));
  const lies = (each) => {
    const box = each.getBoundingClientRect();
    if (!box.width || !each.checkVisibility({ visibilityProperty: true })) return false;
    if (box.left < left || box.right > innerWidth - right) return true;
    return !scrolls(each.parentElement) && (box.top < top || box.bottom > innerHeight - bottom);
  };
  const things = document.querySelectorAll("button, summary, a, input, h1, .card");
  return [...things].filter(lies).map((each) => each.id || each.className);
}
"""


async def test_who_comes_first_sees_the_whole_drawing_and_then_what_was_seen_last(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    invitation = await create_room(shared_server.url, "Grace")
    async with connect(invitation.seat) as board:
        for x, y in ((0, 0), (2000, 900)):
            board.draw(path_data([(x, y), (x + 100, y + 300)]), color="#e03131", width=4)
        await board.saved()
    page = await new_page(width=390, height=844)
    await enter_by_link(page, invitation.invite_url, "Ada")
    await until(page, "count", lambda count: count == 2)
    view = await until(page, "camera", lambda view: view["zoom"] < 0.2)
    assert view["x"] < 0
    assert view["x"] + 390 / view["zoom"] > 2100
    assert view["y"] < 0
    assert view["y"] + 844 / view["zoom"] > 1200
    await page.keyboard.press("Control+0")
    view = await look(page)
    await page.reload()
    await until(page, "count", lambda count: count == 2)
    assert await look(page) == view
    await page.close()
    later = await page.context.new_page()
    await later.goto(invitation.invite_url)
    await until(later, "count", lambda count: count == 2)
    assert await look(later) == view


async def test_a_drawing_that_fits_is_shown_in_full_size_where_it_is(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    invitation = await create_room(shared_server.url, "Grace")
    async with connect(invitation.seat) as board:
        board.draw(path_data([(300, 200), (500, 400)]), color="#e03131", width=4)
        await board.saved()
    page = await new_page()
    await enter_by_link(page, invitation.invite_url, "Ada")
    await until(page, "count", lambda count: count == 1)
    assert await look(page) == {"x": 0, "y": 0, "zoom": 1}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390)])
async def test_nothing_lies_under_a_notch_or_round_corners(
    shared_server: ServerProcess, new_page: NewPage, width: int, height: int
) -> None:
    page = await new_page(width=width, height=height)
    invitation = await create_room(shared_server.url, "Grace")
    line = await page.context.new_cdp_session(page)
    await line.send("Emulation.setSafeAreaInsetsOverride", {"insets": INSETS})
    await page.goto(shared_server.url)
    assert await page.evaluate(OUTSIDE, INSETS) == [], "start page"
    await page.goto(invitation.invite_url)
    await page.wait_for_selector("#name:visible")
    assert await page.evaluate(OUTSIDE, INSETS) == [], "door"
    await enter_by_link(page, invitation.invite_url, "Ada")
    assert await page.evaluate(OUTSIDE, INSETS) == [], "board"
    await page.click("#share")
    await page.wait_for_selector("#link-dialog[open]")
    assert await page.evaluate(OUTSIDE, INSETS) == [], "sheet"
