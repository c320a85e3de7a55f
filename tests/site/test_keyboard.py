"""The whole way by keyboard alone: the focus is somewhere, in sight, and leads on as seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import PATIENCE
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg

PICTURES = "tests.site.engines.PictureEngine"
READY = "photo-3d[data-state=ready]"
PHOTO_PAGE = re.compile(r"/photos/[0-9a-f-]{36}/$")

#: Sliders that are seen at once: name, field, and what of the view it sets.
SLIDERS = (
    ("^Focus$", "#focus", "focus"),
    ("^Background blur$", "#depth_of_field", "blur"),
    ("^Vignette$", "#vignette", "vignette"),
)

#: What has the focus: whether anything has, its name, whether it can be seen that it has, and where
#: it is on the page. What lies on the picture, or over the page, moves along with the window.
AT = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const ids = (at.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
  const by = ids.map((id) => document.getElementById(id).textContent.trim()).join(" ");
  const label = at.labels?.[0]?.textContent.trim();
  const name = by || at.getAttribute("aria-label") || label || at.textContent.trim();
  // A box that is drawn by its label shows its focus there.
  const shown = at.matches("[type=radio], [type=checkbox]") ? at.closest("label") ?? at : at;
  const box = shown.getBoundingClientRect();
  // Until its scene has come, and on a slow device, the film is seen in place of the view.
  const place = at.matches("photo-3d > canvas") && at.parentElement.querySelector("video, img");
  const film = place && getComputedStyle(place).visibility === "visible" ? [place] : [];
  const places = [shown, at, ...film, ...shown.querySelectorAll("*")];
  const looks = places.map((each) => getComputedStyle(each));
  const marks = looks.filter(({ opacity }) => opacity !== "0");
  // A film's controls are the browser's, and so is the mark on them; and the view takes its place.
  const own = at.matches("video");
  const drawn = (each) => each.outlineStyle !== "none" && each.outlineWidth !== "0px";
  const marked = own || marks.some(drawn);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const down = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1);
  const top = document.elementFromPoint(box.left + box.width / 2, down);
  const apart = Boolean(top) && !shown.contains(top) && !top.contains(shown);
  const covered = !own && apart && !film.includes(top);
  const still = !at.closest(".scene, .toast, .skip, .head, .selection");
  const where = Math.round(box.top + scrollY);
  return { name: name.replace(/\\s+/g, " "), marked, inside, covered, still, top: where };
}"""


class Keyboard:
    """Somebody who presses keys and looks where the focus is after each."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def at(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.page.evaluate(AT)
        return found

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def to(self, name: str, key: str = "Tab") -> dict[str, Any]:
        """Goes on until something of that name has the focus; once around the page at most."""
        pattern, met = re.compile(name), []
        ends = 0
        while ends < 2 and len(met) < 200:
            self.press(key)
            at = self.at
            if at is None:
                ends += 1  # the page's end, after which it begins anew
                continue
            met.append(at["name"])
            assert at["marked"], f"Nobody sees that {at['name']!r} has the focus."
            assert at["inside"], f"{at['name']!r} has the focus out of sight."
            assert not at["covered"], f"{at['name']!r} has the focus beneath something else."
            if pattern.search(at["name"]):
                return at
        raise AssertionError(f"No way leads to {name!r}, but to {met}.")

    def held(self) -> str:
        """Waits until something has the focus, and gives its name."""
        wait_until(lambda: self.at is not None)
        return (self.at or {"name": ""})["name"]

    def order(self) -> list[tuple[str, int]]:
        """What the focus comes by on one way through the page, from its beginning."""
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        self.page.evaluate("getSelection().collapse(document.body, 0)")
        found = []
        while True:
            self.press("Tab")
            at = self.at
            if at is None or len(found) > 200:
                return found
            if at["still"]:
                found.append((at["name"], at["top"]))


def goes_down(found: list[tuple[str, int]]) -> bool:
    """Whether nothing stands higher up than what came before it, on a page of one column."""
    jumps = [(a, b) for a, b in pairwise(found) if b[1] < a[1] - 60]
    assert not jumps, jumps
    return len(found) > 5


def test_from_the_sign_in_to_the_account_without_a_pointer(page: Page, service: Service) -> None:
    service.start("queue")
    service.start("worker", ENGINE=PICTURES)
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("filechooser", lambda _: None)  # they are caught from now on
    keys = Keyboard(page)

    page.goto("/")
    keys.to("^Sign in$")
    keys.press("Enter")
    page.wait_for_url(re.compile("/login/"))
    keys.to("Email address")
    page.keyboard.type("ada@example.com")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/photos/$"))

    keys.to("^Choose photos$")
    with page.expect_file_chooser() as choosing:
        keys.press("Enter")
    file: Any = {"name": "holiday.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    choosing.value.set_files([file])
    page.wait_for_url(PHOTO_PAGE)
    expect(page.get_by_role("link", name="Download MP4")).to_be_visible()

    the_picture(page, keys)
    what_is_made_of_it(page, keys)
    shared_and_saved(page, keys)
    renamed_and_deleted(page, keys)

    keys.to("^Account$")
    keys.press("Enter")
    page.wait_for_url(re.compile("/account/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    keys.to("^Save")


def the_view_has_come(page: Page, keys: Keyboard) -> None:
    """With the first key that is pressed, in the film's place."""
    page.wait_for_load_state()  # the key is heard by a script
    keys.press("Tab")
    page.locator(READY).wait_for()


