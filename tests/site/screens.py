"""Pictures of every page for docs/screens/, made by `make screens`. No test: pytest runs this file
only when it is named.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.conftest import ROOT
from tests.site.gallery import Gallery

SCREENS = ROOT / "docs" / "screens"
WIDTHS = (360, 1280)


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Callable[..., Page]:
    """Opens a page as somebody with a certain device, language and theme sees it."""

    def go(
        path: str, *, width: int, language: str = "en", dark: bool = False, cookie: str = ""
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 780 if width < 600 else 800},
            device_scale_factor=1,
            locale="ja-JP" if language == "ja" else "en-GB",
            color_scheme="dark" if dark else "light",
            # Videos and scenes stand still, so that two runs give the same picture.
            reduced_motion="reduce",
        )
        if cookie:
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    return go


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
        }"""
    )
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
    SCREENS.mkdir(exist_ok=True)
    picture.convert("RGB").save(SCREENS / f"{name}.webp", quality=70, method=6)
    page.context.close()


VARIANTS = [
    pytest.param(width, language, dark, id=f"{width}{'-ja' * (language == 'ja')}{'-dark' * dark}")
    for width in WIDTHS
    for language in ("en", "ja")
    for dark in (False, True)
    if not (dark and language == "ja")
]


@pytest.mark.parametrize(("width", "language", "dark"), VARIANTS)
def test_screens(
    visit: Callable[..., Page],
    gallery: Gallery,
    request: pytest.FixtureRequest,
    width: int,
    language: str,
    dark: bool,
) -> None:
    variant = request.node.callspec.id
    look = {"width": width, "language": language, "dark": dark}
    for name, path in gallery.public_pages().items():
        keep(visit(path, **look), f"{name}-{variant}")
    for name, path in gallery.private_pages().items():
        keep(visit(path, cookie=gallery.cookie, **look), f"{name}-{variant}")
