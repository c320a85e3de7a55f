"""Versions of a photo by their names: chosen, renamed and deleted, also without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
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
    open_window: Any, gallery: Gallery, live_server: LiveServer, bold: Job, scripts: bool
) -> None:
    context = open_window(java_script_enabled=scripts, locale="en-GB")
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


def test_a_file_ordered_while_a_version_is_made_is_found_from_that_version(
    visit: Callable[..., Page], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page goes on to the new version by itself; what was ordered before is not lost."""
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", lambda _job: None)
    page = visit(f"/photos/{gallery.finished.public_id}/")
    page.get_by_role("radio", name="Swing").check(force=True)
    page.get_by_role("button", name="Make this video").click()
    page.locator("#stop").wait_for()
    page.locator("#download-gif").get_by_role("button", name="Make GIF").click()
    page.locator("#download-gif progress").wait_for()
    version = Job.objects.get(kind="restyle")
    lease = states.claim(version.public_id)
    assert lease
    keep_files(version, "dandelion")
    states.succeed(lease)
    strip = page.get_by_role("navigation", name="Videos of this photo")
    expect(strip.locator("[aria-current]")).to_contain_text("Swing")
    expect(page.locator("#download-gif").get_by_role("button", name="Make GIF")).to_be_visible()
    page.get_by_role("link", name="“GIF” is with the files of “Circle”.").click()
    expect(strip.locator("[aria-current]")).to_contain_text("Circle")
    expect(page.locator("#download-gif progress")).to_be_visible()
    expect(page.get_by_text("is with the files of")).to_have_count(0)
    # It is none of the versions after that one.
    strip.get_by_role("link", name="Swing").click()
    expect(page.get_by_text("is with the files of")).to_have_count(1)
    export = Job.objects.get(kind="export")
    lease = states.claim(export.public_id)
    assert lease
    states.fail(lease, "encoder_failed", "The file could not be saved.")
    page.reload()
    expect(page.get_by_text("is with the files of")).to_have_count(0)