def the_picture(page: Page, keys: Keyboard) -> None:
    """Moves it, starts and stops it, fills the screen, and shows what there was before."""
    the_view_has_come(page, keys)
    keys.to("^3D photo of holiday.jpg")
    keys.press("ArrowRight")
    keys.press("Space")
    keys.to("^Stop the motion$")
    keys.press("Enter")
    wait_until(lambda: keys.held() == "Start the motion")
    keys.to("^Full screen$")
    keys.press("Enter")
    expect(page.locator(".stage:fullscreen")).to_have_count(1)
    keys.press("Enter")
    expect(page.locator(":fullscreen")).to_have_count(0)
    assert keys.held() == "Full screen"
    keys.to("^3D$")
    for view in ("still", "depth", "3d"):
        keys.press("ArrowRight")
        expect(page.locator("photo-3d")).to_have_attribute("view", view)


def what_is_made_of_it(page: Page, keys: Keyboard) -> None:
    """Another motion, stronger, then the version before."""
    keys.to("^(Orbit|Circle)")
    keys.press("ArrowRight")
    motion = page.locator("#style [name=motion]:checked").input_value()
    expect(page.locator("photo-3d")).to_have_attribute("motion", motion)
    keys.to("^Strength$")
    before = page.locator("#amplitude").input_value()
    keys.press("ArrowRight")
    assert page.locator("#amplitude").input_value() != before
    for name, sets, shown in SLIDERS:
        keys.to(name)
        before = page.locator("photo-3d").get_attribute(shown)
        keys.press("ArrowRight")
        value = page.locator(sets).input_value()
        expect(page.locator("photo-3d")).to_have_attribute(shown, value)
        assert value != before
        if name == "^Focus$":
            expect(page.locator("[name=auto_focus]")).not_to_be_checked()
            keys.to("^Size, length and effects$")
            keys.press("Enter")
    keys.to("^Make this video$")
    keys.press("Enter")
    versions = page.get_by_role("navigation", name="Videos of this photo").get_by_role("link")
    expect(versions).to_have_count(2)
    assert keys.held()
    keys.to("^Circle")
    keys.press("Enter")
    page.wait_for_function("() => location.search.includes('version=')")
    assert keys.held()


def shared_and_saved(page: Page, keys: Keyboard) -> None:
    """A link, and none again; another file, and saved."""
    keys.to("^Create a link$")
    keys.press("Enter")
    wait_until(lambda: keys.held() == "Link")
    page.once("dialog", lambda dialog: dialog.accept())
    keys.to("^Stop sharing$")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Create a link")).to_be_visible()
    wait_until(lambda: keys.held() == "Create a link")
    keys.to("^Make GIF$")
    keys.press("Enter")
    expect(page.get_by_role("link", name="Download GIF")).to_be_visible()
    assert keys.held()
    keys.to("^Download GIF")
    with page.expect_download() as downloading:
        keys.press("Enter")
    assert downloading.value.suggested_filename.endswith(".gif")


def renamed_and_deleted(page: Page, keys: Keyboard) -> None:
    """Escape closes what was opened; what was deleted can be had back at once."""
    keys.to("^Rename$")
    keys.press("Enter")
    keys.to("^Name of the photo$")
    keys.press("Escape")
    expect(page.locator(".rename[open]")).to_have_count(0)
    wait_until(lambda: keys.held() == "Rename")
    keys.press("Enter")
    keys.to("^Name of the photo$")
    keys.press("ControlOrMeta+a")
    page.keyboard.type("sea.jpg")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="sea.jpg", level=1)).to_be_visible()
    the_view_has_come(page, keys)
    keys.to("^Delete this photo$")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/photos/\?"))
    wait_until(lambda: keys.held() == "Undo")
    keys.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    wait_until(lambda: keys.held() == "sea.jpg")


def test_until_its_scene_has_come_the_view_s_focus_is_seen_on_the_film(
    visit: Callable[..., Page], gallery: Any
) -> None:
    scene = gallery.finished.jobs.get().artifacts_by_kind["glb"].public_id
    page = visit("/robots.txt")
    held: list[Any] = []  # before the page opens, whatever may bring its view by itself
    page.route(f"**/{scene}/", lambda route: held.append(route))
    page.goto(f"/photos/{gallery.finished.public_id}/")
    page.keyboard.press("Shift")
    view = page.locator("photo-3d")
    expect(view).to_have_attribute("data-state", "loading")
    expect(view.locator("canvas")).to_be_attached()
    Keyboard(page).to("Arrow keys move the camera")  # which looks for the mark
    assert page.evaluate("document.activeElement.localName") == "canvas"
    wait_until(lambda: held or page.wait_for_timeout(20))
    expect(view).to_have_attribute("data-state", "loading")


def test_on_a_narrow_page_the_focus_goes_down_it(visit: Callable[..., Page], gallery: Any) -> None:
    size = {"width": 390, "height": 844}
    for path in ("/photos/", f"/photos/{gallery.finished.public_id}/", "/account/"):
        page = visit(path, viewport=size)
        page.wait_for_load_state()
        if "-" in path:
            page.keyboard.press("Shift")
            page.locator(READY).wait_for()
        assert goes_down(Keyboard(page).order()), path
