"""Orders on a photo's page: refused, failed, crossed by others, and without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs import states
from amena.jobs.models import ACTIVE, Job
from tests.faults.observing import wait_until
from tests.fixtures.viewer import READY, wake
from tests.jobs.samples import jpeg
from tests.site.gallery import Gallery, keep_files


@pytest.fixture
def opened(page: Page, gallery: Gallery, live_server: LiveServer) -> Page:
    """The page of a finished photo, at its owner's."""
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(f"/photos/{gallery.finished.public_id}/")
    return page


def test_work_that_fails_leaves_what_there_was(opened: Page, unsent: None) -> None:
    wake(opened)
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
    expect(opened.locator("photo-3d video")).to_be_visible()
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
    wake(opened)
    opened.get_by_role("button", name="Make this video").click()
    versions = opened.get_by_role("navigation", name="Videos of this photo").get_by_role("link")
    expect(versions).to_have_count(2)
    expect(opened.locator(".stage")).to_be_in_viewport(ratio=1)
    # Whoever moves on meanwhile stays there.
    opened.get_by_role("button", name="Make this video").click()
    opened.mouse.wheel(0, 4000)
    expect(versions).to_have_count(3)
    expect(opened.locator(".stage")).not_to_be_in_viewport()


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


def test_an_answer_moves_no_page_under_a_finger(opened: Page, unsent: None) -> None:
    opened.set_viewport_size({"width": 1280, "height": 320})
    opened.locator(".download-group").evaluate_all(
        "groups => groups.forEach(group => { group.open = true; })"
    )
    held: list[Any] = []
    orders = re.compile(r"/export/?$")
    opened.route(orders, lambda route: route.continue_() if held else held.append(route))
    opened.get_by_role("button", name="Make WebM video", exact=True).click()
    wait_until(lambda: opened.evaluate("true") and held)
    make = opened.get_by_role("button", name="Make Anaglyph", exact=True)
    make.scroll_into_view_if_needed()
    make.hover()
    expect(opened.locator("#download-webm")).not_to_be_in_viewport()
    where = opened.evaluate("scrollY")
    opened.mouse.down()
    held[0].continue_()
    expect(opened.locator("#download-webm progress")).to_be_attached()
    opened.wait_for_timeout(200)
    assert opened.evaluate("scrollY") == where
    opened.mouse.up()
    expect(opened.locator("#download-anaglyph progress")).to_be_visible()


def test_without_javascript_everything_is_a_form(
    browser: Browser, live_server: LiveServer, gallery: Gallery, unsent: None
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"/photos/{gallery.finished.public_id}/")
    expect(page.locator("photo-3d video")).to_be_visible()
    expect(page.locator("depth-brush")).to_be_hidden()
    page.get_by_role("button", name="Create a link").click()
    expect(page.get_by_role("textbox", name="Link")).to_be_visible()
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


def test_an_order_that_is_taken_leaves_what_another_was_told_meanwhile(
    opened: Page, gallery: Gallery, unsent: None
) -> None:
    orders, held = re.compile(r"/export/?$"), list[Any]()
    opened.route(orders, lambda route: route.continue_() if held else held.append(route))
    opened.get_by_role("button", name="Make GIF").click()
    wait_until(lambda: opened.evaluate("true") and held)
    token = "document.querySelector('#make input')"
    opened.evaluate(f"{token}.value = 'of another day'")
    row = opened.locator("#download-webp")
    row.get_by_role("button", name="Make Animated WebP").click()
    expect(row.get_by_role("alert")).to_be_visible()
    held[0].continue_()
    expect(opened.locator("#download-gif progress")).to_be_visible()
    expect(row.get_by_role("alert")).to_be_visible()
    # The next order is sent by somebody who has read it.
    opened.evaluate(f"{token}.value = document.querySelector('#share input').value")
    opened.get_by_role("button", name="Make Sticker").click()
    expect(opened.locator("#download-sticker progress")).to_be_visible()
    expect(row.get_by_role("alert")).to_be_hidden()


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
