"""A laptop whose browser is set to 150 %: nothing is cut off, covered, or wider than the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job
from tests.site.gallery import Gallery
from tests.site.test_double_clicks import with_versions_a_link_and_a_setback
from tests.site.test_large_letters import HARD_TO_READ

ZOOM = 1.5
#: What a page then has of 1366 × 657 px, in its own pixels.
WINDOW = {"width": round(1366 / ZOOM), "height": round(657 / ZOOM)}
#: Buttons, links and fields that reach out of the window, where it cannot be scrolled to.
OUTSIDE = """() => [...document.querySelectorAll("a, button, input, select, summary, textarea")]
  .filter((each) => each.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}))
  .filter((each) => !each.closest(".visually-hidden, .skip"))
  .filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    return width > 1 && (left < -1 || right > innerWidth + 1);
  })
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_fits_at_150_per_cent(
    visit: Callable[..., Page], gallery: Gallery, live_server: LiveServer, language: str
) -> None:
    with_versions_a_link_and_a_setback(gallery.finished)
    Job.objects.filter(photo=gallery.finished).update(dismissed=True)
    page = visit("/robots.txt", viewport=WINDOW, device_scale_factor=ZOOM)
    found = []
    for name, (path, cookie) in gallery.pages.items():
        page.goto("/robots.txt")  # what the page before asks for leads nowhere
        page.context.clear_cookies()
        if cookie:
            session = {"name": "sessionid", "value": cookie, "url": live_server.url}
            page.context.add_cookies([session])
        page.goto(f"{path}?lang={language}")
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{name}: {wide} px wider than the window")
        found += [f"{name}: outside {each}" for each in page.evaluate(OUTSIDE)]
        found += [f"{name}: {fault}" for fault in page.evaluate(HARD_TO_READ)]
    assert found == []
