"""What people look at stays where it is while a photo goes from one state to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amena.engine.catalogue import CATALOGUE
from amena.jobs import states
from amena.jobs.models import Artifact, Job
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.site.conftest import MOVING, UNHURRIED
from tests.site.gallery import EXAMPLES, Gallery
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
#: How high each row of files is, all groups being open.
HEIGHTS = """() => {
  document.querySelectorAll(".download-group").forEach((group) => { group.open = true; });
  return [...document.querySelectorAll(".downloads > li")].map(
    (row) => [row.id, Math.round(row.getBoundingClientRect().height)]);
}"""
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
    wall = enter(language, viewport={"width": width, "height": height}, alone=True, **MOVING)
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


def test_no_row_of_files_grows_or_shrinks_with_what_is_ordered(
    gallery: Gallery, enter: Callable[..., Page]
) -> None:
    """Else whatever is below it goes from under a finger."""
    made = gallery.finished.jobs.get()
    offered = [output for output in CATALOGUE if output.group and not output.always]
    assert len(offered) > 8
    windows = {language: enter(language) for language in ("en", "ja")}

    def heights() -> dict[tuple[str, int, str], float]:
        found = {}
        for language, page in windows.items():
            page.goto(f"/photos/{gallery.finished.public_id}/")
            for width in (320, 390, 768, 1366, 1920):
                page.set_viewport_size({"width": width, "height": 900})
                for name, height in page.evaluate(HEIGHTS):
                    found[language, width, name] = height
        return found

    first = heights()
    assert len(first) > 10 * len(offered)
    orders = [
        Job.objects.create(
            photo=made.photo,
            kind="export",
            source=made,
            options={**made.options, "outputs": [output.name]},
            dispatch_at=states.soon(),
        )
        for output in offered
    ]
    assert heights() == first, "while they wait"
    leases = [states.claim(order.public_id) for order in orders]
    assert heights() == first, "while they are made"
    for order, lease, output in zip(orders, leases, offered, strict=True):
        assert lease
        for part in output.files:
            Artifact.objects.create(
                job=order,
                kind=part.kind,
                key=f"{output.name}/{part.name}",
                size=1_023_900,  # few have more letters
                content_type=part.content_type,
            )
        states.succeed(lease)
    assert heights() == first, "once they are there"
