"""The start page, the door to a board, and every way to find it closed."""

import json
from collections.abc import AsyncIterator

from board_line import BoardLine
from browser_people import draw, enter_by_link, wave
from looks import DRAWING, Catalogue, Visit, unfold
from playwright.async_api import Route

from whiteboard_client import create_room

DOORS = Catalogue()

GONE = "0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10"
INVITE = "ABCDEFGHIJKLMNOPQRSTUVWX"
FILE = {"name": "three-days-round-the-lake.svg", "mimeType": "image/svg+xml"}


async def go(visit: Visit, url: str) -> None:
    """Load a page, also if it is the same one."""
    await visit.page.goto("about:blank")
    await visit.page.goto(url)


async def start(visit: Visit, name: str = "Ada") -> None:
    """Go to the start page, and give a name."""
    await go(visit, visit.url)
    await visit.page.fill("#name", name)


async def answer(
    visit: Visit, address: str, status: int, headers: dict[str, str] | None = None, **problem: object
) -> None:
    """Have the server answer so, once; status 0: not at all."""

    async def fulfil(route: Route) -> None:
        if status:
            body = json.dumps({"status": status, **problem})
            await route.fulfill(status=status, body=body, headers=headers, content_type="application/problem+json")
        else:
            await route.abort("connectionrefused")

    await visit.page.route(address, fulfil, times=1)


async def refused(visit: Visit, status: int, headers: dict[str, str] | None = None, **problem: object) -> None:
    """Try to make a board in vain."""
    await answer(visit, "**/api/rooms", status, headers, **problem)
    await visit.page.click("#enter")
    await visit.page.wait_for_selector("#error:not([hidden]), #door-choice:not([hidden])")


@DOORS.add("start")
async def start_page(visit: Visit) -> AsyncIterator[None]:
    await go(visit, visit.url)
    await visit.page.wait_for_function("() => document.activeElement.id === 'name'")
    yield


@DOORS.add("start-nameless")
async def start_nameless(visit: Visit) -> AsyncIterator[None]:
    await start(visit, "")
    await visit.page.click("#enter")
    yield


@DOORS.add("start-drop")
async def start_drop(visit: Visit) -> AsyncIterator[None]:
    """A file is being dragged over the page."""
    await start(visit)
    data = await visit.page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'a.svg')); return data; }"
    )
    await visit.page.dispatch_event("main", "dragover", {"dataTransfer": data})
    yield


@DOORS.add("start-file")
async def start_file(visit: Visit) -> AsyncIterator[None]:
    await start(visit)
    await visit.page.set_input_files("#drawing", {**FILE, "buffer": DRAWING.read_bytes()})  # type: ignore[typeddict-item]
    yield


