"""A batch of photos is never lost: whatever happens, each is made once, in the order given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import (
    Dialog,
    FilePayload,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from amena.accounts.models import Quota, User
from amena.jobs.models import Job, Photo, State
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.test_wall import choose, file, transfer

Enter = Callable[..., Page]


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    """Tests send faster than people."""
    settings.LIMITS = {**settings.LIMITS, "upload": {"address": (200, 60), "person": (200, 60)}}


def batch(count: int, bad: int = -1) -> list[FilePayload]:
    """So many different photos, one of them none at all."""
    return [
        file(f"{n:02}.jpg", b"no photo" if n == bad else jpeg(96 + n, 72)) for n in range(count)
    ]


def made() -> list[str]:
    """Names in the order in which a worker took them up; each job of each photo once."""
    done = Job.objects.filter(state=State.SUCCEEDED).order_by("started_at")
    return list(done.values_list("photo__name", flat=True))


def watch(page: Page) -> list[Request]:
    """The uploads that a page sends from now on."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "x-upload" in request.headers:
            sent.append(request)

    page.on("request", note)
    return sent


def never_answered(route: Route) -> None:
    """What a page sends gets lost, what it asks for does not."""
    if route.request.method != "POST":
        route.continue_()


def rows(page: Page) -> Locator:
    """What is on its way, or was refused."""
    return page.locator(".upload-row")


