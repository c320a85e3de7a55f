"""Pictures of every page for docs/screens/, by phone and desk, light and dark, in both languages:
.venv/bin/python scripts/screens.py [name …]
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright
from production import ROOT, production

SCREENS = ROOT / "docs" / "screens"
LOCALES = {"en": "en-GB", "ja": "ja-JP"}
#: Widths in pixels of a phone, a laptop and a wide screen, and how high their windows are.
WINDOWS = {390: 844, 1366: 800, 1920: 1080}
#: Width, language and theme: each width in both languages and both themes.
LOOKS = tuple(
    (width, language, theme)
    for width in WINDOWS
    for language in LOCALES
    for theme in ("light", "dark")
)
#: Pixels that a kept picture is wide at most. Pages are looked at, not read.
WIDEST = 780


def open_page(
    browser: Browser, site: str, path: str, cookie: str, look: tuple[int, str, str]
) -> Page:
    """A page as somebody with this device, language and theme sees it."""
    width, language, theme = look
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": WINDOWS.get(width, 800)},
        has_touch=phone,
        is_mobile=phone,
        locale=LOCALES[language],
        color_scheme="dark" if theme == "dark" else "light",
        # Scenes stand still, so that two runs give the same picture.
        reduced_motion="reduce",
    )
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    page = context.new_page()
    page.goto(site + path)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Waits until all is loaded; a page that asks for news of its work is never quite still."""
    with suppress(Error):
        page.wait_for_load_state("networkidle", timeout=4_000)


def keep(page: Page, name: str) -> None:
    """Writes the whole page as a small WebP, and closes its context."""
    # What is loaded only when it comes into view has to be seen once.
    page.evaluate(
        """async () => {
          for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
            scrollTo(0, y);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          }
          scrollTo(0, 0);
          // Who wants less motion gets films with controls; the pictures do without.
          document.querySelectorAll("video").forEach((video) => { video.controls = false; });
        }"""
    )
    # A window as high as the page, so that everything is drawn as it is seen.
    size = page.viewport_size or {}
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    settle(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)))
    picture.save(SCREENS / f"{name}.webp", quality=45, method=6)
    page.context.close()


def main() -> None:
    """Takes all pictures, or those of the pages named."""
    wanted = set(sys.argv[1:])
    SCREENS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        production(Path(folder)) as (site, gallery),
        sync_playwright() as playwright,
    ):
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (path, cookie) in gallery.pages.items():
            if wanted and name not in wanted:
                continue
            for look in LOOKS:
                page = open_page(browser, site, path, cookie, look)
                keep(page, "-".join((name, *map(str, look))))
        browser.close()


if __name__ == "__main__":
    main()
