"""Letters of twice the size: everything can be read, on a phone and on a laptop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from amena.jobs.models import Job
from tests.fixtures.viewer import wake
from tests.site.gallery import Gallery
from tests.site.test_double_clicks import with_versions_a_link_and_a_setback

#: Every text of the page that is cut off by what it stands in, covered by something else, or set in
#: a column of a few letters.
HARD_TO_READ = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const unseen = ".visually-hidden, .picker, svg, noscript, option, textarea, .skip";
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    const shown = element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
    if (!node.data.trim() || !shown || element.closest(unseen)) continue;
    const say = (fault) => found.push(`${fault}: ${node.data.trim().slice(0, 60)}`);
    element.scrollIntoView({block: "center", behavior: "instant"});
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter(({width}) => width > 1);
    if (!lines.length) continue;
    const all = range.getBoundingClientRect();
    const letter = parseFloat(getComputedStyle(element).fontSize);
    for (let around = element; around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around);
      // A long name is meant to end in dots; what scrolls can be scrolled.
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") break;
      if (/auto|scroll/.test(style.overflow)) break;
      if (style.overflowX === "visible") continue;
      const {top, bottom, right} = around.getBoundingClientRect();
      const rim = letter / 5;
      if (all.top < top - rim || all.bottom > bottom + rim || all.right > right + 2) say("cut");
    }
    const rows = new Set(lines.map(({top}) => Math.round(top))).size;
    if (rows > 3 && all.width < 4.5 * letter) say("narrow");
    const {left, top, height, width} = lines[0];
    const over = document.elementFromPoint(left + Math.min(width, 20) / 2, top + height / 2);
    const mine = !over || element.contains(over) || over.contains(element)
      || (over.closest("label") ?? 0) === element.closest("label");
    if (!mine && getComputedStyle(element).pointerEvents !== "none") say("covered");
  }
  return found;
}"""
TWICE = """document.addEventListener("readystatechange", () => {
  document.documentElement.style.fontSize = "200%";
})"""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_can_be_read(
    visit: Callable[..., Page], gallery: Gallery, live_server: LiveServer, language: str
) -> None:
    with_versions_a_link_and_a_setback(gallery.finished)
    Job.objects.filter(photo=gallery.finished).update(dismissed=True)
    page = visit("/help/", alone=True, bypass_csp=True, **PHONE)
    page.context.add_init_script(TWICE)
    found = []
    for name, (path, cookie) in gallery.pages.items():
        page.context.clear_cookies()
        if cookie:
            session = {"name": "sessionid", "value": cookie, "url": live_server.url}
            page.context.add_cookies([session])
        page.goto(f"{path}?lang={language}")
        if name == "photo":
            wake(page)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        for width in (390, 1366):
            page.set_viewport_size({"width": width, "height": 844})
            look = f"{name} at {width}"
            found += [f"{look}: {fault}" for fault in page.evaluate(HARD_TO_READ)]
            assert page.evaluate("document.documentElement.scrollWidth") == width, look
    assert found == []


def test_the_hint_stands_on_the_picture_beside_nothing(
    visit: Callable[..., Page], gallery: Gallery
) -> None:
    for language in ("en", "ja"):
        page = visit("/help/", alone=True, **PHONE)
        page.context.add_init_script(TWICE)
        page.goto(f"/photos/{gallery.finished.public_id}/?lang={language}")
        wake(page)
        hint = page.locator(".photo-3d-hint")
        expect(hint).to_be_visible()
        boxes = [each.bounding_box() for each in
                 (hint, page.locator(".photo-3d-buttons"), page.locator("photo-3d"))]  # fmt: skip
        assert all(boxes)
        words, buttons, picture = [each for each in boxes if each]
        assert words["width"] > 200
        assert picture["y"] < words["y"]
        assert words["y"] + words["height"] <= buttons["y"]
        page.close()