def accept_leaving(page: Page) -> list[str]:
    """Goes where the page asks whether to stay; what kind of questions it asked."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return asked


@pytest.mark.fault(
    "fourteen photos, places for three; a cut in the middle, a reload, a file that is none",
    "the browser keeps what the server has not; thirteen are made, once each, in order",
)
def test_fourteen_photos_with_a_reload_a_bad_file_and_a_cut(enter: Enter, service: Service) -> None:
    """Three places; the worker comes last. The database says: thirteen, once each, in order."""
    service.start("queue")
    page = enter()
    asked = accept_leaving(page)
    page.locator("#upload").click(position={"x": 5, "y": 5})  # questions are for who was there
    photos = batch(14, bad=9)

    # The fifth finds the line cut.
    posts: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)
        if len(posts) > 4 and (route.request.method == "POST" or "usage" in route.request.url):
            route.abort()
        else:
            route.continue_()

    page.route("**/photos/**", cut)
    choose(page, *photos)
    hold = page.locator("[data-hold]")
    expect(hold).to_contain_text("Connection lost")
    assert Photo.objects.count() == 4
    expect(page.locator(".upload-row.refused")).to_have_count(0)
    expect(rows(page)).to_have_count(10)

    # While ten are not with the server, the page asks; after a reload it knows them still.
    page.reload()
    assert asked == ["beforeunload"]
    expect(rows(page)).to_have_count(10)
    expect(hold).to_contain_text("Connection lost")
    sent = watch(page)
    page.unroute("**/photos/**")
    refused = page.locator(".upload-row.refused")
    expect(refused).to_have_count(1)
    expect(rows(page)).to_have_count(1)
    expect(refused).to_contain_text("09.jpg")
    expect(refused.get_by_role("button", name="Try again")).to_be_hidden()
    assert len(sent) == 10, "Each was sent once."
    assert page.url.endswith("/photos/")
    expect(page.locator(".card")).to_have_count(13)
    expect(page.locator(".card").nth(2)).to_contain_text("8th in line")

    page.close()  # nothing is pending any more: it may be closed
    service.start("worker", "sweeper", ENGINE="tests.faults.engines.QuickEngine")
    wait_until(lambda: len(made()) == 13)
    assert made() == [f"{n:02}.jpg" for n in range(14) if n != 9]
    assert Photo.objects.count() == Job.objects.count() == 13


def test_a_closed_tab_s_photos_go_on_when_one_comes_back(enter: Enter, service: Service) -> None:
    service.start("queue")
    page = enter()
    page.route("**/photos/", never_answered)
    choose(page, *batch(3))
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("Uploading")
    context = page.context
    other = context.new_page()
    other.goto("/photos/")
    expect(rows(other)).to_have_count(0)  # the first page is busy with them
    page.close()
    wait_until(lambda: Photo.objects.count() == 3)
    expect(other.locator(".card")).to_have_count(3)
    assert other.url.endswith("/photos/")
    other.reload()
    expect(rows(other)).to_have_count(0)
    assert Photo.objects.count() == 3


def test_where_the_browser_keeps_nothing_the_list_says_what_is_missing(
    enter: Enter,
    service: Service,
) -> None:
    service.start("queue")
    page = enter()
    accept_leaving(page)
    nothing = "{value: {open() { throw new DOMException('No.', 'SecurityError'); }}}"
    page.add_init_script(f"Object.defineProperty(window, 'indexedDB', {nothing})")
    page.reload()
    page.route("**/photos/", never_answered)
    choose(page, *batch(2))
    expect(rows(page)).to_have_count(2)
    page.reload()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("00.jpg")
    expect(rows(page).first).to_contain_text("Not uploaded. Choose it again.")
    rows(page).first.get_by_role("button", name="Cancel").click()
    expect(rows(page)).to_have_count(1)


def test_signed_out_meanwhile_it_goes_on_after_the_sign_in(enter: Enter, service: Service) -> None:
    service.start("queue")
    page = enter()
    context = page.context
    context.clear_cookies()
    choose(page, *batch(2))
    hold = page.locator("[data-hold]")
    expect(hold).to_contain_text("You have been signed out.")
    expect(page.locator(".upload-row.refused")).to_have_count(0)
    with context.expect_page() as opening:
        hold.get_by_role("link", name="Sign in").click()
    door = opening.value
    door.get_by_label("Email address").fill("ada@example.com")
    door.get_by_role("button", name="Sign in", exact=True).click()
    door.wait_for_url("**/photos/")
    door.close()
    page.bring_to_front()
    expect(page.locator(".card")).to_have_count(2)
    assert page.url.endswith("/photos/")
    # The forms of the page, made under the session before, work as well.
    page.get_by_role("button", name="Stop 01.jpg").click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()


def test_another_person_does_not_get_what_the_first_has_left(
    enter: Enter, service: Service
) -> None:
    service.start("queue")
    page = enter()
    accept_leaving(page)
    page.context.clear_cookies()
    choose(page, *batch(1))
    expect(page.locator("[data-hold]")).to_contain_text("You have been signed out.")
    page.goto("/login/?next=/photos/")
    page.get_by_label("Email address").fill("bob@example.com")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/photos/")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(rows(page)).to_have_count(0)
    assert not Photo.objects.exists()


def test_beyond_the_limits_nothing_is_sent_until_there_is_room(
    enter: Enter, service: Service
) -> None:
    """Two a day, and then there are more: three photos are sent three times."""
    service.start("queue")
    page = enter(alone=True)
    page.clock.install()
    user = User.objects.get()
    Quota.objects.update_or_create(user=user, defaults={"daily_jobs": 2})
    sent = watch(page)
    choose(page, *batch(3))
    expect(page.locator("[data-hold]")).to_contain_text("You have reached today’s limit of 2")
    expect(page.locator("[data-hold]")).to_contain_text("Keep this page open")
    expect(rows(page)).to_have_count(1)
    page.clock.fast_forward(120_000)
    page.wait_for_load_state("networkidle")
    expect(rows(page)).to_contain_text("Waiting")
    Quota.objects.filter(user=user).update(daily_jobs=3)
    page.clock.fast_forward(120_000)
    expect(rows(page)).to_have_count(0)
    assert len(sent) == Photo.objects.count() == 3


def test_too_many_in_a_minute_wait_calmly(enter: Enter, service: Service, settings: Any) -> None:
    service.start("queue")
    settings.LIMITS = {**settings.LIMITS, "upload": {"address": (200, 60), "person": (2, 2)}}
    page = enter()
    sent = watch(page)
    choose(page, *batch(4))
    expect(page.locator(".card")).to_have_count(4)
    assert len(sent) <= 5, "One finds out that it is too fast; then they keep the pace."
    assert list(Photo.objects.order_by("pk").values_list("name", flat=True)) == [
        f"{n:02}.jpg" for n in range(4)
    ]


def test_a_drop_on_the_first_page_is_made_after_the_sign_in(page: Page, service: Service) -> None:
    service.start("queue")
    page.goto("/")
    page.evaluate(
        """data => document.querySelector("h1").dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
        )""",
        transfer(page),
    )
    page.wait_for_url("**/login/?next=/photos/")
    page.get_by_label("Email address").fill("ada@example.com")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
    assert Photo.objects.get().name == "a.jpg"


def test_the_first_photos_bring_what_a_wall_of_photos_has(enter: Enter, service: Service) -> None:
    """Filters, search and Select, without a reload, as they are after one."""
    service.start("queue")
    page = enter(viewport={"width": 1366, "height": 800})
    parts = page.locator(".filters, .find, [data-select]")
    expect(parts.locator("visible=true")).to_have_count(0)
    choose(page, *batch(2))
    expect(page.locator(".card")).to_have_count(2)
    expect(parts.locator("visible=true")).to_have_count(3)
    page.locator("[data-select]").click()
    page.locator(".card .pick input").first.check()
    expect(page.locator(".selection-count")).to_contain_text("1 selected")
    page.reload()
    expect(parts.locator("visible=true")).to_have_count(3)
