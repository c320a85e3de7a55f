"""What the first page lets people do before they have an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from amena.jobs.models import Photo
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.test_wall import file


def test_photos_chosen_on_the_first_page_are_made_after_the_sign_in_and_not_sent_before(
    page: Page, service: Service
) -> None:
    service.start("queue")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.goto("/")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files([file("a.jpg", jpeg()), file("b.jpg", jpeg(97))])
    page.wait_for_url("**/login/?next=/photos/")
    expect(page.locator("[data-kept]")).to_contain_text("a.jpg, b.jpg")
    expect(page.locator("[data-kept]")).to_contain_text("Nothing has been sent yet")
    assert sent == []
    page.get_by_label("Email address").fill("ada@example.com")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/photos/")
    expect(page.locator(".card")).to_have_count(2)
    assert list(Photo.objects.order_by("pk").values_list("name", flat=True)) == ["a.jpg", "b.jpg"]


def test_the_page_s_own_pictures_are_no_new_photos(page: Page, live_server: Any) -> None:
    page.goto("/")
    stays = page.evaluate(
        """() => {
            const picture = document.querySelector(".steps img");
            const data = new DataTransfer();
            data.items.add(new File(["x"], "own.webp", {type: "image/webp"}));
            const options = {dataTransfer: data, bubbles: true, cancelable: true};
            picture.dispatchEvent(new DragEvent("dragstart", {bubbles: true}));
            return !document.querySelector("h1").dispatchEvent(new DragEvent("drop", options));
        }"""
    )
    assert stays, "The browser does not open it."
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("[data-kept]")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1366])
def test_samples_are_played_with_and_fetched_only_then(
    page: Page, live_server: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    page.goto("/")
    part = page.locator("[data-try]")
    part.scroll_into_view_if_needed()
    fetched = "performance.getEntriesByType('resource').map((each) => each.name).join()"
    assert not re.search(r"(cat|coffee)[^,]*\.glb", page.evaluate(fetched))
    part.get_by_label("Motion").select_option("swing")
    view = part.locator("photo-3d[data-state=ready]")
    view.wait_for()
    assert view.get_attribute("motion") == "swing"
    before = float(view.get_attribute("amplitude") or 0)
    part.get_by_label("Strength").press("ArrowLeft")
    assert float(view.get_attribute("amplitude") or 0) < before
    part.get_by_role("radio", name="A cup of coffee").focus()
    page.keyboard.press("Space")
    expect(view).to_have_attribute("src", re.compile("coffee.*glb"))
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_the_words_about_the_first_photo_stand_below_it(page: Page) -> None:
    page.goto("/")
    for width in (360, 390):
        page.set_viewport_size({"width": width, "height": 780})
        photo, hint = (page.locator(each).bounding_box() for each in (".stage photo-3d", ".hint"))
        assert photo and hint
        assert hint["y"] >= photo["y"] + photo["height"], width
