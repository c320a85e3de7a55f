"""The page of one's photo: the film first, the live view for who wants it or draws quickly."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.faults.observing import wait_until
from tests.fixtures.viewer import READY
from tests.site.conftest import MOVING
from tests.site.gallery import Gallery

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
#: A device that says it draws by a graphics card; there is none here to ask.
CARD = """window.Worker = class extends EventTarget {
  constructor() {
    super();
    window.askedDevice = true;
    setTimeout(() => this.dispatchEvent(new MessageEvent("message", {data: true})));
  }
  terminate() {}
};"""
LINE = "Object.defineProperty(navigator, 'connection', {value: {%s}});"
ANSWERED = """() => performance.getEntriesByType("resource").some(
  ({ name, responseEnd }) => name.includes("graphics") && responseEnd)"""
HINT = "getComputedStyle(document.querySelector('photo-3d'), '::after').content"


@pytest.fixture
def photo(visit: Callable[..., Page], gallery: Gallery) -> Callable[..., Page]:
    """The page of a finished photo, on a phone."""

    def go(device: str = "", **options: Any) -> Page:
        page = visit("/robots.txt", **{**PHONE, **options})
        page.add_init_script(device)
        page.goto(f"/photos/{gallery.finished.public_id}/", wait_until="load")
        return page

    return go


def is_film(page: Page) -> bool:
    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    asked = any("viewer.js" in each or "painter" in each for each in loaded)
    return not asked and page.locator("photo-3d canvas").count() == 0


def test_a_view_whose_script_was_lost_comes_with_the_next_sign(photo: Any) -> None:
    page = photo()
    page.route("**/viewer/painter*.js", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed"):
        page.keyboard.press("Shift")
    assert page.locator("photo-3d").get_attribute("data-state") is None
    wait_until(lambda: page.keyboard.press("Shift") or page.locator(READY).count())


def test_without_a_graphics_card_the_film_plays_until_the_picture_is_touched(photo: Any) -> None:
    page = photo(**MOVING)
    page.wait_for_function("() => document.querySelector('photo-3d video').currentTime > 0.2")
    # The device was asked, in a worker, and has answered.
    page.wait_for_function(ANSWERED)
    page.wait_for_timeout(1000)
    assert is_film(page)
    assert "Drag to look around" in page.evaluate(HINT)
    expect(page.locator("[data-views]")).to_be_visible()
    # A finger elsewhere reads on.
    page.locator("h1").tap()
    page.touchscreen.tap(20, 800)
    assert is_film(page)
    # Parts of the page are exchanged, as when a file is ready: the film goes on.
    page.evaluate(
        """async () => {
            document.querySelector("photo-3d video").mine = true;
            const parts = {target: "#result", select: "#result", swap: "outerHTML"};
            await htmx.ajax("GET", location.href, parts);
        }"""
    )
    film = page.locator("photo-3d video")
    assert film.evaluate("film => film.mine")
    page.wait_for_function("() => !document.querySelector('photo-3d video').paused")
    assert is_film(page)
    page.locator("photo-3d").tap()
    page.wait_for_selector(READY)
    page.wait_for_function("() => document.querySelector('photo-3d video').paused")
    assert "Drag" not in page.evaluate(HINT)


#: What is done on the page → what the view then shows.
SETTINGS = [
    ("[name=motion][value=swing]", "swing", ("motion", "swing")),
    ("[name=amplitude]", "0.02", ("amplitude", "0.02")),
    ("[name=focus]", "0.7", ("focus", "0.7")),
    ("[name=depth_of_field]", "0.5", ("blur", "0.5")),
    ("[name=vignette]", "0.5", ("vignette", "0.5")),
    ("[name=view][value=depth]", "depth", ("view", "depth")),
]
SET = """(field, value) => {
  if (field.type === "radio") field.checked = true;
  else field.value = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
}"""


def test_whatever_is_set_starts_the_live_view_and_is_seen_in_it(photo: Any) -> None:
    page = photo()
    # Only one scene has to be drawn to see that; the others do not come.
    page.route(
        "**/*", lambda route: route.abort() if is_scene(route.request) else route.continue_()
    )
    for number, (field, value, shown) in enumerate(SETTINGS, 1):
        page.reload()
        assert is_film(page)
        if number == len(SETTINGS):
            page.unroute_all()
        page.locator(field).evaluate(SET, value)
        page.locator("#viewer canvas").wait_for(state="attached")
        expect(page.locator("#viewer")).to_have_attribute(*shown)
    page.wait_for_selector(READY)


def is_scene(request: Any) -> bool:
    return "/files/" in request.url and request.resource_type == "fetch"


def test_a_graphics_card_starts_it_unless_the_line_is_poor(photo: Any) -> None:
    page = photo(CARD)
    page.locator("#viewer canvas").wait_for(state="attached")
    for line in ("saveData: true", "effectiveType: '3g'"):
        page = photo(CARD + LINE % line)
        page.wait_for_timeout(1000)
        assert not page.evaluate("window.askedDevice")
        assert is_film(page)


def test_of_a_context_that_is_lost_at_once_no_graphics_card_is_told(browser: Browser) -> None:
    """As on a device whose graphics are busy or start anew: nothing is known of it."""
    lose = """const real = OffscreenCanvas.prototype.getContext;
      OffscreenCanvas.prototype.getContext = function (...all) {
        const context = real.apply(this, all);
        context.getExtension("WEBGL_lose_context").loseContext();
        return context;
      };"""
    script = lose + (ROOT / "static/js/viewer/graphics.js").read_text()
    page = browser.new_page()
    answer = page.evaluate(
        """(script) => new Promise((come) => {
          const worker = new Worker(URL.createObjectURL(new Blob([script])));
          worker.addEventListener("message", ({ data }) => come(data));
        })""",
        script,
    )
    page.close()
    assert answer is False


def test_who_types_gets_the_view_that_keys_move(photo: Any) -> None:
    page = photo(viewport={"width": 1366, "height": 657}, is_mobile=False, has_touch=False)
    assert is_film(page)
    page.keyboard.press("Tab")
    page.locator("#viewer canvas").wait_for(state="attached")


@pytest.fixture
def held(photo: Any) -> tuple[Page, Callable[[], None]]:
    """A page at a desk whose view does not come before the function is called."""
    page = photo(viewport={"width": 1366, "height": 657}, is_mobile=False, has_touch=False)
    waiting: list[Any] = []
    page.route(re.compile(r"/viewer(\.\w+)?\.js$"), lambda route: waiting.append(route))

    def come() -> None:
        for route in waiting:
            route.continue_()
        page.unroute_all()

    return page, come


def test_who_wants_calm_and_starts_the_film_sees_the_view_move_on(held: Any) -> None:
    page, come = held
    film = page.locator("photo-3d video")
    film.focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('photo-3d video').currentTime > 0.1")
    come()
    page.wait_for_selector(READY)
    page.wait_for_function("() => document.querySelector('photo-3d video').paused")
    expect(page.get_by_role("button", name="Stop the motion")).to_be_visible()
    # Who has not asked for it finds it at rest, and still does after a stop.
    page.reload()
    page.keyboard.press("Shift")
    page.wait_for_selector(READY)
    expect(page.get_by_role("button", name="Start the motion")).to_be_visible()


def test_the_key_that_fills_the_screen_works_before_the_view_has_come(held: Any) -> None:
    page, come = held
    page.keyboard.press("f")
    full = page.locator(".stage:fullscreen")
    expect(full).to_have_count(1)
    page.keyboard.press("f")
    expect(full).to_have_count(0)
    page.locator("summary", has_text="Rename").click()
    page.get_by_label("Name of the photo").press("f")  # where it is a letter
    page.keyboard.press("Tab")
    page.keyboard.press("f")
    expect(full).to_have_count(1)
    come()
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Leave full screen").click()
    expect(full).to_have_count(0)


def test_who_has_gone_to_the_film_by_keyboard_is_in_the_view_that_takes_its_place(
    photo: Any,
) -> None:
    page = photo(viewport={"width": 1366, "height": 657}, is_mobile=False, has_touch=False)
    page.locator("photo-3d video").focus()
    page.keyboard.press("Shift")
    page.locator("photo-3d[data-state=ready]").wait_for()
    assert page.evaluate("document.activeElement.matches('photo-3d > canvas')")
