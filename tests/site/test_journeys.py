"""What people do on the site, from the first page to the last."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.fixtures.viewer import wake
from tests.jobs.samples import jpeg
from tests.site.conftest import MOVING, UNHURRIED

SignIn = Callable[[Page], None]
QUICK = "tests.faults.engines.QuickEngine"
REAL = "amena.engine.pipeline.Engine"
PHOTO_PAGE = re.compile(r"/photos/[0-9a-f-]{36}/$")
PLAYING = "video => video.readyState >= 2 && !video.paused && video.currentTime > 0.5"


def choose(page: Page, content: bytes, name: str = "holiday.jpg") -> None:
    """Picks a file in the upload form; with JavaScript that sends it."""
    file = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.get_by_label("Photo", exact=True).set_input_files([file])


def looks_other(view: Locator, first: bytes) -> bool:
    """Whether it does; while it goes to its place in the finished page it has no size."""
    try:
        return view.screenshot() != first
    except Error:
        return False


def test_from_sign_in_to_a_moving_3d_photo(page: Page, service: Service, sign_in: SignIn) -> None:
    """With the real engine: the view moves, the video plays on and on and can be downloaded."""
    page.emulate_media(**MOVING)
    page.add_init_script(UNHURRIED)
    service.start("queue")
    service.start("worker", ENGINE=REAL, JOB_LEASE_SECONDS="60")
    sign_in(page)
    choose(page, jpeg(480, 320))
    page.wait_for_url(PHOTO_PAGE)
    expect(page.get_by_role("heading", name="holiday.jpg")).to_be_visible()
    view = page.locator("photo-3d[data-state=ready]")
    wake(page, timeout=120_000)
    first = view.screenshot()
    wait_until(lambda: looks_other(view, first))
    video = view.locator("video")
    video.evaluate("video => video.play()")
    wait_until(lambda: video.evaluate(PLAYING))
    assert video.evaluate("video => [video.loop, video.muted, video.duration]") == [True, True, 5]
    before = video.evaluate("video => video.currentTime")
    wait_until(lambda: video.evaluate("video => video.currentTime") != before)
    shape = video.evaluate("video => video.videoWidth / video.videoHeight")
    assert shape == pytest.approx(480 / 320, rel=0.01)

    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download MP4").click()
    assert downloading.value.suggested_filename == "holiday-video.mp4"
    assert b"ftyp" in Path(downloading.value.path()).read_bytes()[:16]

    page.get_by_role("link", name="All my photos").click()
    expect(page.get_by_text("Ready").first).to_be_visible()
    page.get_by_role("link", name="holiday.jpg", exact=True).first.click()
    page.get_by_role("button", name="Delete this photo").click()
    page.wait_for_url(re.compile(r"/photos/(\?.*)?$"))
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert Photo.objects.get().deleted_at


def test_a_photo_dropped_on_the_page_is_made(page: Page, service: Service, sign_in: SignIn) -> None:
    service.start("queue", "worker")
    sign_in(page)
    data = page.evaluate_handle(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", {type: "image/jpeg"}));
            return data;
        }""",
        list(jpeg()),
    )
    for event in ("dragenter", "dragover"):
        page.dispatch_event("h1", event, {"dataTransfer": data})
    expect(page.locator("body")).to_have_class(re.compile("dropping"))
    page.dispatch_event("h1", "drop", {"dataTransfer": data})
    page.wait_for_url(PHOTO_PAGE)
    expect(page.get_by_role("heading", name="dropped.jpg")).to_be_visible()
    # How far it is may be over before anybody looks; that it is told is test_photo_page's matter.
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible()


def test_a_bad_file_is_refused_in_place_and_the_next_is_taken(
    page: Page, service: Service, sign_in: SignIn, tmp_path: Path
) -> None:
    service.start("queue")
    sign_in(page)
    choose(page, b"nothing at all")
    refused = page.locator(".upload-row.refused")
    expect(refused).to_contain_text("Save the picture as JPEG or PNG")
    assert page.url.endswith("/photos/")
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(61 * 2**20))
    page.get_by_label("Photo", exact=True).set_input_files(large)
    expect(refused.nth(1)).to_contain_text("up to 60 MB")
    choose(page, jpeg())
    page.wait_for_url(PHOTO_PAGE)


def test_a_waiting_photo_can_be_stopped_and_tried_again(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    service.start("queue")
    sign_in(page)
    choose(page, jpeg())
    page.wait_for_url(PHOTO_PAGE)
    expect(page.locator("#work").get_by_text("Starting soon")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You stopped this 3D photo.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#work").get_by_text("Starting soon")).to_be_visible()
    service.start("worker", ENGINE=QUICK)
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible()


def test_an_engine_that_refuses_the_photo_is_heard(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    service.start("queue")
    service.start("worker", ENGINE="tests.faults.engines.RefusingEngine")
    sign_in(page)
    choose(page, jpeg())
    page.wait_for_url(PHOTO_PAGE)
    expect(page.get_by_role("alert")).to_have_text("The photo shows nothing.")


def test_everything_works_without_javascript(
    browser: Browser, live_server: LiveServer, service: Service, sign_in: SignIn
) -> None:
    service.start("queue")
    service.start("worker", ENGINE=QUICK)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    choose(page, b"nothing")
    page.get_by_role("button", name="Make it 3D").click()
    expect(page.get_by_role("alert")).to_contain_text("Save the picture as JPEG or PNG")
    choose(page, jpeg())
    page.get_by_text("Motion, strength, size and formats").click()
    page.get_by_label("Motion", exact=True).select_option("swing")
    page.get_by_role("button", name="Make it 3D").click()
    page.wait_for_url(PHOTO_PAGE)
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible()
    page.get_by_role("radio", name="Orbit").check()
    page.get_by_role("button", name="Make this video").click()
    page.wait_for_url(PHOTO_PAGE)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    context.close()


def test_pages_fit_a_phone_and_a_desk(page: Page, service: Service, sign_in: SignIn) -> None:
    """No page can be scrolled sideways, and each has one heading."""
    service.start("queue")

    def check() -> None:
        page.wait_for_load_state()
        assert page.locator("h1").count() == 1
        for width in (1280, 360):  # the next page is opened on the phone
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") == width

    page.goto("/")
    check()
    page.goto("/login/")
    check()
    sign_in(page)
    check()
    choose(page, jpeg(), name="a-very-long-name-" * 6 + ".jpg")
    page.wait_for_url(PHOTO_PAGE)
    check()
    page.goto("/photos/")
    choose(page, b"nothing")
    expect(page.locator(".upload-row.refused")).to_be_visible()
    check()
