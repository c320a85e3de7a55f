"""The film and the link, handed to other apps of the device."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.fixtures.viewer import wake
from tests.site.gallery import Gallery

#: A device that takes films and keeps what it was given. It may have forgotten the tap.
DEVICE = """
  window.given = [];
  navigator.canShare = ({files}) => files.every((file) => file.type === "video/mp4");
  navigator.share = async (what) => {
    if (window.forgets) {
      window.forgets = false;
      throw new DOMException("too late", "NotAllowedError");
    }
    given.push(what.url ?? [what.files[0].name, what.files[0].type, what.files[0].size]);
  };
"""


@pytest.fixture
def photo(page: Page, gallery: Gallery, live_server: LiveServer) -> str:
    """The address of a finished photo, whose owner has signed in."""
    cookie = {"name": "sessionid", "value": gallery.cookie, "url": live_server.url}
    page.context.add_cookies([cookie])
    return f"/photos/{gallery.finished.public_id}/"


def test_the_film_and_the_link_go_to_other_apps(page: Page, gallery: Gallery, photo: str) -> None:
    page.add_init_script(DEVICE)
    page.goto(photo)
    send = page.get_by_role("button", name="Send the video")
    send.click()
    film = gallery.finished.jobs.latest("created_at").artifacts_by_kind["video"]
    page.wait_for_function("() => given.length === 1")
    assert page.evaluate("given[0]") == [film.filename, "video/mp4", film.size]

    page.evaluate("window.forgets = true")
    send.click()
    expect(page.get_by_text("Tap again to send it")).to_be_visible()
    send.click()
    page.wait_for_function("() => given.length === 2")
    expect(page.get_by_text("Tap again to send it")).to_be_hidden()

    assert page.get_by_role("button", name="Send the link").count() == 0
    page.get_by_role("button", name="Create a link").click()
    link = page.get_by_role("textbox", name="Link").input_value()
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_function("() => given.length === 3")
    assert page.evaluate("given[2]") == link


def test_a_film_that_does_not_come_is_offered_otherwise(page: Page, photo: str) -> None:
    page.add_init_script(DEVICE)
    page.goto(photo)
    page.route("**/files/**", lambda route: route.abort())
    page.get_by_role("button", name="Send the video").click()
    expect(page.get_by_text("Download it instead")).to_be_visible()


def test_where_no_app_takes_films_nothing_is_offered(page: Page, photo: str) -> None:
    page.add_init_script("delete Navigator.prototype.canShare; delete Navigator.prototype.share")
    page.goto(photo)
    wake(page)
    assert page.get_by_role("button", name="Send").count() == 0
