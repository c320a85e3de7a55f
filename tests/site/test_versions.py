"""Versions of a photo by their names: chosen, renamed and deleted, also without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs import states
from amena.jobs.models import Job
from tests.site.gallery import Gallery, keep_files


@pytest.fixture
def bold(gallery: Gallery) -> Job:
    """A second version of the finished photo."""
    options = {"motion": "swing", "strength": "bold", "shape": "9:16"}
    job = Job.objects.create(
        photo=gallery.finished, kind="restyle", options=options, dispatch_at=states.soon()
    )
    lease = states.claim(job.public_id)
    assert lease
    keep_files(job, "dandelion")
    states.succeed(lease)
    return job


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_version_is_chosen_renamed_and_deleted(
    browser: Any, gallery: Gallery, live_server: LiveServer, bold: Job, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": gallery.cookie, "url": live_server.url}])
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/photos/{gallery.finished.public_id}/")
    strip = page.get_by_role("navigation", name="Videos of this photo")
    expect(strip.locator("span:not(.counts)")).to_have_text(["Swing, bold, Story", "Circle"])
    expect(strip.locator("a", has_text="Main version")).to_contain_text("Swing")

    # The older one is looked at, made the main one, and called by a name, by the keyboard.
    strip.get_by_role("link", name="Circle").click()
    expect(strip.locator("[aria-current]")).to_contain_text("Circle")
    page.get_by_text("This version", exact=True).click()
    page.get_by_role("button", name="Make this the main version").click()
    expect(strip.get_by_role("link", name="Circle")).to_contain_text("Main version")
    page.get_by_text("This version", exact=True).click()
    page.locator("#version-name").fill("The calm one")
    page.keyboard.press("Enter")
    expect(strip.locator("[aria-current]")).to_contain_text("The calm one")
    page.goto(f"/photos/{gallery.finished.public_id}/")
    expect(strip.locator("[aria-current]")).to_contain_text("The calm one")

    # The other one goes; what is left needs no strip.
    strip.get_by_role("link", name="Swing").click()
    expect(strip.locator("[aria-current]")).to_contain_text("Swing")
    page.get_by_text("This version", exact=True).click()
    page.get_by_role("button", name="Delete this version").click()
    expect(strip).to_have_count(0)
    assert not Job.objects.filter(pk=bold.pk).exists()

    page.get_by_text("Rename", exact=True).click()
    page.get_by_label("Name of the photo").fill("Our meadow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Our meadow")
    context.close()
