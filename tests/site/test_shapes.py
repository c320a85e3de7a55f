"""A film of another shape: what it will show is marked on the photo before it is made."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job
from tests.fixtures.viewer import wake
from tests.site.gallery import Gallery

READY = "photo-3d[data-state=ready]"


@pytest.fixture
def opened(
    page: Page, gallery: Gallery, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Page:
    """The page of a finished photo, at its owner's; nobody hears of what is ordered."""
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(f"/photos/{gallery.finished.public_id}/")
    wake(page)
    return page


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found
    return dict(found)


@pytest.mark.parametrize("width", [390, 1366])
def test_the_part_that_will_be_shown_is_marked_on_the_photo_and_made(
    opened: Page, gallery: Gallery, width: int
) -> None:
    page = opened
    page.set_viewport_size({"width": width, "height": 800})
    crop, framing = page.locator("photo-3d > .crop"), page.get_by_role("slider", name="Framing")
    expect(crop).to_have_count(0)
    expect(framing).to_be_hidden()
    page.get_by_role("radio", name="Story").check()
    whole, part = box(page, "photo-3d"), box(page, "photo-3d > .crop")
    assert part["height"] == pytest.approx(whole["height"], abs=1)
    assert part["width"] == pytest.approx(whole["height"] * 9 / 16, abs=1)
    # The report of the gallery's photo says where its subject is.
    room = whole["width"] - part["width"]
    assert (part["x"] - whole["x"]) / room == pytest.approx(0.3, abs=0.02)
    assert part["y"] < 800  # in sight beside what changes it

    framing.fill("1")
    automatic = page.locator("input[name=auto_placement]")
    expect(automatic).not_to_be_checked()
    part = box(page, "photo-3d > .crop")
    assert part["x"] + part["width"] == pytest.approx(whole["x"] + whole["width"], abs=1)
    page.get_by_role("button", name="Make this video").click()
    expect(page.locator("#work").get_by_role("status")).to_be_visible()
    job = Job.objects.filter(photo=gallery.finished).latest("pk")
    assert job.kind == "restyle"
    assert (job.options["shape"], job.options["placement"]) == ("9:16", 1)

    # Second thoughts: all of the photo, and nothing is marked.
    page.get_by_role("radio", name="As the photo").check()
    expect(crop).to_have_count(0)
    page.get_by_role("button", name="Make this video").click()
    expect(page.locator("#work").get_by_role("status")).to_be_visible()


def test_without_scripts_a_shape_is_ordered_by_the_plain_form(
    browser: Any, gallery: Gallery, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": gallery.cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/photos/{gallery.finished.public_id}/")
    page.get_by_role("radio", name="Square").check()
    page.get_by_role("button", name="Make this video").click()
    page.wait_for_load_state()
    context.close()
    job = Job.objects.filter(photo=gallery.finished).latest("pk")
    assert job.options["shape"] == "1:1"
    assert "placement" not in job.options
