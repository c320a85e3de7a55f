"""What is being made is seen without scrolling, on every window and for every shape of photo."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job, Photo
from tests.fixtures.viewer import wake
from tests.site.conftest import SHARP
from tests.site.gallery import Gallery

WINDOWS: list[ViewportSize] = [
    {"width": width, "height": height} for width, height in ((1366, 657), (390, 844), (1920, 1080))
]
#: Width and height of a photo.
SHAPES = [(1920, 1080), (1080, 1920), (600, 2400)]


def test_progress_step_and_stop_stand_on_the_photo(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = visit("/robots.txt")
    for width, height in SHAPES:
        Photo.objects.filter(pk=gallery.working.pk).update(width=width, height=height)
        page.goto(f"/photos/{gallery.working.public_id}/")
        seen_on_the_stage(page)
    # The same while a further version of a finished photo is made. The page of the other one, which
    # has no job any more, would leave by itself.
    page.goto("/robots.txt")
    Job.objects.filter(photo=gallery.working).update(photo=gallery.finished, kind="restyle")
    for width, height in SHAPES:
        Photo.objects.filter(pk=gallery.finished.pk).update(width=width, height=height)
        page.goto(f"/photos/{gallery.finished.public_id}/")
        page.locator("photo-3d video").wait_for(state="attached")
        seen_on_the_stage(page)


#: The stage, and all that has to be seen on it, measured at one moment: the page asks for news.
BOXES = """() => ["#work [role=status]", "#work progress", "#work button", ".stage"].map((each) => {
  const { top, bottom, left, right } = document.querySelector(each).getBoundingClientRect();
  return [top, bottom, left, right];
})"""


def seen_on_the_stage(page: Page) -> None:
    """All of it is in the window, however large that is, and within the stage."""
    expect(page.locator("#work").get_by_role("status")).to_have_text("Filling in what is hidden")
    for window in WINDOWS:
        page.set_viewport_size(window)
        assert page.evaluate("scrollY") == 0
        *parts, stage = page.evaluate(BOXES)
        assert stage[0] >= 0
        assert stage[1] <= window["height"]
        for top, bottom, left, right in parts:
            assert stage[0] <= top < bottom <= stage[1]
            assert stage[2] <= left < right <= stage[3]


def test_the_picture_fills_the_window_and_stays_beside_what_changes_it(
    page: Page, gallery: Gallery, live_server: LiveServer
) -> None:
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/photos/")
    columns = "getComputedStyle(document.querySelector('#wall')).gridTemplateColumns.split(' ')"
    assert len(page.evaluate(columns)) == 6
    page.goto(f"/photos/{gallery.finished.public_id}/")
    wake(page)
    expect(page.get_by_text("How it turned out")).to_be_hidden()  # there is nothing to advise
    stage = page.locator("photo-3d").bounding_box()
    assert stage
    assert stage["width"] > 1300
    assert stage["y"] + stage["height"] <= 1080
    for name in ("Video", "Share"):
        expect(page.get_by_role("link", name=name).first).to_be_in_viewport(ratio=1)
    # Full screen, by the key and by the button.
    page.keyboard.press("f")
    expect(page.locator(".stage:fullscreen")).to_have_count(1)
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.locator(":fullscreen")).to_have_count(0)
    # Lens effects are seen before they are made.
    page.get_by_text("Size, length and effects").click()
    page.get_by_label("Vignette").fill("1")
    page.get_by_label("Background blur").fill("0.5")
    viewer = page.locator("photo-3d")
    expect(viewer).to_have_attribute("vignette", "1")
    expect(viewer).to_have_attribute("blur", "0.5")
    # On a phone it stays at the top while settings change, and only then.
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Vignette").click()
    expect(page.locator(".scene")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") > 500
    page.locator("#downloads h2").click()
    page.locator("#downloads h2").scroll_into_view_if_needed()
    expect(page.locator(".scene")).not_to_be_in_viewport()


SETTLED = """async () => {
  const viewer = document.querySelector("photo-3d");
  do { await new Promise(requestAnimationFrame); } while (!viewer.settled);
}"""


# The picture has round corners, and buttons in one of them.
CORNERS = ((0.02, 0.03), (0.98, 0.03), (0.02, 0.97), (0.98, 0.8), (0.5, 0.99), (0.99, 0.5))


def test_no_place_of_the_pointer_tears_the_first_page_s_picture(
    page: Page, transactional_db: None
) -> None:
    """The crown of the dandelion looks as at rest, in every corner."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.add_init_script(SHARP)
    page.goto("/")
    page.mouse.move(5, 5)
    page.mouse.move(10, 10)
    canvas = page.locator("photo-3d[data-state=ready] canvas")
    box = canvas.bounding_box()
    assert box

    def crown(x: float, y: float) -> NDArray[np.uint8]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.evaluate(SETTLED)
        seen = cv2.imdecode(np.frombuffer(canvas.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        return cv2.resize(seen, (768, 432))[:150, 80:390]

    page.evaluate("document.querySelector('.hint').hidden = true")
    rest = crown(0.5, 0.5)[35:115, 40:265]
    assert rest.std() > 10, "Something is drawn."
    for x, y in CORNERS:
        likeness = cv2.matchTemplate(crown(x, y), rest, cv2.TM_CCOEFF_NORMED).max()
        assert likeness > 0.93, (x, y)
