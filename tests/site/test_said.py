"""What is said to who hears a page: each thing that happens, once, and no percentages."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from tests.conftest import PATIENCE
from tests.faults.observing import wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg
from tests.site.test_journeys import PHOTO_PAGE

PICTURES = "tests.site.engines.GatedPictureEngine"

#: Tells of each new text of a live region. One that comes with its text is heard where it is an
#: alert alone: of others, screen readers tell what changes in them, not that they have come.
LISTEN = """new MutationObserver((changes) => {
  const regions = new Set();
  const live = "[role=status], [role=alert], [aria-live]";
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
  const isNew = (region) => added.some((node) => node.contains(region));
  for (const { target, addedNodes } of changes) {
    const at = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
    const region = at?.closest(live);
    if (region) regions.add(region);
    for (const node of addedNodes) {
      if (node.matches?.("[role=alert]")) regions.add(node);
      node.querySelectorAll?.("[role=alert]").forEach((each) => regions.add(each));
    }
  }
  for (const region of regions) {
    const text = region.textContent.trim().replace(/\\s+/g, " ");
    const quiet = region.ariaLive === "off" || !region.getClientRects().length;
    if (quiet || !text || (isNew(region) && region.role !== "alert")) continue;
    window.heard(text);
  }
}).observe(document, { childList: true, characterData: true, subtree: true });"""


class Ear:
    """Somebody who hears a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.heard: list[str] = []
        page.expose_function("heard", lambda text: self.heard.append(text))
        page.add_init_script(LISTEN)

    def wait(self, text: str) -> None:
        wait_until(lambda: text in self.listen())

    def listen(self) -> list[str]:
        """What was said, up to this moment: the page's calls come while it is asked something."""
        self.page.wait_for_timeout(50)
        return self.heard

    def forget(self) -> list[str]:
        """What was said up to now."""
        said, self.heard[:] = list(self.heard), []
        return said


def is_calm(said: list[str]) -> bool:
    """Whether nothing is said twice in a row, and no percentage at all."""
    assert all(before != after for before, after in pairwise(said)), said
    assert not any(re.search(r"\d\s*[%％]", text) for text in said), said
    return True


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_happens_to_a_photo_is_said(
    enter: Callable[..., Page], service: Service, gate: Path, language: str
) -> None:
    service.start("queue")
    service.start("worker", ENGINE=PICTURES)
    (gate / "inpaint").touch()
    page = enter(language)
    page.set_default_timeout(PATIENCE)
    ear = Ear(page)
    with translation.override(language):
        sending = gettext("Checking") + "…"
        filling = gettext("Filling in what is hidden")
        ready, make = gettext("The 3D photo is ready."), gettext("Make this video")
        restored = gettext("Restored: {name}")
        delete, undo = gettext("Delete this photo"), gettext("Undo")
        deleted = gettext('<span class="name">%(name)s</span> deleted')
    page.reload()

    # What is refused says why, once.
    field = page.locator("#id_photo")
    field.set_input_files([{"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"nothing"}])
    why = page.locator(".upload-row.refused [role=status]")
    why.wait_for()
    ear.wait(why.inner_text())
    said = ear.forget()
    assert said.count(why.inner_text()) == 1
    assert is_calm(said)

    field.set_input_files([{"name": "sea.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}])
    page.wait_for_url(PHOTO_PAGE)
    assert sending in ear.heard
    ear.wait(filling)
    page.wait_for_timeout(2500)  # the part that shows it is exchanged meanwhile
    (gate / "inpaint").unlink()
    ear.wait(ready)
    said = ear.forget()
    assert said.count(filling) == said.count(ready) == 1
    assert is_calm(said)

    (gate / "render").touch()
    page.get_by_role("button", name=make).click()
    wait_until(lambda: len(ear.listen()) > 0)
    (gate / "render").unlink()
    ear.wait(ready)
    assert is_calm(ear.forget())

    # A page that comes anew says nothing: the focus is on the way back, and tells of what.
    page.get_by_role("button", name=delete).click()
    back = page.get_by_role("button", name=undo)
    expect(back).to_be_focused()
    told = re.compile(re.sub("<.*?>", r"\\s*", deleted) % {"name": "sea.jpg"})
    expect(back).to_have_accessible_description(told)
    back.press("Enter")
    expect(page.get_by_role("link", name="sea.jpg", exact=True)).to_be_focused()
    ear.wait(restored.replace("{name}", "sea.jpg"))
    assert is_calm(ear.forget())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_stopped_or_brought_back_is_said(
    enter: Callable[..., Page], service: Service, language: str
) -> None:
    """Each of these makes the page come anew, and what stands there then is said by nobody."""
    service.start("queue")
    page = enter(language)
    page.set_default_timeout(PATIENCE)
    ear = Ear(page)
    page.reload()
    files = [
        {"name": name, "mimeType": "image/jpeg", "buffer": jpeg(width)}
        for name, width in (("a.jpg", 96), ("b.jpg", 80))
    ]
    page.locator("#id_photo").set_input_files(files)
    expect(page.locator(".card")).to_have_count(2)
    ear.forget()
    with translation.override(language):
        stop, select, delete, undo = map(gettext, ("Stop", "Select", "Delete", "Undo"))
        again = gettext("Try again")
        stopped = gettext("Stopped: {name}").format(name="a.jpg")
        restored = gettext("Restored: {count} photos").format(count=2)
        ended = gettext("You stopped this 3D photo.")

    page.locator(".card[data-name='a.jpg']").get_by_title(stop).press("Enter")
    expect(page.get_by_role("link", name="a.jpg", exact=True)).to_be_focused()
    ear.wait(stopped)
    assert is_calm(ear.forget())

    page.get_by_role("button", name=select, exact=True).press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.get_by_role("button", name=delete, exact=True).press("Enter")
    page.get_by_role("button", name=undo).press("Enter")
    ear.wait(restored)
    said = ear.forget()
    assert "2" in restored
    assert said.count(restored) == 1

    page.get_by_role("link", name="b.jpg", exact=True).press("Enter")
    page.wait_for_url(PHOTO_PAGE)
    ear.wait(ended)  # by the deletion
    ear.forget()
    page.get_by_role("button", name=again).press("Enter")
    page.get_by_role("button", name=stop, exact=True).press("Enter")
    ear.wait(ended)
    assert is_calm(ear.forget())
