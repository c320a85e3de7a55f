"""Pictures that do not come for want of a connection: a calm place, and they come by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.site.gallery import Gallery
from tests.site.test_wall import choose, file

#: What is seen of a card's picture: whether there is one, and the text in its place.
SEEN = """name => {
  const media = document.querySelector(`.card[data-name="${name}"] .card-media`);
  const picture = media.firstElementChild;
  return ["missing" in picture.dataset, getComputedStyle(picture).visibility,
          getComputedStyle(media, "::before").content];
}"""
LOST = {"rocket.jpg": [True, "hidden", '"rocket.jpg"'], "cat.jpg": [True, "hidden", '"cat.jpg"']}
THERE = {"rocket.jpg": [False, "visible", "none"], "cat.jpg": [False, "visible", "none"]}


@pytest.mark.parametrize("way", ["online again", "by and by"])
def test_a_picture_that_did_not_come_is_its_name_until_it_comes_by_itself(
    visit: Callable[..., Page], gallery: Gallery, way: str
) -> None:
    """A photo that was stopped shows its thumbnail, one that is ready the still of its film."""
    page = visit("/robots.txt", viewport={"width": 390, "height": 844})
    still = gallery.user.photos.get(name="cat.jpg").jobs.get().still
    lost = ("**/thumbnail.jpg*", f"**/{still.public_id}/")
    for pattern in lost:
        page.route(pattern, lambda route: route.abort("internetdisconnected"))
    page.goto("/photos/")
    page.locator(".card[data-name='rocket.jpg']").scroll_into_view_if_needed()
    for name, seen in LOST.items():
        page.wait_for_function(f"([name, seen]) => String(({SEEN})(name)) === seen",
                               arg=[name, shown(seen)])  # fmt: skip
    page.evaluate("window.mine = true")
    for pattern in lost:
        page.unroute(pattern)
    if way == "online again":
        page.context.set_offline(True)
        page.context.set_offline(False)
    for name, seen in THERE.items():
        page.wait_for_function(f"([name, seen]) => String(({SEEN})(name)) === seen",
                               arg=[name, shown(seen)])  # fmt: skip
    picture = page.locator(".card[data-name='rocket.jpg'] img")
    assert picture.evaluate("picture => picture.naturalWidth") > 0
    assert page.evaluate("window.mine"), "Nothing was loaded anew but the pictures."


def shown(seen: list[object]) -> str:
    """As JavaScript writes a list."""
    return ",".join(str(each).lower() if isinstance(each, bool) else str(each) for each in seen)


def test_a_file_that_the_browser_cannot_show_is_not_asked_for_again(
    visit: Callable[..., Page], unsent: None
) -> None:
    """Many a browser cannot show HEIC; that is no matter of the connection."""
    page = visit("/photos/")
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text + said.location["url"]))
    page.evaluate(
        "window.addEventListener('error', ({ target }) => { window.lost = target.src; }, true)"
    )
    choose(page, file("IMG_0001.HEIC", b"as good as any"), file("cat.txt", b"no photo"))
    page.wait_for_function("window.lost?.startsWith('blob:')")
    expect(page.locator(".upload-row.refused")).to_have_count(2)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".upload-row img[data-missing]")).to_have_count(0)
    page.wait_for_timeout(200)
    assert [each for each in errors if "blob:" in each] == []
