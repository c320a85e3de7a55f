"""From the drop of a photo to the first moving 3D picture, in a browser on the same machine."""

from __future__ import annotations

import re
import shutil
import statistics
import time
from pathlib import Path
from typing import Any, Final

#: As the tests look for it.
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
#: Notes when the interactive view has drawn its second picture, and when the film has come.
_NOTE: Final = """
document.addEventListener("load", ({ target }) => {
  if (target.localName !== "photo-3d") return;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.moved ??= performance.timeOrigin + performance.now();
  }));
}, true);
"""


def measure(address: str, photo: Path, times: int) -> dict[str, Any]:
    """Give the running service one photo after another; the first is left out, it warms all up.

    Returns:
        `first_view`: seconds from the choice of the file to the first moving picture, of each;
        `film`: the same to the page with the film; and the median of both.
    """
    from playwright.sync_api import sync_playwright

    views, films = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, _BROWSERS))),
            args=["--no-sandbox"],
        )
        page = chromium.new_page(base_url=address, locale="en-GB")
        page.add_init_script(_NOTE)
        page.goto("/login/?next=/photos/")
        page.get_by_label("Email address").fill("speed@example.com")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/photos/")
        for _ in range(times + 1):
            page.goto("/photos/")
            field = page.get_by_label("Photo", exact=True)
            field.wait_for(state="attached")
            began = time.time()
            field.set_input_files(photo)
            page.wait_for_url(re.compile(r"/photos/[0-9a-f-]{36}/$"))
            page.wait_for_function("() => window.moved", timeout=120_000)
            views.append(page.evaluate("window.moved") / 1000 - began)
            page.locator("photo-3d video").wait_for(state="attached", timeout=120_000)
            films.append(time.time() - began)
        chromium.close()
    found = {"first_view": views[1:], "film": films[1:]}
    medians = {f"{name}_median": statistics.median(each) for name, each in found.items()}
    return found | medians


def table(found: dict[str, Any]) -> str:
    """The figures as a table of text."""
    return (
        f"in the browser: first moving picture after {found['first_view_median']:.2f} s, "
        f"film after {found['film_median']:.2f} s (medians of {len(found['film'])})"
    )