@DOORS.add("start-sending")
async def start_sending(visit: Visit) -> AsyncIterator[None]:
    """A file is on its way to the server."""
    await start(visit)
    line = await visit.page.context.new_cdp_session(visit.page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    await line.send("Network.emulateNetworkConditions", slow)
    await visit.page.set_input_files("#drawing", {**FILE, "buffer": b" " * 3_000_000})  # type: ignore[typeddict-item]
    await visit.page.click("#enter")
    await visit.page.wait_for_function("() => document.querySelector('#drawing-progress').value > 0.3")
    yield
    await line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    await visit.page.goto("about:blank")
    await line.detach()


@DOORS.add("start-no-drawing")
async def start_no_drawing(visit: Visit) -> AsyncIterator[None]:
    """The file turned out to be none."""
    await start(visit)
    await visit.page.set_input_files("#drawing", {**FILE, "buffer": b"<svg"})  # type: ignore[typeddict-item]
    await visit.page.click("#enter")
    await visit.page.wait_for_selector("#error:not([hidden]), #door-choice:not([hidden])")
    yield


@DOORS.add("start-quota")
async def start_quota(visit: Visit) -> AsyncIterator[None]:
    await start(visit)
    detail = (
        "10 live boards were already created from your address. One that nobody is on falls asleep after 5 minutes."
    )
    await refused(visit, 429, {"Retry-After": "240"}, code="room_limit", detail=detail)
    yield


@DOORS.add("start-busy")
async def start_busy(visit: Visit) -> AsyncIterator[None]:
    await start(visit)
    await refused(visit, 503, {"Retry-After": "20"}, code="import_busy", detail="other drawings are being read")
    yield


@DOORS.add("start-unreachable")
async def start_unreachable(visit: Visit) -> AsyncIterator[None]:
    await start(visit)
    await refused(visit, 0)
    yield


@DOORS.add("report")
async def report(visit: Visit) -> AsyncIterator[None]:
    """What came of a file, on the board that it made."""
    await start(visit)
    more = b'<text x="9" y="9">words</text><image width="9" height="9"/><text x="9" y="9">more</text></svg>'
    drawing = DRAWING.read_bytes().replace(b"</svg>", more)
    await visit.page.set_input_files("#drawing", {**FILE, "buffer": drawing})  # type: ignore[typeddict-item]
    await visit.page.click("#enter")
    await visit.page.wait_for_selector("#report:visible")
    # As on a phone, where the list of people does not unfold itself: in a large window it does, once it knows them.
    await visit.page.wait_for_selector("#people-list li", state="attached")
    await unfold(visit, opened=False)
    await visit.page.wait_for_function("() => whiteboard.picture() === 'whole' && whiteboard.count() > 100")
    yield


@DOORS.add("door")
async def door(visit: Visit) -> AsyncIterator[None]:
    invitation = await create_room(visit.url, "Grace")
    await go(visit, invitation.invite_url)
    await visit.page.wait_for_selector("#door:not([hidden])")
    yield


@DOORS.add("door-unreachable")
async def door_unreachable(visit: Visit) -> AsyncIterator[None]:
    await go(visit, f"{visit.url}/r/{GONE}#{INVITE}")
    await visit.page.fill("#name", "Ada")
    await answer(visit, "**/sessions", 0)
    await visit.page.click("#enter")
    await visit.page.wait_for_selector("#error:not([hidden]), #door-choice:not([hidden])")
    yield


@DOORS.add("door-unknown")
async def door_unknown(visit: Visit) -> AsyncIterator[None]:
    await go(visit, f"{visit.url}/r/{GONE}#{INVITE}")
    await visit.page.fill("#name", "Ada")
    await visit.page.click("#enter")
    await visit.page.wait_for_selector("#door-words[role=alert]")
    yield


@DOORS.add("door-incomplete")
async def door_incomplete(visit: Visit) -> AsyncIterator[None]:
    await go(visit, f"{visit.url}/r/{GONE}")
    await visit.page.wait_for_selector("#door-words[role=alert]")
    yield


async def come_back_to(visit: Visit, code: int) -> None:
    """Come back to a board that one has been on, and be shut out with this close code."""
    await go(visit, visit.url)
    place = {"token": "a.b.c", "name": "Ada"}
    await visit.page.evaluate(
        "([room, place]) => localStorage.setItem(`whiteboard.room.${room}`, JSON.stringify(place))", [GONE, place]
    )
    await visit.page.route_web_socket("**/ws", lambda socket: socket.close(code=code, reason="shut"))
    await go(visit, f"{visit.url}/r/{GONE}")
    await visit.page.wait_for_selector("#door-words[role=alert]")


async def leave_for_good(visit: Visit) -> None:
    """Forget that board."""
    await visit.page.evaluate("(room) => localStorage.removeItem(`whiteboard.room.${room}`)", GONE)


@DOORS.add("door-gone")
async def door_gone(visit: Visit) -> AsyncIterator[None]:
    await come_back_to(visit, 4404)
    yield
    await leave_for_good(visit)


@DOORS.add("door-expired")
async def door_expired(visit: Visit) -> AsyncIterator[None]:
    await come_back_to(visit, 4401)
    yield
    await leave_for_good(visit)


@DOORS.add("door-other-version")
async def door_other_version(visit: Visit) -> AsyncIterator[None]:
    await come_back_to(visit, 4406)
    yield
    await leave_for_good(visit)


@DOORS.add("door-gone-unsent")
async def door_gone_unsent(visit: Visit) -> AsyncIterator[None]:
    """There is no board any more for what was drawn last."""
    line = BoardLine()
    await line.watch(visit.page)
    invitation = await create_room(visit.url, "Grace")
    await enter_by_link(visit.page, invitation.invite_url, "Ada")
    await line.cut()
    await draw(visit.page, wave(200, 200, 10))
    line.refuse(4404)
    await visit.page.evaluate("dispatchEvent(new Event('online'))")
    await visit.page.wait_for_selector("#kept:visible")
    yield
