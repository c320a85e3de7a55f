"""Several photos of the wall at once, by mouse, finger, keyboard, and without JavaScript."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from amena.jobs.models import Photo
from tests.faults.observing import wait_until

pytestmark = pytest.mark.usefixtures("gallery")
VIDEOS = {f"{name}-video.mp4" for name in ("astronaut", "dessert", "cat", "raccoon", "dandelion")}


@pytest.fixture
def wall(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the wall of the gallery's owner."""
    return partial(visit, "/photos/")


def names(page: Page) -> list[str]:
    found: list[str] = page.locator(".card:has(.pick :checked)").evaluate_all(
        "cards => cards.map((card) => card.dataset.name)"
    )
    return found


def test_by_mouse_a_range_is_downloaded_and_deleted_with_one_undo(
    wall: Callable[..., Page],
) -> None:
    page = wall(viewport={"width": 1366, "height": 800})
    page.locator(".card").first.hover()
    page.locator(".card .pick input").first.check()
    expect(page.locator(".selection-count")).to_contain_text("1 selected")
    # The card of a photo in the works asks for itself: what is selected stays so.
    with page.expect_response("**/card/"):
        pass
    page.locator(".card-media").nth(4).click(modifiers=["Shift"])
    expect(page.locator(".selection-count")).to_contain_text("5 selected")
    assert names(page) == ["wine.jpg", "dandelion.jpg", "raccoon.jpg", "cat.jpg", "icecream.jpg"]
    expect(page.locator(".selection-count")).to_contain_text("2 not ready yet")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(downloading.value.path()) as found:
        inside = set(found.namelist())
        assert b"icecream.jpg: Failed" in found.read("Not included.txt")
    assert inside == {
        "dandelion-video.mp4", "raccoon-video.mp4", "cat-video.mp4", "Not included.txt",
    }  # fmt: skip
    page.locator(".card[data-name='wine.jpg'] .card-media").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("4 photos deleted")).to_be_visible()
    expect(page.locator(".card")).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".card")).to_have_count(8)


def test_nothing_is_said_of_photos_on_other_pages_that_is_not_known(
    wall: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amena.jobs.pages.SIZE", 4)
    page = wall(viewport={"width": 1366, "height": 800})
    expect(page.locator(".card")).to_have_count(4)
    page.locator("[data-select]").click()
    for box in page.locator(".card .pick input").all():
        box.check()
    said = page.locator(".selection-count")
    expect(said).to_contain_text("4 selected")
    expect(said).to_contain_text("1 not ready yet")
    page.get_by_label("All photos").check()
    expect(said).to_contain_text("8 selected")
    expect(said).not_to_contain_text("not ready yet")  # it is three


def test_by_finger_a_long_press_begins_and_taps_go_on(wall: Callable[..., Page]) -> None:
    page = wall(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    card = page.locator(".card[data-name='dandelion.jpg'] .card-media")
    card.scroll_into_view_if_needed()
    at = card.bounding_box()
    assert at
    point = {"x": at["x"] + 90, "y": at["y"] + 90}
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(page.locator(".selection-count")).to_contain_text("1 selected")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.locator(".card[data-name='raccoon.jpg'] .card-media").tap()
    expect(page.locator(".selection-count")).to_contain_text("2 selected")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    bar = page.locator(".selection").bounding_box()
    assert bar and bar["y"] + bar["height"] <= 844
    page.get_by_role("button", name="Delete", exact=True).tap()
    expect(page.get_by_text("2 photos deleted")).to_be_visible()


def test_by_keyboard(wall: Callable[..., Page]) -> None:
    page = wall()
    page.get_by_role("button", name="Select", exact=True).focus()
    page.keyboard.press("Space")
    page.locator(".card[data-name='dandelion.jpg'] .pick input").focus()
    page.keyboard.press("Space")
    assert names(page) == ["dandelion.jpg"]
    page.locator(".card[data-name='cat.jpg'] .pick input").focus()
    page.keyboard.press("Shift+Space")
    assert names(page) == ["dandelion.jpg", "raccoon.jpg", "cat.jpg"]
    page.keyboard.press("Control+a")
    expect(page.locator(".selection-count")).to_contain_text("8 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".selection")).to_be_hidden()
    assert names(page) == []
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()


def test_without_javascript_it_is_a_plain_form(wall: Callable[..., Page]) -> None:
    page = wall(java_script_enabled=False)
    refresh = page.locator("meta[http-equiv=refresh]")
    expect(refresh).to_have_count(1)
    page.get_by_role("link", name="Select", exact=True).click()
    expect(refresh, "It would clear the boxes.").to_have_count(0)
    page.get_by_label("All photos").check()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(downloading.value.path()) as found:
        assert set(found.namelist()) == {*VIDEOS, "Not included.txt"}
    page.get_by_label("All photos").uncheck()
    for name in ("cat.jpg", "rocket.jpg"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("2 photos deleted")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: Photo.objects.filter(deleted_at=None).count() == 8)
