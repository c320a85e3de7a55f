"""Who hears a page knows what each control does, wherever it stands; no heading is skipped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from amena.accounts import tokens
from amena.accounts.models import Token
from tests.site.gallery import Gallery
from tests.site.test_double_clicks import with_versions_a_link_and_a_setback

#: What acts, as Chromium's accessibility tree has it; choices belong to the group around them.
CONTROL = re.compile(r"^ *- '?(button|link|checkbox|slider|textbox)(?: \"(.*?)\")?", re.MULTILINE)
#: Twice on a page, but beside a field that says what it saves, and within the group of the brush.
REPEATED = {"Save", "保存", "Strength", "強さ"}


def controls(page: Page) -> Counter[tuple[str, str]]:
    """Kind and name of each, and how often it is there."""
    return Counter(CONTROL.findall(page.locator("body").aria_snapshot()))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_two_controls_have_one_name(
    visit: Callable[..., Page], gallery: Gallery, language: str
) -> None:
    with_versions_a_link_and_a_setback(gallery.finished)
    for name in ("laptop", "phone"):
        tokens.issue(gallery.user, name, Token.Scope.READ, None)
    page = visit("/help/")
    for name in ("photo", "account", "shared", "landing", "help"):
        page.goto(f"{gallery.pages[name][0]}?lang={language}")
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        found = controls(page)
        assert found.total() > 5
        assert [kind for kind, title in found if not title] == [], name
        twice = {title for (_, title), count in found.items() if count > 1}
        assert twice - REPEATED == set(), name
        levels = page.locator("h1, h2, h3, h4").evaluate_all(
            "all => all.filter((each) => each.checkVisibility()).map((each) => +each.localName[1])"
        )
        assert all(b <= a + 1 for a, b in zip([0, *levels], levels, strict=False)), name


def test_a_slider_tells_how_far_along_it_is(visit: Callable[..., Page], gallery: Gallery) -> None:
    page = visit(f"/photos/{gallery.finished.public_id}/")
    focus = page.get_by_role("slider", name="Focus")
    expect(focus).to_have_attribute("aria-valuetext", "33%")
    focus.fill("0.5")
    expect(focus).to_have_attribute("aria-valuetext", "50%")


def test_a_photo_is_named_once_on_the_wall(visit: Callable[..., Page]) -> None:
    page = visit("/photos/")
    expect(page.get_by_role("link", name="cat.jpg", exact=True)).to_have_count(1)


def test_the_focus_goes_on_to_what_sharing_brings(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    """The button that was pressed is gone: who uses the keyboard would begin at the page's top."""
    page = visit(f"/photos/{gallery.finished.public_id}/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Create a link").press("Enter")
    expect(page.get_by_role("textbox", name="Link")).to_be_focused()
    page.get_by_role("button", name="Stop sharing").press("Enter")
    expect(page.get_by_role("button", name="Create a link")).to_be_focused()
