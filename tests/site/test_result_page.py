"""What people do with a finished 3D photo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs import states
from amena.jobs.models import ACTIVE, Job, Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.conftest import MOVING, UNHURRIED
from tests.site.gallery import Gallery, keep_files
from tests.site.test_journeys import PHOTO_PAGE, SignIn, choose

READY = "photo-3d[data-state=ready]"
PICTURES = "tests.site.engines.PictureEngine"
#: The plane in focus is marked for less than a second, which a busy test would miss.
COUNT_MARKS = """() => {
  window.marks = 0;
  const count = (changes) => { window.marks += changes[0].target.hasAttribute("mark"); };
  const only = { attributeFilter: ["mark"] };
  new MutationObserver(count).observe(document.querySelector("photo-3d"), only);
}"""


@pytest.fixture
def opened(page: Page, gallery: Gallery, live_server: LiveServer) -> Page:
    """The page of a finished photo, at its owner's."""
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"/photos/{gallery.finished.public_id}/")
    return page


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Somebody who is not signed in, with a browser of their own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are ordered, but nobody hears of them: the test says how they end."""
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)


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
    page.wait_for_selector(READY)
    viewer = page.locator("photo-3d")
    expect(viewer).to_have_attribute("motion", "circle")
    expect(page.locator("photo-3d video")).to_be_hidden()

    # Motion and strength are seen at once, and made when asked for.
    page.get_by_role("radio", name="Swing").check()
    expect(viewer).to_have_attribute("motion", "swing")
    automatic = page.locator("input[name=auto_amplitude]")
    expect(automatic).to_be_checked()
    page.get_by_label("Strength", exact=True).first.fill("0.02")
    expect(viewer).to_have_attribute("amplitude", "0.02")
    expect(automatic).not_to_be_checked()
    page.evaluate(COUNT_MARKS)
    page.locator("photo-3d canvas").click(position={"x": 20, "y": 20})
    wait_until(lambda: page.evaluate("marks > 0"))
    expect(page.locator("input[name=auto_focus]")).not_to_be_checked()
    expect(viewer).not_to_have_attribute("mark", "")
    page.evaluate("marks = 0")
    page.get_by_label("Focus", exact=True).fill("0.7")
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
    link = page.get_by_label("Link").input_value()
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


def test_work_that_fails_leaves_what_there_was(opened: Page, unsent: None) -> None:
    opened.wait_for_selector(READY)
    opened.get_by_role("button", name="Make this video").click()
    expect(opened.locator("#work")).to_contain_text("Starting soon")
    lease = states.claim(Job.objects.get(kind="restyle").public_id)
    assert lease
    states.fail(lease, "encoder_failed", "The video could not be saved. Try again.")
    expect(opened.locator("#work").get_by_role("alert")).to_contain_text("could not be saved")
    expect(opened.locator(READY)).to_be_visible()
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator("#work")).to_contain_text("Trying again soon")
    opened.get_by_role("button", name="Stop", exact=True).click()
    expect(opened.locator("#work")).to_contain_text("You stopped the new version.")
    opened.get_by_role("button", name="Dismiss").click()
    expect(opened.locator("#work")).to_be_hidden()
    opened.reload()
    expect(opened.locator(READY)).to_be_visible()
    expect(opened.locator("#work")).to_be_hidden()


def test_an_order_that_is_made_before_its_answer_comes_is_shown(
    opened: Page, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the worker is faster than the answer, so that nothing is left to watch."""

    def make(job_id: str) -> None:
        job = Job.objects.get(public_id=job_id)
        lease = states.claim(job.public_id)
        assert lease
        keep_files(job, "cat")
        states.succeed(lease)

    monkeypatch.setattr("amena.jobs.services.dispatch.publish", make)
    opened.set_viewport_size({"width": 360, "height": 800})
    opened.wait_for_selector(READY)
    opened.get_by_role("button", name="Make this video").click()
    versions = opened.get_by_role("navigation", name="Videos of this photo").get_by_role("link")
    expect(versions).to_have_count(2)
    expect(opened.locator(".stage")).to_be_in_viewport(ratio=1)
    # Whoever moves on meanwhile stays there.
    opened.get_by_role("button", name="Make this video").click()
    opened.mouse.wheel(0, 4000)
    expect(versions).to_have_count(3)
    expect(opened.locator(".stage")).not_to_be_in_viewport()


def test_a_lost_connection_is_said_and_the_page_goes_on_after_it(
    browser: Browser, live_server: LiveServer, gallery: Gallery
) -> None:
    # In a context of its own: htmx logs lost requests as errors, which `page` takes for bugs.
    context = browser.new_context(base_url=live_server.url)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
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
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(path)
        expect(page.locator(asking)).to_be_visible()
        page.context.clear_cookies()
        page.wait_for_url(f"**/login/?next={path}")
    # An order too.
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    photo = f"/photos/{gallery.finished.public_id}/"
    page.goto(photo)
    page.context.clear_cookies()
    page.get_by_role("button", name="Create a link").click()
    page.wait_for_url(f"**/login/?next={photo}")


def test_too_many_wishes_at_once_are_explained_on_the_page(
    opened: Page, settings: Any, unsent: None
) -> None:
    settings.LIMITS = settings.LIMITS | {"upload": {"address": (1, 3600)}}
    opened.get_by_text("Correct the depth").click()
    picture = {"name": "depth.png", "mimeType": "image/png", "buffer": jpeg()}
    answer = opened.locator(".own-depth .answer").get_by_role("alert")
    for _ in range(2):
        expect(answer).to_have_count(0)
        opened.get_by_label("Depth map, PNG or JPEG").set_input_files([picture])
        opened.get_by_role("button", name="Use this map").click()
        expect(opened.locator("#work")).to_contain_text("Starting soon")
    expect(answer).to_contain_text("Try again in")
    expect(answer).to_be_in_viewport()
    assert opened.locator("form[hx-post]:not(:has(.answer))").count() == 0


