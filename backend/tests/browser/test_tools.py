"""Every tool, by real mouse, touch, pen and keyboard events."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from browser_people import NewPage, draw, enter_by_link, enter_new_room, look, seen, until, wave
from playwright.async_api import Page
from server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Points = list[tuple[float, float]]


async def board(new_page: NewPage, server: ServerProcess, **options: Any) -> Page:  # noqa: ANN401 - as Playwright has it
    page = await new_page(**options)
    await enter_new_room(page, server.url, "Ada")
    return page


def numbers(d: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?[\d.]+", d)]


async def only(page: Page, count: int = 1) -> list[dict[str, Any]]:
    paths: list[dict[str, Any]] = await until(page, "confirmed", lambda paths: len(paths) == count)
    return paths


async def test_the_pen_makes_few_curves_near_the_points(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    points = wave(300, 200, 60)
    await draw(page, points)
    (path,) = await only(page)
    assert 3 < path["d"].count("Q") + path["d"].count("L") < 40
    away = await page.evaluate(
        """([d, points]) => {
          const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
          path.setAttribute("d", d);
          const piece = path.getTotalLength() / 999;
          const places = Array.from({ length: 1000 }, (_, i) => path.getPointAtLength(i * piece));
          return points.map(([x, y]) => Math.min(...places.map((place) => Math.hypot(place.x - x, place.y - y))));
        }""",
        [path["d"], points],
    )
    assert max(away) < 1.2
    assert sum(away) / len(away) < 0.6


@pytest.mark.parametrize(
    ("key", "plain", "constrained"),
    [
        ("l", "M300 200L400 260", "M300 200L400 300"),
        ("r", "M300 200L400 200L400 260L300 260Z", "M300 200L400 200L400 300L300 300Z"),
        ("o", [400, 230, 300, 400, 200, 260], [400, 250, 300, 400, 200, 300]),
    ],
)
async def test_v1_lines_rectangles_and_ellipses_and_what_shift_makes_of_them(
    shared_server: ServerProcess,
    new_page: NewPage,
    key: str,
    plain: str | list[float],
    constrained: str | list[float],
) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press(key)
    await draw(page, [(300, 200), (350, 240), (400, 260)])
    await page.keyboard.down("Shift")
    end = (400, 290) if key == "l" else (400, 260)
    await draw(page, [(300, 200), (350, 240), end])
    await page.keyboard.up("Shift")
    for path, expected in zip(await only(page, 2), (plain, constrained), strict=True):
        if key == "o":
            values = numbers(path["d"])
            assert path["d"].count("C") == 4
            start_and_box = [*values[:2], min(values[::2]), max(values[::2]), min(values[1::2]), max(values[1::2])]
            assert start_and_box == expected
        elif expected == "M300 200L400 300":  # to the next 15 degrees, as far as the pointer went along it
            x0, y0, x, y = numbers(path["d"])
            assert abs((x - x0) - (y - y0)) < 0.1
        else:
            assert path["d"] == expected


async def test_shift_counts_without_another_move(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press("r")
    await draw(page, [(300, 200), (400, 260)], lift=False)
    await page.keyboard.down("Shift")
    await page.mouse.up()
    await page.keyboard.up("Shift")
    (square,) = await only(page)
    assert square["d"] == "M300 200L400 200L400 300L300 300Z"


async def test_v1_shift_makes_a_stroke_go_straight(
    shared_server: ServerProcess, new_page: NewPage, shots: Path
) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.down("Shift")
    await draw(page, [(300, 200), (350, 190), (420, 330), (500, 210)])  # nearly level
    await page.keyboard.up("Shift")
    (level,) = await only(page)
    assert level["d"] == "M300 200L500 200"
    await draw(page, [(300, 300), *((300 + 4 * step, 300 + (step % 3)) for step in range(1, 20))], lift=False)
    await page.keyboard.down("Shift")
    for x, y in ((450, 300), (480, 420), (400, 500)):
        await page.mouse.move(x, y)
    await page.keyboard.up("Shift")  # let go before the button: it stays straight
    await page.screenshot(path=shots / "straight.png")
    await page.mouse.up()
    (_, path) = await only(page, 2)
    assert path["d"].count("L") >= 1
    *_, x0, y0, x, y = numbers(path["d"])
    assert path["d"].endswith(f"L{path['d'].rpartition('L')[2]}")
    assert abs((x - x0) ** 2 + (y - y0) ** 2) > 190**2
    assert math.degrees(math.atan2(y - y0, x - x0)) % 15 == pytest.approx(0, abs=0.1)
    await draw(page, [(600, 300), (640, 310)], lift=False)
    await page.keyboard.down("Shift")
    await page.mouse.move(740, 312)
    await page.keyboard.up("Shift")
    await draw_on(page, [(760, 340), (780, 400)])
    (*_, third) = await only(page, 3)
    assert "L740 310" in third["d"], "the straight part ends where Shift was let go, and freehand goes on from there"


async def draw_on(page: Page, points: Points) -> None:
    for point in points:
        await page.mouse.move(*point)
    await page.mouse.up()


async def test_shift_by_keyboard_makes_straight_square_and_round(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page = await board(new_page, shared_server)
    await page.evaluate("document.activeElement.blur()")
    right, down = ["ArrowRight"] * 12, ["ArrowDown"] * 5
    for key in ("r", "Enter", "Space", *right, *down, "Shift+Space"):
        await page.keyboard.press(key)
    (square,) = await only(page)
    left, top, far, _, _, bottom, *_ = numbers(square["d"])
    assert (far - left, bottom - top) == (120, 120)
    for key in ("p", "Shift+Enter", *right, "ArrowDown", "Enter"):
        await page.keyboard.press(key)
    (_, straight) = await only(page, 2)
    assert re.fullmatch(r"M[-\d. ]+L[-\d. ]+", straight["d"])
    x0, y0, x, y = numbers(straight["d"])
    assert (x - x0, y - y0) == (120, 0)


async def test_select_move_recolour_widen_duplicate_delete(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press("r")
    for top in (150, 300, 450):
        await draw(page, [(300, top), (400, top + 60)])
    before = await only(page, 3)
    await page.keyboard.press("v")
    await page.mouse.click(300, 180)  # on the edge of the first
    await draw(page, [(350, 150), (370, 160), (450, 200)])  # an edge of what is selected: drag it
    moved = await until(page, "confirmed", lambda paths: paths[0]["d"] != before[0]["d"])
    assert moved[0]["d"] == "M400 200L500 200L500 260L400 260Z"
    assert [path["d"] for path in moved[1:]] == [path["d"] for path in before[1:]]
    await draw(page, [(250, 280), (420, 400), (520, 540)])  # a box around the other two
    await page.locator("[data-color]").nth(5).click()
    await page.locator("[data-width]").nth(4).click()
    changed = await until(page, "confirmed", lambda paths: [path["width"] for path in paths] == [4, 16, 16])
    assert [path["color"] for path in changed] == ["#1b1b1f", "#2f9e44", "#2f9e44"]
    await page.keyboard.press("Control+d")
    doubled = await only(page, 5)
    assert [path["color"] for path in doubled[3:]] == ["#2f9e44", "#2f9e44"]
    assert {path["d"] for path in doubled[3:]}.isdisjoint(path["d"] for path in doubled[:3])
    await page.keyboard.press("Delete")
    assert await only(page, 3) == changed
    for _ in range(6):
        await page.keyboard.press("Control+z")
    assert [path["d"] for path in await until(page, "confirmed", lambda paths: len(paths) == 2)] == [
        path["d"] for path in before[:2]
    ]


async def test_shift_adds_to_the_selection_and_arrows_move_it(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press("l")
    await draw(page, [(300, 200), (400, 200)])
    await draw(page, [(300, 300), (400, 300)])
    await only(page, 2)
    await page.keyboard.press("v")
    await page.mouse.click(350, 200)
    await page.keyboard.down("Shift")
    await page.mouse.click(350, 300)
    await page.keyboard.up("Shift")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        await page.keyboard.press(key)
    paths = await until(page, "confirmed", lambda paths: paths[0]["d"] == "M320 201L420 201")
    assert paths[1]["d"] == "M320 301L420 301"
    await page.keyboard.press("Control+z")  # the small moves are undone at once
    assert [p["d"] for p in await until(page, "confirmed", lambda ps: ps[0]["d"] == "M300 200L400 200")][1].startswith(
        "M300 300"
    )
    await page.keyboard.press("Escape")
    await page.keyboard.press("Delete")
    assert len(await seen(page, "paths")) == 2


async def test_copy_cut_and_paste_also_onto_another_board(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press("l")
    await draw(page, [(300, 200), (400, 250)])
    (line,) = await only(page)
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+c")
    await page.keyboard.press("Control+v")
    pair = await only(page, 2)
    assert pair[0] == line
    assert numbers(pair[1]["d"]) == [value + 16 for value in numbers(line["d"])]
    await page.keyboard.press("Control+x")
    await only(page, 1)
    other = await page.context.new_page()
    await enter_new_room(other, shared_server.url, "Ada")
    await other.keyboard.press("Control+v")
    assert len(await only(other)) == 1


async def test_the_hand_space_middle_button_and_wheel_move_the_board(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page = await board(new_page, shared_server)
    start = await look(page)
    await page.keyboard.press("h")
    await draw(page, [(400, 300), (430, 320)])
    assert (start["x"] - 30, start["y"] - 20) == ((now := await look(page))["x"], now["y"])
    await page.keyboard.press("p")
    await page.keyboard.down("Space")
    await draw(page, [(400, 300), (410, 300)])
    await page.keyboard.up("Space")
    assert (await look(page))["x"] == start["x"] - 40
    await page.mouse.move(400, 300)
    await page.mouse.down(button="middle")
    await page.mouse.move(390, 300)
    await page.mouse.up(button="middle")
    assert (await look(page))["x"] == start["x"] - 30
    await page.mouse.wheel(30, 20)
    await until(page, "camera", lambda now: (now["x"], now["y"]) == (start["x"], start["y"]))
    assert await seen(page, "paths") == []


async def test_zoom_by_wheel_and_keys_from_2_to_6400_percent_and_fit(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page = await board(new_page, shared_server)
    await draw(page, wave(300, 200))
    await page.mouse.move(640, 400)
    before = await look(page)
    await page.keyboard.down("Control")
    await page.mouse.wheel(0, -200)
    now = await until(page, "camera", lambda now: now["zoom"] > 1.4)
    await page.keyboard.up("Control")
    # The place under the pointer stays where it is.
    assert now["x"] + 640 / now["zoom"] == pytest.approx(before["x"] + 640 / before["zoom"])
    for key, least, most in (("Control++", 63.9, 64), ("Control+-", 0.02, 0.021)):
        for _ in range(60):
            await page.keyboard.press(key)
        assert least <= (await look(page))["zoom"] <= most
    await page.keyboard.press("Control+0")
    assert (await look(page))["zoom"] == 1
    await page.keyboard.press("Control+-")
    await page.keyboard.press("Shift+Digit1")
    fitted = await look(page)
    (path,) = await only(page)
    xs, ys = numbers(path["d"])[::2], numbers(path["d"])[1::2]
    assert fitted["x"] < min(xs) < max(xs) < fitted["x"] + 1280 / fitted["zoom"]
    assert fitted["y"] < min(ys) < max(ys) < fitted["y"] + 800 / fitted["zoom"]
    await page.wait_for_selector(f"#zoom-full:text-is('{round(fitted['zoom'] * 100)} %')")


async def test_any_colour_opacity_and_widths_by_keyboard(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.keyboard.press("3")
    await page.keyboard.press("]")
    await draw(page, wave(300, 150))
    await page.keyboard.press("[")
    await page.keyboard.press("[")
    await page.focus("#alpha")
    for _ in range(10):
        await page.keyboard.press("ArrowLeft")
    await draw(page, wave(300, 250))
    await page.fill("#any-color", "#123456")
    await draw(page, wave(300, 350))
    paths = await only(page, 3)
    assert [(path["color"], path["width"]) for path in paths] == [("#e03131", 8), ("#e0313180", 2), ("#12345680", 2)]


async def test_one_finger_draws_and_two_move_and_zoom(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server, width=390, height=844, has_touch=True, device_scale_factor=2)
    touch = await page.context.new_cdp_session(page)

    async def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await fingers("touchStart", (100, 300))
    for step in range(1, 15):
        await fingers("touchMove", (100 + 8 * step, 300 + 4 * step))
    await fingers("touchEnd")
    (path,) = await only(page)
    assert numbers(path["d"])[:2] == [100, 300]
    before = await look(page)
    await fingers("touchStart", (150, 400))
    await fingers("touchStart", (150, 400), (250, 400))
    for step in range(1, 11):
        await fingers("touchMove", (150 - 5 * step, 400 + 10 * step), (250 + 5 * step, 400 + 10 * step))
    await fingers("touchEnd")
    after = await look(page)
    assert after["zoom"] == pytest.approx(2 * before["zoom"], rel=0.05)
    # What was between the fingers still is.
    assert after["x"] + 200 / after["zoom"] == pytest.approx(before["x"] + 200 / before["zoom"], abs=3)
    assert after["y"] + 500 / after["zoom"] == pytest.approx(before["y"] + 400 / before["zoom"], abs=3)
    assert len(await seen(page, "paths")) == 1


async def test_the_hand_that_holds_a_pen_draws_nothing(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server, has_touch=True)
    cdp = await page.context.new_cdp_session(page)

    async def pen(kind: str, x: float, y: float) -> None:
        buttons = 0 if kind == "mouseReleased" else 1
        button = {
            "type": kind,
            "x": x,
            "y": y,
            "button": "left",
            "buttons": buttons,
            "pointerType": "pen",
            "clickCount": 1,
        }
        await cdp.send("Input.dispatchMouseEvent", button)

    async def palm(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    start = await look(page)
    await palm("touchStart", (700, 500))  # the hand comes first …
    await pen("mousePressed", 300, 300)
    await palm("touchMove", (710, 510))
    for step in range(1, 12):
        await pen("mouseMoved", 300 + 10 * step, 300)
    await palm("touchEnd")
    await palm("touchStart", (720, 520))  # … and again, while the pen is down and just after
    await pen("mouseReleased", 410, 300)
    await palm("touchMove", (760, 540))
    await palm("touchEnd")
    (path,) = await only(page)
    assert path["d"].startswith("M300 300L")
    assert await look(page) == start


async def test_drawing_by_keyboard_alone(shared_server: ServerProcess, new_page: NewPage) -> None:
    page = await board(new_page, shared_server)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("l")
    assert await page.inner_text("#said") == "Line"
    for key in ("Enter", "Space", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown"):
        await page.keyboard.press(key)
    assert (await page.inner_text("#said")).startswith("Pen down at")
    await page.keyboard.press("Space")
    (path,) = await only(page)
    x0, y0, x, y = numbers(path["d"])
    assert (x - x0, y - y0) == (20, 11)
    await page.keyboard.press("p")
    for key in ("Enter", "ArrowLeft", "ArrowLeft", "Escape"):  # a stroke that was given up …
        await page.keyboard.press(key)
    await page.keyboard.press("v")
    await page.keyboard.press("Control+a")
    await page.keyboard.press("3")
    assert [path["color"] for path in await until(page, "confirmed", lambda ps: ps[0]["color"] == "#e03131")] == [
        "#e03131"
    ]
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    for _ in range(100):  # the cross does not leave the window: the board moves
        await page.keyboard.press("ArrowRight")
    assert (await look(page))["x"] > 100


async def test_undo_leaves_what_others_did_since_and_a_clear_comes_back(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    ada = await new_page()
    bob = await new_page()
    link = await enter_new_room(ada, shared_server.url, "Ada")
    await enter_by_link(bob, link, "Bob")
    await ada.keyboard.press("l")
    await draw(ada, [(300, 200), (400, 200)])
    await draw(ada, [(300, 300), (400, 300)])
    await only(bob, 2)
    await ada.keyboard.press("v")
    await ada.mouse.click(350, 200)
    await ada.keyboard.press("ArrowDown")  # Ada moves the first line,
    await until(bob, "confirmed", lambda paths: paths[0]["d"] == "M300 210L400 210")
    await bob.keyboard.press("v")
    await bob.mouse.click(350, 210)
    await bob.keyboard.press("3")  # and Bob makes it red.
    await until(ada, "confirmed", lambda paths: paths[0]["color"] == "#e03131")
    await ada.keyboard.press("Control+z")  # It goes back, and stays red.
    moved = await until(bob, "confirmed", lambda paths: paths[0]["d"] == "M300 200L400 200")
    assert moved[0]["color"] == "#e03131"
    await bob.keyboard.press("p")
    await draw(bob, wave(500, 400))
    before = await only(ada, 3)
    await ada.click("#clear")
    await ada.click("#clear-yes")
    await until(bob, "confirmed", lambda paths: paths == [])
    await bob.keyboard.press("o")
    await draw(bob, [(700, 100), (760, 160)])  # after the clear: not Ada's to undo
    await only(ada, 1)
    await ada.keyboard.press("Control+z")
    back = await only(bob, 4)
    assert [(path["id"], path["d"], path["color"]) for path in back[:3]] == [
        (path["id"], path["d"], path["color"]) for path in before
    ]
    assert min(path["ts"] for path in back[:3]) > max(path["ts"] for path in before)
    await ada.keyboard.press("Control+z")  # the second line, which is Ada's alone
    await ada.keyboard.press("Control+z")  # the first is no longer as she left it: Bob's edit stands
    await only(bob, 3)
    await ada.keyboard.press("Control+z")
    assert len(await seen(ada, "paths")) == 3
    assert await ada.is_disabled("#undo")


async def test_undo_and_redo_survive_a_reload_and_others_edits_survive_them(
    shared_server: ServerProcess, new_page: NewPage
) -> None:
    page, bob = await new_page(), await new_page()
    await enter_by_link(bob, await enter_new_room(page, shared_server.url, "Ada"), "Bob")
    await page.keyboard.press("l")
    for top in (200, 300, 400):
        await draw(page, [(300, top), (400, top)])
    await page.keyboard.press("Control+z")
    await only(page, 2)
    await only(bob, 2)
    await bob.keyboard.press("v")
    await bob.mouse.click(350, 200)
    await bob.keyboard.press("3")
    await until(page, "confirmed", lambda paths: paths[0]["color"] == "#e03131")
    await again(page)
    await page.keyboard.press("Control+z")
    await only(page, 1)
    await page.keyboard.press("Control+Shift+z")
    await page.keyboard.press("Control+y")
    paths = await only(page, 3)
    assert [path["d"] for path in paths] == [f"M300 {top}L400 {top}" for top in (200, 300, 400)]
    await page.wait_for_selector("#redo:disabled")
    await page.click("#clear")
    await page.click("#clear-yes")
    await until(bob, "confirmed", lambda paths: paths == [])
    await again(page)
    await page.keyboard.press("Control+z")
    back = await only(bob, 3)
    assert [(path["d"], path["color"]) for path in back] == [(path["d"], path["color"]) for path in paths]
    assert back[0]["color"] == "#e03131"


async def again(page: Page) -> None:
    await page.wait_for_selector("html[data-saved=saved]")
    await page.reload()
    await page.wait_for_selector("#undo:enabled")
