"""The depth brush: seen closer by wheel, fingers, keys and buttons, and stopped by edges."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.site.gallery import Gallery

#: How many pixels differ from those of the time before.
CHANGED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const before = canvas.before ?? data;
  canvas.before = data;
  return data.filter((level, i) => i % 4 === 0 && level !== before[i]).length;
}"""


@pytest.fixture
def brush(visit: Callable[..., Page], gallery: Gallery) -> Callable[..., Page]:
    """The page of a finished photo with its brush open."""

    def go(**options: object) -> Page:
        page = visit(f"/photos/{gallery.finished.public_id}/", **options)
        page.get_by_text("Correct the depth").click()
        # It loads its pictures once it is in sight.
        page.locator("depth-brush canvas").scroll_into_view_if_needed()
        page.wait_for_selector("depth-brush[data-state=ready]")
        return page

    return go


def scale(page: Page) -> float:
    """How much wider the canvas is than its frame."""
    wide, frame = (
        page.locator(each).evaluate("(each) => each.getBoundingClientRect().width")
        for each in ("depth-brush canvas", ".brush-frame")
    )
    return round(wide / frame, 2)


def painted(page: Page, act: Callable[[], None]) -> int:
    """How many pixels `act` changes."""
    canvas = page.locator("depth-brush canvas")
    canvas.evaluate(CHANGED)
    act()
    page.mouse.move(1, 1)  # the brush's own ring is not counted
    canvas.evaluate("(each) => each.blur()")
    return int(canvas.evaluate(CHANGED))


def dab(page: Page, x: float, y: float) -> None:
    box = page.locator(".brush-frame").bounding_box()
    assert box
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_closer_the_brush_is_finer_and_paints_what_is_under_it(brush: Callable[..., Page]) -> None:
    page = brush(viewport={"width": 1366, "height": 1200})
    wide = painted(page, lambda: dab(page, 0.5, 0.5))
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    assert scale(page) == 2.25
    closer = painted(page, lambda: dab(page, 0.5, 0.5))
    assert 3.5 < wide / closer < 7, "Its radius is 2.25 times as small."
    page.locator("depth-brush canvas").focus()
    page.keyboard.press("-")
    assert scale(page) == 1.5
    page.keyboard.press("0")
    assert scale(page) == 1
    box = page.locator(".brush-frame").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(0)
    page.locator("[data-do=wider]:enabled").wait_for()
    assert scale(page) == 2.72
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 50)
    assert page.evaluate("scrollY") == before, "It moves the picture in its frame."


def test_two_fingers_zoom_and_leave_no_stroke(brush: Callable[..., Page]) -> None:
    page = brush(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    box = page.locator(".brush-frame").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *apart: float) -> None:
        points = [{"x": x + each, "y": y, "id": n} for n, each in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", -20)
    send("touchStart", -20, 20)
    for each in (30, 45, 60):
        send("touchMove", -each, each)
    send("touchEnd", -60)
    send("touchMove", -80)
    send("touchEnd")
    assert scale(page) == 3
    assert page.locator("[data-do=clear]").is_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_it_stops_at_the_edges_of_what_was_touched(brush: Callable[..., Page]) -> None:
    page = brush(viewport={"width": 1366, "height": 1200})
    page.get_by_role("slider", name="Size").fill("40")
    everything = painted(page, lambda: dab(page, 0.5, 0.5))
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Stop at edges").check()
    inside = painted(page, lambda: dab(page, 0.5, 0.5))
    assert 0 < inside < 0.8 * everything