def test_a_refusal_stands_beside_what_was_refused(
    opened: Page, gallery: Gallery, settings: Any
) -> None:
    from amena.accounts.models import Quota

    Quota.objects.update_or_create(user=gallery.user, defaults={"active_jobs": 0})
    gif = opened.locator("#download-gif")
    gif.get_by_role("button", name="Make GIF").click()
    expect(gif.get_by_role("alert")).to_contain_text("cannot make photos")
    expect(gif).to_be_in_viewport()
    expect(gif.get_by_role("button", name="Make GIF")).to_be_visible()
    opened.get_by_role("button", name="Make this video").click()
    answer = opened.locator("#style .answer").get_by_role("alert")
    expect(answer).to_contain_text("cannot make photos")
    expect(answer).to_be_in_viewport()


def test_quick_orders_all_count_and_wait_for_each_other(
    opened: Page, gallery: Gallery, unsent: None
) -> None:
    """One after another without a pause, while rows above are being made."""
    names = ("GIF", "Animated WebP", "WebM video", "Anaglyph", "Side-by-side stereo")
    opened.locator(".download-group").evaluate_all(
        "groups => groups.forEach(group => { group.open = true; })"
    )
    for name in names:
        opened.get_by_role("button", name=f"Make {name}", exact=True).click()
    for kind in ("gif", "webp", "webm", "anaglyph", "sbs"):
        expect(opened.locator(f"#download-{kind} progress")).to_be_visible()
    orders = Job.objects.filter(kind="export", photo=gallery.finished, state__in=ACTIVE)
    outputs = sorted(job.options["outputs"] for job in orders)
    assert outputs == [["anaglyph"], ["gif"], ["sbs"], ["webm"], ["webp"]]
    assert {job.state for job in orders} == {"queued", "held"}


def test_without_its_scene_the_page_shows_the_video(
    page: Page, gallery: Gallery, live_server: LiveServer
) -> None:
    def refuse(route: Route) -> None:
        route.abort() if route.request.resource_type == "fetch" else route.continue_()

    page.emulate_media(**MOVING)  # type: ignore[arg-type]
    page.route("**/files/**", refuse)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"/photos/{gallery.finished.public_id}/")
    page.wait_for_selector("photo-3d[data-state=failed]")
    video = page.locator("photo-3d video")
    expect(video).to_be_visible()
    wait_until(lambda: not video.evaluate("video => video.paused"))
    expect(page.get_by_role("radio", name="Depth")).to_be_hidden()


def test_without_javascript_everything_is_a_form(
    browser: Browser, live_server: LiveServer, gallery: Gallery, unsent: None
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"/photos/{gallery.finished.public_id}/")
    expect(page.locator("photo-3d video")).to_be_visible()
    expect(page.locator("depth-brush")).to_be_hidden()
    page.get_by_role("button", name="Create a link").click()
    expect(page.get_by_label("Link")).to_be_visible()
    page.get_by_role("button", name="Stop sharing").click()
    page.get_by_role("button", name="Make GIF").click()
    expect(page.get_by_role("progressbar", name="GIF")).to_be_visible()
    page.get_by_role("radio", name="Orbit").check()
    page.get_by_role("button", name="Make this video").click()
    expect(page.locator("#work")).to_contain_text("Waiting")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#work")).to_contain_text("You stopped the new version.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#work")).not_to_contain_text("You stopped")
    page.get_by_text("Correct the depth").click()
    picture = {"name": "depth.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.get_by_label("Depth map, PNG or JPEG").set_input_files([picture])
    page.get_by_role("button", name="Use this map").click()
    expect(page.get_by_role("main")).to_contain_text("cannot read this format")
    orders = Job.objects.filter(photo=gallery.finished).order_by("created_at")
    assert [job.kind for job in orders] == ["create", "export", "restyle"]
    context.close()


def test_what_is_wrong_with_an_order_of_a_file_stands_in_its_row(opened: Page) -> None:
    """One form serves all rows, so that the page stays light."""
    assert opened.locator("#downloads form").count() == 1
    opened.evaluate("document.querySelector('#make input').value = 'of another day'")
    row = opened.locator("#download-webp")
    row.get_by_role("button", name="Make Animated WebP").click()
    expect(row.get_by_role("alert")).to_be_visible()
    expect(opened.locator(".downloads .answer:not(:empty)")).to_have_count(1)
    expect(row.get_by_role("button", name="Make Animated WebP")).to_be_enabled()


def test_a_file_is_made_again_with_other_options_from_its_row(
    opened: Page, gallery: Gallery
) -> None:
    opened.locator("summary", has_text="3D displays and print").click()
    row = opened.locator("#download-lenticular")
    options = row.locator(".file-options > summary")
    # The open group's arrow is its own; and whoever cannot see which file it is hears it.
    assert options.evaluate("line => getComputedStyle(line, '::after').content") == "none"
    assert options.inner_text().split() == ["Options", "–", "Lenticular", "print"]
    options.click()
    row.get_by_label("Lenses per inch (LPI)").fill("500")
    row.get_by_role("button", name="Make Lenticular print").click()
    expect(row.get_by_role("alert")).to_contain_text("less than or equal to 150")
    row.get_by_label("Lenses per inch (LPI)").fill("75.2")
    row.get_by_role("button", name="Make Lenticular print").click()
    expect(row.get_by_role("status")).to_be_visible()
    order = Job.objects.get(kind="export", photo=gallery.finished)
    assert (order.options["outputs"], order.options["lpi"]) == (["lenticular"], 75.2)
