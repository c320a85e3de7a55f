"""What was refused of a batch is said, on every window, until it is put away; the rest goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.service import Service
from tests.site.test_uploads import rows
from tests.site.test_wall import choose, file

Enter = Callable[..., Page]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_refused_row_can_be_read_on_a_phone(
    enter: Enter, service: Service, language: str
) -> None:
    page = enter(language, viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    choose(page, file("a-long-name-of-a-file.txt", b"no photo"), file("b.jpg", b"no photo either"))
    expect(page.locator(".upload-row.refused")).to_have_count(2)
    text = page.locator(".upload-row.refused [role=status]").first
    box = text.bounding_box()
    assert box is not None
    assert box["width"] > 250
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def one_of_three_refused(page: Page) -> Locator:
    """Its row, when the two others are uploaded."""
    choose(page, file("a.jpg"), file("b.txt", b"no photo"), file("c.jpg"))
    refused = page.locator(".upload-row.refused")
    expect(refused).to_have_count(1)
    expect(rows(page)).to_have_count(1)
    return refused


@pytest.mark.parametrize("way", ["reload", "there and back"])
def test_what_was_refused_is_said_until_it_is_put_away(
    enter: Enter, service: Service, way: str
) -> None:
    service.start("queue")
    page = enter()
    refused = one_of_three_refused(page)
    said = refused.locator("[role=status]").inner_text()
    if way == "reload":
        page.reload()
    else:
        page.goto("/account/")
        page.go_back()
    expect(refused).to_contain_text("b.txt")
    expect(refused.locator("[role=status]")).to_have_text(said)
    refused.get_by_role("button", name="Cancel").click()
    page.reload()
    expect(page.locator(".card")).to_have_count(2)
    expect(refused).to_have_count(0)


@pytest.mark.parametrize("person", ["ada@example.com", "bob@example.com"])
def test_a_refused_row_outlives_a_sign_out_in_another_tab(
    enter: Enter, service: Service, person: str
) -> None:
    """It is the person's own."""
    service.start("queue")
    page = enter()
    refused = one_of_three_refused(page)
    other = page.context.new_page()
    other.goto("/account/")
    other.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login/**")  # a card that is in the works has asked for itself
    sign_in_again(page, person)
    if person != "ada@example.com":
        expect(page.get_by_text("Nothing here yet")).to_be_visible()
        expect(refused).to_have_count(0)
        return
    expect(refused).to_contain_text("b.txt")


def sign_in_again(page: Page, address: str) -> None:
    """From the page that one was led to."""
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/photos/**")
