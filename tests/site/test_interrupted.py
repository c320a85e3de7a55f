"""Reloads, the back button and other tabs in the middle of it lose nothing and double nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amena.jobs import states, storage
from amena.jobs.files import FILE_TYPES
from amena.jobs.models import Artifact, Job, Photo
from amena.jobs.services import deletion
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.gallery import Gallery
from tests.site.test_uploads import accept_leaving, rows
from tests.site.test_wall import choose, file

Enter = Callable[..., Page]


def slow_down(page: Page, bytes_a_second: int) -> None:
    """A line on which an upload takes its time."""
    line = page.context.new_cdp_session(page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 20, "downloadThroughput": -1,
         "uploadThroughput": bytes_a_second},
    )  # fmt: skip


@pytest.mark.parametrize("way", ["reload", "back"])
def test_photos_that_are_half_sent_are_made_once(enter: Enter, service: Service, way: str) -> None:
    service.start("queue")
    page = enter()
    asked = accept_leaving(page)
    page.locator("#upload").click(position={"x": 5, "y": 5})  # questions are for who was there
    page.goto("/help/")
    page.goto("/photos/")
    page.locator("#upload").click(position={"x": 5, "y": 5})
    slow_down(page, 40_000)
    photos = [jpeg(900 + n, 700) for n in range(3)]
    photos = [each + bytes(max(0, 120_000 - len(each))) for each in photos]
    choose(page, *(file(f"{n}.jpg", each) for n, each in enumerate(photos)))
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("Uploading… ")
    if way == "reload":
        page.reload()
    else:
        page.go_back()
        expect(page.get_by_role("heading", name="Help", exact=True)).to_be_visible()
        page.go_forward()
    assert asked == ["beforeunload"]
    slow_down(page, 4_000_000)
    expect(page.locator(".card")).to_have_count(3)
    expect(rows(page)).to_have_count(0)
    assert list(Photo.objects.order_by("pk").values_list("name", flat=True)) == [
        "0.jpg", "1.jpg", "2.jpg",
    ]  # fmt: skip
    page.reload()
    expect(page.locator(".card")).to_have_count(3)


@pytest.mark.parametrize("way", ["reload", "back"])
def test_a_file_that_is_being_made_is_found_after_one_comes_back(
    visit: Callable[..., Page], gallery: Gallery, unsent: None, way: str
) -> None:
    page = visit("/photos/", viewport={"width": 1366, "height": 800})
    page.goto(f"/photos/{gallery.finished.public_id}/")
    row = page.locator("#download-webm")
    page.get_by_text("WebM").first.click()
    row.get_by_role("button", name="Make WebM video").click()
    expect(row.get_by_role("progressbar")).to_be_visible()
    if way == "reload":
        page.reload()
    else:
        page.go_back()
        expect(page.locator(".card").first).to_be_visible()
        page.go_forward()
    # The group is open, and the row goes on asking.
    expect(row.get_by_role("progressbar")).to_be_visible()
    job = Job.objects.latest("pk")
    lease = states.claim(job.public_id)
    assert lease is not None
    key = storage.attempt_prefix(job.photo.public_id, job.public_id, 1) + "/video.webm"
    storage.save(key, b"film")
    kind, content_type, _ = FILE_TYPES["video.webm"]
    Artifact.objects.create(job=job, kind=kind, key=key, size=4, content_type=content_type)
    states.succeed(lease)
    expect(row.get_by_role("link")).to_be_visible()
    assert Job.objects.filter(source__photo=gallery.finished).count() == 1


def test_an_order_for_a_photo_deleted_in_another_tab_says_so(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    page = visit(f"/photos/{gallery.finished.public_id}/", viewport={"width": 1366, "height": 800})
    deletion.delete(gallery.finished, undoable=True)
    before = Job.objects.count()
    for order in ("#style button.main", "#share form button", "#download-gif .order > button"):
        page.locator(order).first.click()
        expect(page.get_by_text("It may have been deleted in another tab").last).to_be_visible()
        assert page.url.endswith(f"{gallery.finished.public_id}/")
    page.get_by_text("Rename").click()
    page.locator(".rename button").click()
    expect(page.get_by_role("heading", name="This is no longer here")).to_be_visible()
    assert Job.objects.count() == before


def test_two_tabs_on_the_same_photo_show_the_same_in_the_end(
    visit: Callable[..., Page], gallery: Gallery, unsent: None
) -> None:
    """What one orders is seen in the other as soon as it asks, and nothing is made twice."""
    page = visit(f"/photos/{gallery.finished.public_id}/", viewport={"width": 1366, "height": 800})
    other = page.context.new_page()
    other.goto(page.url)
    for each in (page, other):
        each.locator("#download-gif .order > button").click()
        expect(each.locator("#download-gif").get_by_role("progressbar")).to_be_visible()
    wait_until(lambda: Job.objects.filter(source__photo=gallery.finished).exists())
    assert Job.objects.filter(source__photo=gallery.finished).count() == 1
    # Shared here, and shared there: it is one link.
    for each in (page, other):
        each.locator("#share").get_by_role("button", name="Create a link").click()
    expect(page.locator("#share-link")).to_be_visible()
    expect(other.locator("#share-link")).to_have_value(page.locator("#share-link").input_value())
    assert gallery.finished.shares.count() == 1


def test_a_sign_in_elsewhere_spoils_no_form_of_the_same_person(
    visit: Callable[..., Page], gallery: Gallery, settings: Any
) -> None:
    """The session has ended, somebody signs in again in another tab, and goes on in the first."""
    settings.DEVELOPMENT = settings.DEV_LOGIN = True
    page = visit(f"/photos/{gallery.finished.public_id}/", viewport={"width": 1366, "height": 800})
    other = page.context.new_page()
    other.goto("/account/")

    def sign_in(email: str) -> None:
        other.locator("header").get_by_role("button", name="Sign out").click()
        expect(other.locator("header").get_by_role("link", name="Sign in")).to_be_visible()
        other.goto("/login/?next=/photos/")
        other.get_by_label("Email address").fill(email)
        other.get_by_role("button", name="Sign in", exact=True).click()
        other.wait_for_url("**/photos/")

    sign_in(gallery.user.email)
    page.get_by_text("Rename").click()
    page.locator(".rename input[name=name]").fill("as I call it")
    page.locator(".rename button").click()
    expect(page.get_by_role("heading", name="as I call it")).to_be_visible()
    sign_in(gallery.user.email)
    page.locator("#share form button").first.click()
    expect(page.locator("#share input").first).to_be_visible()

    # Of somebody else nothing is done that was begun here.
    sign_in("grace@example.com")
    page.locator("header").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()
    other.reload()
    expect(other.locator("header").get_by_role("button", name="Sign out")).to_be_visible()
