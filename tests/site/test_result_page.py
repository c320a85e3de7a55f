"""What people do with a finished 3D photo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job, Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.fixtures.viewer import READY, stir, wake
from tests.jobs.samples import jpeg
from tests.site.conftest import MOVING, UNHURRIED
from tests.site.gallery import Gallery
from tests.site.test_journeys import PHOTO_PAGE, SignIn, choose

PICTURES = "tests.site.engines.PictureEngine"
#: The plane in focus is marked for less than a second, which a busy test would miss.
COUNT_MARKS = """() => {
  window.marks = 0;
  const count = (changes) => { window.marks += changes[0].target.hasAttribute("mark"); };
  const only = { attributeFilter: ["mark"] };
  new MutationObserver(count).observe(document.querySelector("photo-3d"), only);
}"""


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Somebody who is not signed in, with a browser of their own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def paint(page: Page, tool: str, x: float, y: float) -> None:
    """One stroke of the brush."""
    page.get_by_role("radio", name=tool).check()
    canvas = page.locator(".brush-frame canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + (x + 0.1) * box["width"], box["y"] + y * box["height"], steps=4)
    page.mouse.up()


@pytest.mark.parametrize(("width", "motion"), [(360, "no-preference"), (1280, "reduce")])
def test_from_the_first_view_to_the_end_of_the_link(
    page: Page, service: Service, sign_in: SignIn, stranger: Page, width: int, motion: Any
) -> None:
    """View, another motion, strength, a further format, the brush, sharing, delete."""
    service.start("queue")
    service.start("worker", ENGINE=PICTURES)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(reduced_motion=motion)
    page.add_init_script(UNHURRIED)
    sign_in(page)
    choose(page, jpeg())
    page.wait_for_url(PHOTO_PAGE)
    wake(page)
    viewer = page.locator("photo-3d")
    expect(viewer).to_have_attribute("motion", "circle")
    expect(page.locator("photo-3d video")).to_be_hidden()

    # Motion and strength are seen at once, and made when asked for.
    page.get_by_role("radio", name="Swing").check()
    expect(viewer).to_have_attribute("motion", "swing")
    automatic = page.locator("input[name=auto_amplitude]")
    expect(automatic).to_be_checked()
    page.get_by_role("slider", name="Strength").first.fill("0.02")
    expect(viewer).to_have_attribute("amplitude", "0.02")
    expect(automatic).not_to_be_checked()
    page.evaluate(COUNT_MARKS)
    page.locator("photo-3d canvas").click(position={"x": 20, "y": 20})
    wait_until(lambda: page.evaluate("marks > 0"))
    expect(page.locator("input[name=auto_focus]")).not_to_be_checked()
    expect(viewer).not_to_have_attribute("mark", "")
    page.evaluate("marks = 0")
    page.get_by_role("slider", name="Focus").fill("0.7")
    wait_until(lambda: page.evaluate("marks > 0"))
    expect(viewer).to_have_attribute("focus", "0.7")
    page.get_by_role("button", name="Make this video").click()
    versions = page.get_by_role("navigation", name="Videos of this photo").get_by_role("link")
    expect(versions).to_have_count(2)
    page.wait_for_selector(READY)
    expect(viewer).to_have_attribute("amplitude", "0.02")
    restyled = Job.objects.get(kind="restyle")
    assert restyled.options == {
        "motion": "swing", "amplitude": 0.02, "focus": 0.7, "duration": 5.0, "fps": 30,
        "easing": "even", "depth_of_field": 0.0, "vignette": 0.0,
    }  # fmt: skip
    expect(page.locator(".stage")).to_be_in_viewport(ratio=1)

    # What is made already is there at once.
    versions.get_by_text("Circle").click()
    expect(viewer).to_have_attribute("motion", "circle")
    page.go_back()
    expect(viewer).to_have_attribute("motion", "swing")

    # A further format: made in the background, then saved in one tap.
    page.get_by_role("button", name="Make GIF").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download GIF").click()
    assert Path(downloading.value.path()).read_bytes() == b"loop.gif of swing"

    # Before, and depth.
    page.get_by_role("radio", name="Depth").check()
    expect(viewer).to_have_attribute("view", "depth")

    # The brush: painted, taken back, painted again, made.
    page.get_by_text("Correct the depth").click()
    page.wait_for_selector("depth-brush[data-state=ready]")
    make = page.get_by_role("button", name="Remake with this depth")
    expect(make).to_be_disabled()
    paint(page, "Nearer", 0.3, 0.3)
    expect(make).to_be_enabled()
    page.get_by_role("button", name="Undo").click()
    expect(make).to_be_disabled()
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("radio", name="Farther").check()
    page.locator(".brush-frame canvas").focus()
    for key in ("ArrowRight", "ArrowDown", "]", "Space"):
        page.keyboard.press(key)
    make.click()
    expect(page.get_by_text("Uses the depth you edited with the brush.")).to_be_visible()
    assert Job.objects.get(kind="edit").options == restyled.options
    expect(page.locator(".stage")).to_be_in_viewport(ratio=1)
    expect(automatic).not_to_be_checked()
    expect(viewer).to_have_attribute("amplitude", "0.02")

    # A stranger sees it until the link is ended.
    page.get_by_role("button", name="Create a link").click()
    link = page.get_by_role("textbox", name="Link").input_value()
    expect(page.locator("#share")).to_contain_text("The link works until")
    expect(page.locator("#kept")).to_contain_text("Kept until")
    for wish, said in (
        ("Stay at", "stays at this version: Swing"),
        ("Always", "always shows the newest"),
    ):
        page.locator("#share").get_by_role("button", name=wish).click()
        expect(page.locator("#share")).to_contain_text(said)
    stranger.goto(link)
    stranger.mouse.move(200, 200)
    stranger.wait_for_selector(READY)
    assert "holiday" not in stranger.content()
    stranger.goto(f"{link}embed")
    stranger.mouse.move(220, 220)
    stranger.wait_for_selector(READY)
    page.get_by_role("button", name="Stop sharing").click()  # the question is not confirmed
    expect(page.get_by_role("button", name="Stop sharing")).to_be_enabled()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Create a link")).to_be_visible()
    answer = stranger.goto(link)
    assert answer
    assert answer.status == 404
    stranger.goto(f"{link}embed")
    expect(stranger.get_by_role("heading")).to_have_text("This 3D photo is no longer shared")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Delete this photo").click()
    page.wait_for_url(re.compile(r"/photos/(\?.*)?$"))
    assert Photo.objects.get().deleted_at


def test_a_lost_connection_is_said_and_the_page_goes_on_after_it(
    browser: Browser, live_server: LiveServer, gallery: Gallery
) -> None:
    # In a context of its own: htmx logs lost requests as errors, which `page` takes for bugs.
    context = browser.new_context(base_url=live_server.url)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"/photos/{gallery.working.public_id}/")
    expect(page.locator("#work progress")).to_be_visible()
    context.set_offline(True)
    alert = page.locator("#problem").get_by_role("alert")
    expect(alert).to_contain_text("Connection lost")
    context.set_offline(False)
    expect(alert).to_be_hidden()
    context.close()


def test_when_the_session_has_ended_the_page_asks_to_sign_in(
    page: Page, gallery: Gallery, live_server: LiveServer
) -> None:
    """Whatever part of a page asks: the sign-in is never put in that part's place."""
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    photo = f"/photos/{gallery.working.public_id}/"
    for path, asking in ((photo, "#work progress"), ("/photos/", ".card progress")):
        page.context.add_cookies([cookie])
        page.goto(path)
        expect(page.locator(asking)).to_be_visible()
        page.context.clear_cookies()
        page.wait_for_url(f"**/login/?next={path}")
    # An order too.
    page.context.add_cookies([cookie])
    photo = f"/photos/{gallery.finished.public_id}/"
    page.goto(photo)
    page.context.clear_cookies()
    page.get_by_role("button", name="Create a link").click()
    page.wait_for_url(f"**/login/?next={photo}")


def test_without_its_scene_the_page_shows_the_video(
    page: Page, gallery: Gallery, live_server: LiveServer
) -> None:
    def refuse(route: Route) -> None:
        route.abort() if route.request.resource_type == "fetch" else route.continue_()

    page.emulate_media(**MOVING)
    page.route("**/files/**", refuse)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(f"/photos/{gallery.finished.public_id}/")
    stir(page)
    page.wait_for_selector("photo-3d[data-state=failed]")
    video = page.locator("photo-3d video")
    expect(video).to_be_visible()
    wait_until(lambda: not video.evaluate("video => video.paused"))
    expect(page.get_by_role("radio", name="Depth")).to_be_hidden()
