"""A line that goes dead without a word: what was under way is begun anew, and nothing hangs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from amena.jobs.models import Photo
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.fixtures.viewer import READY, stir
from tests.jobs.samples import jpeg
from tests.site.gallery import Gallery
from tests.site.test_sending import DEVICE
from tests.site.test_uploads import batch, rows, watch
from tests.site.test_wall import choose, file

#: What a page waits thirty seconds for, it waits a fifth of a second for.
SOON = """() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = () => timeout(200);
    document.addEventListener("htmx:configRequest", ({ detail }) => {
        if (detail.timeout) detail.timeout = 200;
    });
}"""

HASTE = """(() => {
    const later = window.setTimeout;
    window.setTimeout = (act, ms, ...rest) => later(act, ms === 30_000 ? 200 : ms, ...rest);
})()"""


def bury(*lost: list[Route]) -> None:
    """What nobody waits for any more is given up, or Playwright would wait for it."""
    for route in (each for routes in lost for each in routes):
        with suppress(Error):
            route.abort()


def dead(page: Page, address: str, times: int) -> list[Route]:
    """The first so many requests to the address get no answer."""
    asked: list[Route] = []

    def hear(route: Route) -> None:
        if route.request.method == "OPTIONS" or len(asked) >= times:
            route.continue_()
            return
        asked.append(route)

    page.route(address, hear)
    return asked


def test_an_upload_that_stands_still_is_sent_anew(
    enter: Callable[..., Page], service: Service
) -> None:
    """And so is the question whether the line is there again."""
    service.start("queue")
    page = enter(alone=True)
    page.clock.install()
    page.evaluate(SOON)
    sent = watch(page)
    uploads = dead(page, "**/photos/", 1)
    questions = dead(page, "**/usage/", 1)
    choose(page, *batch(2))
    expect(rows(page)).to_have_count(2)
    while not uploads:
        page.wait_for_timeout(20)
    page.clock.fast_forward(121_000)
    expect(page.locator("[data-hold]")).to_contain_text("Connection lost")
    while not questions:
        page.clock.fast_forward(1_000)
    for _ in range(50):
        if not rows(page).count():
            break
        page.clock.fast_forward(3_000)
        page.wait_for_timeout(100)
    expect(rows(page)).to_have_count(0)
    bury(uploads, questions)
    assert len(sent) == 3
    assert list(Photo.objects.order_by("pk").values_list("name", flat=True)) == ["00.jpg", "01.jpg"]


def test_what_takes_its_time_is_left_alone(enter: Callable[..., Page], service: Service) -> None:
    service.start("queue")
    page = enter(alone=True)
    page.clock.install()
    uploads = dead(page, "**/photos/", 1)
    choose(page, file("a.jpg", jpeg()))
    while not uploads:
        page.wait_for_timeout(20)
    page.clock.fast_forward(110_000)
    expect(rows(page)).to_contain_text("Uploading")
    uploads[0].continue_()
    page.wait_for_url("**/photos/*-*/")


@pytest.mark.parametrize("path", ["/photos/", "photo"])
def test_what_asks_for_news_asks_again(
    visit: Callable[..., Page], gallery: Gallery, path: str
) -> None:
    page = visit("/help/")
    photo = f"/photos/{gallery.working.public_id}/"
    page.goto(photo if path == "photo" else path)
    page.evaluate(SOON)
    asked = dead(page, "**/work/*" if path == "photo" else "**/card/*", 2)
    with page.expect_response(lambda answer: "/card/" in answer.url or "/work/" in answer.url):
        for _ in range(500):
            page.wait_for_timeout(20)
            if len(asked) == 2:
                break
    expect(page.get_by_text("Connection lost")).to_be_hidden()
    bury(asked)


@pytest.mark.parametrize("fault", ["dead", "cut"])
def test_a_scene_and_a_film_that_do_not_come_are_asked_for_anew(
    visit: Callable[..., Page], gallery: Gallery, fault: str
) -> None:
    page = visit("/help/")
    page.add_init_script(DEVICE)
    if fault == "dead":
        page.add_init_script(HASTE)
    page.goto(f"/photos/{gallery.finished.public_id}/")
    scene = page.locator("photo-3d").get_attribute("src")
    film = page.locator("[data-send-film]").get_attribute("data-send-film")
    lost = {address: dead(page, f"**{address}", 1) for address in (scene, film)}
    wait_until(lambda: stir(page) or lost[scene])
    page.get_by_role("button", name="Send the video").click()
    wait_until(lambda: lost[film])
    if fault == "cut":
        bury(*lost.values())
    expect(page.locator(READY)).to_be_attached()
    wait_until(lambda: page.evaluate("given.length === 1"))
    bury(*lost.values())
