"""What is being made is seen without scrolling, on every window and for every shape of photo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job, Photo
from tests.site.gallery import Gallery

WINDOWS = [(1366, 657), (390, 844), (1920, 1080)]
#: Width and height of a photo.
SHAPES = [(1920, 1080), (1080, 1920), (600, 2400)]


@pytest.mark.parametrize("window", WINDOWS)
def test_progress_step_and_stop_stand_on_the_photo(
    page: Page, gallery: Gallery, live_server: LiveServer, window: tuple[int, int]
) -> None:
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_viewport_size({"width": window[0], "height": window[1]})
    for width, height in SHAPES:
        Photo.objects.filter(pk=gallery.working.pk).update(width=width, height=height)
        page.goto(f"/photos/{gallery.working.public_id}/")
        seen_on_the_stage(page, window)
    # The same while a further version of a finished photo is made.
    Job.objects.filter(photo=gallery.working).update(photo=gallery.finished, kind="restyle")
    for width, height in SHAPES:
        Photo.objects.filter(pk=gallery.finished.pk).update(width=width, height=height)
        page.goto(f"/photos/{gallery.finished.public_id}/")
        page.locator("photo-3d canvas").wait_for(state="attached")
        seen_on_the_stage(page, window)


#: The stage, and all that has to be seen on it, measured at one moment: the page asks for news.
BOXES = """() => ["#work [role=status]", "#work progress", "#work button", ".stage"].map((each) => {
  const { top, bottom, left, right } = document.querySelector(each).getBoundingClientRect();
  return [top, bottom, left, right];
})"""


def seen_on_the_stage(page: Page, window: tuple[int, int]) -> None:
    """All of it is in the window, and within the stage."""
    expect(page.locator("#work").get_by_role("status")).to_have_text("Filling in what is hidden")
    assert page.evaluate("scrollY") == 0
    *parts, stage = page.evaluate(BOXES)
    assert stage[0] >= 0
    assert stage[1] <= window[1]
    for top, bottom, left, right in parts:
        assert stage[0] <= top < bottom <= stage[1]
        assert stage[2] <= left < right <= stage[3]
