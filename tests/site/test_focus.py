"""Who uses the keyboard stays where they are when parts of a page are exchanged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from amena.jobs import states
from amena.jobs.models import Job
from amena.jobs.services import submission
from tests.faults.observing import wait_until
from tests.site.gallery import Gallery, keep_files

#: What has the focus: its text, or of a part its id; empty where it is lost.
AT = """() => {
  const at = document.activeElement;
  return !at || at === document.body ? "" : at.id || at.textContent.trim() || at.localName;
}"""


def test_no_order_on_a_photo_s_page_loses_the_focus(
    visit: Callable[..., Page], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    other = submission.restyle(gallery.finished, {"motion": "swing"})
    lease = states.claim(other.public_id)
    assert lease
    keep_files(other, "dandelion")
    states.succeed(lease)
    page = visit(f"/photos/{gallery.finished.public_id}/", viewport={"width": 1366, "height": 768})

    # Another version: its link is a new one, in the same place.
    versions = page.get_by_role("navigation", name="Videos of this photo").get_by_role("link")
    versions.filter(has_text="Circle").press("Enter")
    page.wait_for_function("() => location.search.includes('version=')")
    wait_until(lambda: page.evaluate(AT) != "")

    page.get_by_role("button", name="Make GIF").press("Enter")
    expect(page.locator("#download-gif")).not_to_contain_text("Make")
    wait_until(lambda: page.evaluate(AT) == "download-gif")

    # The button is disabled while its order is on its way.
    page.get_by_role("button", name="Make this video").press("Enter")
    expect(page.locator("#work").get_by_role("status")).to_be_visible()
    wait_until(lambda: page.evaluate(AT) == "Make this video")

    lease = states.claim(Job.objects.filter(kind="restyle").latest("pk").public_id)
    assert lease
    states.fail(lease, "encoder_failed", "The video could not be saved. Try again.")
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator("#work")).to_be_hidden()
    wait_until(lambda: page.evaluate(AT) != "")
