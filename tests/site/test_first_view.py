"""The 3D view that people see while its film is still being made: a draft, then the scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.conftest import MOVING, UNHURRIED
from tests.site.engines import FRAME
from tests.site.test_journeys import PHOTO_PAGE, choose

SignIn = Callable[[Page], None]


def test_the_view_moves_while_the_film_is_made_and_goes_on_after(
    page: Page, service: Service, sign_in: SignIn, gate: Path
) -> None:
    page.emulate_media(**MOVING)
    page.add_init_script(UNHURRIED)
    for stage in ("mesh", "render"):
        (gate / stage).touch()
    service.start("queue")
    service.start("worker", ENGINE="tests.site.engines.GatedPictureEngine", JOB_LEASE_SECONDS="60")
    sign_in(page)
    photo = (Path(__file__).parents[2] / "static/img/examples/dandelion.jpg").read_bytes()
    choose(page, photo)
    page.wait_for_url(PHOTO_PAGE)
    view = page.locator("photo-3d[data-state=ready]")
    view.wait_for()
    expect(view).to_have_attribute("data-draft", "")
    drafted = view.get_attribute("src")
    view.evaluate("view => { view.drafted = true; }")
    # What is said stands on a layer that stays: WebKit does not show one that is always new.
    over = page.locator(".scene > :has(#work)")
    over.evaluate("each => { each.before = document.querySelector('#work'); }")
    (gate / "mesh").unlink()
    wait_until(lambda: view.get_attribute("src") != drafted)
    assert view.evaluate("view => view.drafted"), "The view of the draft gets the scene."
    assert over.evaluate("each => !each.before.isConnected")
    assert over.evaluate("each => getComputedStyle(each).willChange") == "transform"
    assert view.get_attribute("data-draft") is None
    expect(page.locator("#work").get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("link", name="Download MP4")).to_be_hidden()
    view.evaluate("view => view.look({x: -0.5})")
    left = view.screenshot()
    before = view.get_attribute("frame")
    assert [float(each) for each in (before or "").split()] == [*FRAME]
    view.evaluate("view => view.look({x: 0.5})")
    wait_until(lambda: view.screenshot() != left)
    # Its shape may differ from the finished one's by a rounding.
    view.evaluate(
        "view => { view.setAttribute('width', 961); view.style.setProperty('--own', 1); }"
    )
    rounded = view.evaluate("view => view.style.getPropertyValue('--ratio')")
    view.evaluate("view => { view.play(); view.began = true; }")

    (gate / "render").unlink()
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible()
    assert view.evaluate("view => view.began"), "The same view goes on."
    assert view.evaluate("view => view.playing")
    assert view.evaluate("view => view.style.getPropertyValue('--ratio')") != rounded
    assert view.evaluate("view => view.style.getPropertyValue('--own')") == "1"
    assert view.locator("video").evaluate("video => video.paused")
    assert view.get_attribute("frame") == before, "Both views show the film's part of the scene."
    expect(page.locator("[data-views]")).to_be_visible()

    # A film that fails: the photo is back, with the reason.
    (gate / "render").touch()
    (gate / "broken").touch()
    page.get_by_role("link", name="All my photos").click()
    choose(page, photo, "second.jpg")
    page.wait_for_url(lambda url: PHOTO_PAGE.search(url) is not None)
    view.wait_for()
    (gate / "render").unlink()
    alert = page.locator("#work").get_by_role("alert")
    expect(alert).to_have_text("The photo shows nothing.")
    expect(page.locator("photo-3d")).to_have_count(0)
    expect(page.locator(".stage img")).to_have_count(1)


def test_until_its_script_has_come_the_photo_is_as_large_as_its_view(
    page: Page, service: Service, sign_in: SignIn, gate: Path
) -> None:
    (gate / "render").touch()
    service.start("queue")
    service.start("worker", ENGINE="tests.site.engines.GatedPictureEngine", JOB_LEASE_SECONDS="60")
    page.route("**/js/viewer.js", lambda route: route.abort())
    sign_in(page)
    choose(page, jpeg(320, 240))
    page.wait_for_url(PHOTO_PAGE)
    photo = page.locator("photo-3d > img")
    photo.wait_for()
    view, window = page.locator("photo-3d").bounding_box(), page.viewport_size
    assert view
    assert window
    assert view["height"] > window["height"] / 2
    assert abs(view["width"] / view["height"] - 4 / 3) < 0.02
    assert photo.bounding_box() == view
