"""How somebody stays in a room: the link can be copied again, and the token is renewed, over reloads and expiry."""

import time
from urllib.parse import urlsplit

import jwt
import pytest
from browser_people import NewPage, draw, enter_by_link, enter_new_room, until, wave
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STORE = """const store = (place, news) => {
  localStorage.setItem(place, JSON.stringify({...JSON.parse(localStorage.getItem(place)), ...news}));
}"""
ONLINE = "html[data-connection=online]"


def place(page: Page) -> str:
    """Where the browser remembers the room."""
    return f"whiteboard.room.{urlsplit(page.url).path.split('/')[2]}"


async def copied(page: Page) -> str:
    """The link that the page gives, where it may not write to the clipboard."""
    await page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')); }")
    await page.click("#copy-link")
    await page.wait_for_selector("#link-dialog[open]")
    link = await page.input_value("#link")
    await page.click("#link-close")
    return link


async def key_of(page: Page) -> dict[str, str]:
    """What the browser remembers of the room."""
    return dict(await page.evaluate("(place) => JSON.parse(localStorage.getItem(place))", place(page)))


async def remember(page: Page, **news: str | int) -> None:
    """Let the browser remember something else."""
    await page.evaluate(f"(news) => {{ {STORE}; store('{place(page)}', news); }}", news)


def aged(server: ServerProcess, token: str, left: int) -> str:
    """The same token with so many seconds left."""
    key = (server.data_dir / "jwt.key").read_bytes().split()[0]
    body = dict(jwt.decode(token, options={"verify_signature": False})) | {"exp": int(time.time()) + left}
    return jwt.encode(body, key, "HS256", {"kid": jwt.get_unverified_header(token)["kid"]})


async def test_who_is_in_a_room_can_copy_its_link_again(shared_server: ServerProcess, new_page: NewPage) -> None:
    ada, bob, eve = await new_page(), await new_page(), await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    for page in (ada, bob):
        assert await copied(page) == link
        await page.reload()
        await page.wait_for_selector(ONLINE)
        assert await copied(page) == link, "after a reload"
        await page.goto("about:blank")
        await page.goto(link.partition("#")[0])
        await page.wait_for_selector(ONLINE)
        assert await copied(page) == link, "from an address without the invite"
    await enter_by_link(eve, await copied(bob), "Eve")


async def test_a_token_is_renewed_while_it_is_used(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await new_page()
    await enter_new_room(page, shared_server.url, "Ada")
    young = (await key_of(page))["token"]
    old = aged(shared_server, young, 3600)
    await remember(page, token=old, asked=0)
    async with page.expect_response("**/sessions/renew") as renewed:
        await page.reload()
        await page.wait_for_selector(ONLINE)
    assert (await renewed.value).status == 200
    await page.wait_for_function(
        "([old, at]) => JSON.parse(localStorage.getItem(at)).token !== old", arg=[old, place(page)]
    )
    new = (await key_of(page))["token"]
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in (old, new)]
    assert claims[0]["sub"] == claims[1]["sub"]
    assert claims[1]["exp"] - time.time() > 29 * 86_400
    await page.reload()
    await page.wait_for_selector(ONLINE)
    assert (await key_of(page))["token"] == new, "it is not asked again on the same day"


async def test_c1_a_token_that_another_tab_has_renewed_is_used(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await new_page()
    await enter_new_room(page, shared_server.url, "Ada")
    good = (await key_of(page))["token"]
    expired = aged(shared_server, good, -1)
    await remember(page, token=expired)
    meanwhile = f"""{STORE}
    const Plain = WebSocket;
    window.WebSocket = class extends Plain {{
      constructor(...given) {{ super(...given); store('{place(page)}', {{token: '{good}'}}); }}
    }};"""
    await page.add_init_script(meanwhile)  # the page has read the expired one when it dials
    await page.reload()
    await page.wait_for_selector(ONLINE)
    assert (await key_of(page))["token"] == good, "no new session was made"
    await draw(page, wave(300, 300))
    await until(page, "confirmed", lambda paths: len(paths) == 1)


async def test_c1_who_has_an_expired_token_enters_by_the_link_again_unasked(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page = await new_page()
    link = await enter_new_room(page, shared_server.url, "Ada")
    expired = aged(shared_server, (await key_of(page))["token"], -1)
    await remember(page, token=expired)
    await page.reload()
    await page.wait_for_selector(ONLINE)
    assert (await key_of(page))["token"] != expired
    assert await copied(page) == link
