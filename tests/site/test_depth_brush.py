"""The depth brush: seen closer by wheel, fingers, keys and buttons, and stopped by edges."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Dialog, Page, Route

from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.scene.glb import write_glb
from amena.engine.types import ByteImage, Disparity
from amena.jobs.services import running, submission
from tests.engine.scenes import noise_photo
from tests.faults.engines import QuickEngine
from tests.site.conftest import SHARP
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
        page.locator(".brush-frame canvas").scroll_into_view_if_needed()
        page.wait_for_selector("depth-brush[data-state=ready]")
        return page

    return go


def scale(page: Page) -> float:
    """How much wider the canvas is than its frame."""
    wide, frame = (
        page.locator(each).evaluate("(each) => each.getBoundingClientRect().width")
        for each in (".brush-frame canvas", ".brush-frame")
    )
    return round(wide / frame, 2)


def painted(page: Page, act: Callable[[], None]) -> int:
    """How many pixels `act` changes."""
    canvas = page.locator(".brush-frame canvas")
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
    page.locator(".brush-frame canvas").focus()
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


@pytest.mark.parametrize("width", [390, 1366])
def test_what_stands_below_it_stays_where_it_is_while_it_comes(
    visit: Callable[..., Page], gallery: Gallery, width: int
) -> None:
    page = visit("/robots.txt", viewport={"width": width, "height": 768})
    held: list[Route] | None = []

    def answer(route: Route) -> None:
        route.continue_() if held is None else held.append(route)

    for late in ("**/depth-brush*", "**/thumbnail.jpg*", "**/files/**"):
        page.route(late, answer)
    page.goto(f"/photos/{gallery.finished.public_id}/", wait_until="domcontentloaded")
    page.get_by_text("Correct the depth").click()
    button = page.get_by_role("button", name="Use this map")
    place = "(each) => Math.round(each.getBoundingClientRect().top + scrollY)"
    before = button.evaluate(place)
    come, held = held, None
    for each in come:
        each.continue_()
    page.locator(".brush-frame").scroll_into_view_if_needed()
    page.locator("depth-brush[data-state=ready]").wait_for()
    page.locator(".brush-preview photo-3d[data-state=ready]").wait_for()
    assert abs(button.evaluate(place) - before) <= 1


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


def flat(folder: Path) -> dict[str, bytes]:
    """A wall of noise, all of it at half the depth: its scene and its depth map."""
    values = np.full((144, 256), 0.5, np.float32)
    photo = noise_photo(144, 256)
    layers = build_layers(photo, Disparity(values, "uploaded"), 0.03, fill_texture, (8, 8))
    write_glb(layers, folder / "scene.glb")
    depth = io.BytesIO()
    Image.fromarray(np.uint8(values * 255)).save(depth, "PNG")
    return {"glb": (folder / "scene.glb").read_bytes(), "disparity": depth.getvalue()}


def answering(body: bytes) -> Callable[[Route], None]:
    """Gives a request these bytes."""
    return lambda route: route.fulfill(body=body)


def test_what_is_painted_is_seen_in_3d_at_once(
    visit: Callable[..., Page], gallery: Gallery, tmp_path: Path
) -> None:
    page = visit("/robots.txt", viewport={"width": 1280, "height": 800})
    page.add_init_script(SHARP)
    artifacts = gallery.finished.jobs.get().artifacts_by_kind
    for kind, body in flat(tmp_path).items():
        page.route(f"**/{artifacts[kind].public_id}/", answering(body))
    page.goto(f"/photos/{gallery.finished.public_id}/")
    page.get_by_text("Correct the depth").click()
    page.locator(".brush-frame canvas").scroll_into_view_if_needed()
    preview = page.locator(".brush-preview photo-3d[data-state=ready]")
    preview.wait_for()

    def seen() -> ByteImage:
        preview.evaluate(
            """async view => {
                view.look({x: 0.5});
                for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
            }"""
        )
        with Image.open(io.BytesIO(preview.screenshot())) as image:
            return np.asarray(image.convert("RGB").resize((256, 144)))

    def changed(first: ByteImage, second: ByteImage) -> tuple[float, float]:
        """Where the stroke is, and in the corner."""
        apart = np.abs(first.astype(float) - second).mean(axis=2)
        return float(apart[62:82, 108:148].mean()), float(apart[:30, :50].mean())

    before = seen()
    box, beside = page.locator(".brush-frame canvas").bounding_box(), preview.bounding_box()
    assert box
    assert beside
    assert beside["y"] == pytest.approx(box["y"], abs=2), "Both are in sight on a laptop."
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    stroke, corner = changed(before, seen())  # the button is still down
    assert stroke > 6
    assert corner < 1
    page.mouse.up()
    page.get_by_role("button", name="Undo").click()
    assert max(changed(before, seen())) < 1


def test_leaving_asks_while_something_is_painted_and_not_sent(
    brush: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    page = brush()
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.reload()
    assert asked == []
    for sent in (False, True):
        page.get_by_text("Correct the depth").click()
        canvas = page.locator(".brush-frame canvas")
        canvas.scroll_into_view_if_needed()
        page.wait_for_selector("depth-brush[data-state=ready]")
        canvas.click(position={"x": 60, "y": 60})
        if sent:
            page.locator("depth-brush button.main").click()
            page.locator("#stop").wait_for()
        page.reload()
        assert asked == ["beforeunload"], "Only of what was not sent."


def test_a_version_that_comes_waits_for_who_paints(
    brush: Callable[..., Page], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    monkeypatch.setattr(running, "engine", lambda: QuickEngine("cpu"))
    job = submission.restyle(gallery.finished, {"motion": "swing"})
    page = brush()
    page.locator("#stop").wait_for()
    dab(page, 0.5, 0.5)
    running.run(job.public_id)
    page.locator("#stop").wait_for(state="detached")
    page.wait_for_timeout(3000)  # more than it takes to ask again
    assert page.evaluate("document.querySelector('depth-brush').unsent")
    with page.expect_response(f"**/photos/{gallery.finished.public_id}/"):
        page.get_by_role("button", name="Undo").click()
    page.wait_for_function("() => !document.querySelector('depth-brush[data-state=ready]')")
