"""What people look at stays where it is while a photo goes from one state to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.site.conftest import MOVING, UNHURRIED
from tests.site.gallery import EXAMPLES
from tests.site.test_journeys import PHOTO_PAGE
from tests.site.test_wall import choose, file

#: All that moves by itself: how far, and what. What follows a hand at once is its doing.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const name = (node) => node?.id || node?.className || node?.nodeName;
  const what = ({ node, previousRect, currentRect }) =>
    `${name(node)}: ${place(previousRect)} → ${place(currentRect)}`;
  if (!entry.hadRecentInput) shifts.push([entry.value, ...entry.sources.map(what)]);
})).observe({ type: "layout-shift", buffered: true });
"""
PHOTO = (EXAMPLES / "dandelion.jpg").read_bytes()
WINDOWS = [("en", 390, 844), ("ja", 390, 844), ("en", 1366, 657)]


def shifts(page: Page, moment: str) -> list[Any]:
    """What has moved since it was last asked, and when."""
    page.wait_for_timeout(150)  # until what has moved was drawn and told
    return [(moment, *each) for each in page.evaluate("shifts.splice(0)")]


@pytest.mark.parametrize(("language", "width", "height"), WINDOWS)
def test_nothing_moves_by_itself_from_the_upload_to_the_last_file(
    enter: Callable[..., Page], service: Service, gate: Path, language: str, width: int, height: int
) -> None:
    for stage in ("depth", "layers", "mesh", "render"):
        (gate / stage).touch()
    service.start("queue")
    wall = enter(language, viewport={"width": width, "height": height}, **MOVING)
    wall.context.add_init_script(WATCH + UNHURRIED)
    wall.reload()
    choose(wall, file("a.jpg", PHOTO), file("b.txt", b"no photo"), file("c.jpg", PHOTO + b"c"))
    expect(wall.locator(".upload-row.refused")).to_have_count(1)
    expect(wall.locator(".card")).to_have_count(2)
    # What is given comes first on the wall, and goes from the list of what is on its way; the place
    # to add photos stays where it is.
    mine = ("sending", "upload-row", "card", "LI", "mine", "[object SVGAnimatedString]")
    moved = [
        each
        for each in shifts(wall, "wall, uploads")
        if not all(what.startswith(mine) for what in each[2:])
    ]
    page = wall.context.new_page()
    page.goto("/photos/")
    page.locator(".card-name").nth(1).click()
    page.wait_for_url(PHOTO_PAGE)
    expect(page.locator("#work strong")).to_be_visible()
    moved += shifts(page, "photo, queued")

    service.start("worker", ENGINE="tests.site.engines.GatedPictureEngine", JOB_LEASE_SECONDS="60")
    page.locator(".making-3d.running").wait_for()
    moved += shifts(page, "photo, running")
    wall.locator(".card[data-state=running]").wait_for()
    (gate / "depth").unlink()
    wait_until(lambda: page.locator("#work progress").evaluate("bar => bar.value") > 10)
    moved += shifts(page, "photo, next stage")
    (gate / "layers").unlink()
    page.locator("photo-3d[data-draft][data-state=ready]").wait_for()
    moved += shifts(page, "photo, draft")
    (gate / "mesh").unlink()
    page.locator("photo-3d:not([data-draft])").wait_for()
    moved += shifts(page, "photo, scene")
    (gate / "render").unlink()
    page.locator("[data-views]").wait_for()
    page.locator("photo-3d[data-state=ready]").wait_for()
    moved += shifts(page, "photo, ready")
    expect(wall.locator(".card[data-state=succeeded]")).to_have_count(2)
    moved += shifts(wall, "wall, ready")

    # Further files and a further version.
    (gate / "render").touch()
    page.locator("#download-gif button[name=output]").click()
    page.locator("#download-gif progress").wait_for()
    page.wait_for_timeout(600)
    (gate / "render").unlink()
    page.locator("#download-gif a[download]").wait_for()
    moved += shifts(page, "photo, file")
    (gate / "render").touch()
    page.evaluate("scrollTo(0, 0)")
    page.locator("#style button:not([type=button])").last.click()
    page.locator(".making-3d").wait_for()
    page.wait_for_timeout(800)
    moved += shifts(page, "photo, restyle")
    (gate / "broken").touch()
    (gate / "render").unlink()
    page.locator(".setback [role=alert]").wait_for()
    moved += shifts(page, "photo, setback")
    page.locator(".setback form").last.locator("button").click()
    expect(page.locator(".setback")).to_have_count(0)
    moved += shifts(page, "photo, dismissed")
    assert not moved, "\n".join(map(str, moved))
