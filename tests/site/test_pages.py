"""Every page in every language, theme and width: accessible, fitting, calm and light."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.conftest import ROOT
from tests.site.conftest import MOVING
from tests.site.gallery import Gallery
from tests.site.poor_line import poor_line

AXE = (ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text()
LOOKS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
# WCAG 2.2 AA, and axe's own best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOCALES = {"en": "en-GB", "ja": "ja-JP"}
COLOURS = ["color-contrast", "link-in-text-block"]
#: Pages with a film, which takes as much work as all others do that wait for their line beside it.
FILMS = ("landing", "shared", "photo")


@pytest.fixture
def browse(browser: Browser, live_server: LiveServer, gallery: Gallery) -> Any:
    """Opens the gallery's pages, in a language."""

    @contextmanager
    def open_(name: str, language: str = "en", **options: Any) -> Iterator[Page]:
        path, cookie = gallery.pages[name]
        context = browser.new_context(
            locale=LOCALES[language],
            bypass_csp=True,  # axe is brought in from outside the page
            **{"base_url": live_server.url, **options},
        )
        if cookie:
            session = {"name": "sessionid", "value": cookie, "url": live_server.url}
            context.add_cookies([session])
        page = context.new_page()
        page.goto(path)
        yield page
        context.close()

    return open_


class Tabs:
    """Pages beside each other, each as if nothing of it had been seen before.

    One window for each person who looks, and tabs that stay at the site: a browser starts a process
    for each window.
    """

    def __init__(self, gallery: Gallery, new_window: Callable[[], BrowserContext]) -> None:
        self.gallery, self.new_window = gallery, new_window
        self.tabs: dict[str, list[Page]] = {}

    def show(self, *names: str) -> list[Page]:
        """Begins to load these pages."""
        free = {cookie: iter(tabs) for cookie, tabs in self.tabs.items()}
        pages = []
        for name in names:
            path, cookie = self.gallery.pages[name]
            page = next(free.get(cookie, iter(())), None) or self._tab(cookie)
            page.goto(path, wait_until="commit")
            pages.append(page)
        return pages

    def leave(self) -> None:
        """Nothing that was shown goes on."""
        for page in chain(*self.tabs.values()):
            if not page.url.endswith("/robots.txt"):
                page.goto("/robots.txt")

    def _tab(self, cookie: str) -> Page:
        tabs = self.tabs.setdefault(cookie, [])
        context = tabs[0].context if tabs else self.new_window()
        page = context.new_page()
        if cookie and not tabs:
            page.goto("/robots.txt")
            session = {"name": "sessionid", "value": cookie, "url": page.url}
            context.add_cookies([session])
        # What it has seen in the tabs before comes anew.
        context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        tabs.append(page)
        return page


@pytest.fixture
def tabs(browser: Browser, live_server: LiveServer, gallery: Gallery) -> Iterator[Any]:
    """Makes `Tabs`, in a language."""
    windows: list[BrowserContext] = []

    def make(language: str = "en", **options: Any) -> Tabs:
        def new_window() -> BrowserContext:
            options.setdefault("base_url", live_server.url)
            windows.append(browser.new_context(locale=LOCALES[language], **options))
            return windows[-1]

        return Tabs(gallery, new_window)

    yield make
    for window in windows:
        window.close()


def faults(page: Page, rules: list[str], left_out: Sequence[str] = ()) -> list[str]:
    """What axe finds serious or critical: the rule and the first element."""
    others = {rule: {"enabled": False} for rule in left_out}
    options = {"runOnly": rules, "resultTypes": ["violations"], "rules": others}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_accessible_and_fits(
    browse: Any, gallery: Gallery, language: str, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "photos@amena.example"  # pages offer emails
    found = []
    # One window for each person who looks: a browser starts a process for each.
    windows: dict[str, Page] = {}
    with ExitStack() as opened:
        for name, (path, cookie) in gallery.pages.items():
            if page := windows.get(cookie):
                page.set_viewport_size({"width": 1280, "height": 720})
                page.emulate_media(color_scheme="light")
                page.evaluate("localStorage.clear()")
                page.goto(path)
            else:
                page = windows[cookie] = opened.enter_context(browse(name, language))
            page.evaluate(AXE)
            assert page.locator("html").get_attribute("lang") == language
            breaks = page.evaluate("getComputedStyle(document.body).wordBreak")
            assert breaks == {"en": "normal", "ja": "auto-phrase"}[language]
            assert page.locator("h1").count() == 1, name
            for width, scheme in LOOKS:
                if (language, scheme) == ("ja", "dark"):
                    continue  # a language changes no colours
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                look = f"{name}, {language}, {width} px, {scheme}"
                assert page.evaluate("document.documentElement.scrollWidth") <= width, look
                # A theme changes colours alone.
                if scheme == "dark":
                    now = faults(page, COLOURS)
                else:
                    now = faults(page, RULES, COLOURS if language == "ja" else ())
                found += [f"{look}: {fault}" for fault in now]
    assert found == []


#: All that moves by itself: how far, and what.
SHIFTS = """() => new Promise((done) => {
  const found = [];
  const name = (node) => node?.id || node?.className || node?.nodeName;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    const what = entry.sources.map(({ node }) => name(node));
    if (!entry.hadRecentInput) found.push([entry.value, ...what]);
  })).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(found), 100));
})"""
#: Language and window: a phone, a small laptop and a wide screen.
COMING = [("en", 360, 800), ("ja", 390, 844), ("en", 1366, 657), ("en", 1920, 1080)]


def test_every_page_is_light(tabs: Any, gallery: Gallery) -> None:
    shown = tabs(viewport={"width": 360, "height": 800}, **MOVING)
    for name in gallery.pages:
        (page,) = shown.show(name)
        page.wait_for_load_state("load")
        # The page of a photo, which offers some thirty files, is the heaviest.
        assert weight(page) < 92_000, name


@pytest.mark.parametrize(("language", "width", "height"), COMING)
def test_nothing_moves_while_a_page_comes(
    tabs: Any,
    gallery: Gallery,
    live_server: LiveServer,
    settings: Any,
    language: str,
    width: int,
    height: int,
) -> None:
    """On a line where its parts come one by one, fonts and pictures last. Pages without a film wait
    for it three at a time.
    """
    settings.DEFAULT_FROM_EMAIL = "photos@amena.example"  # pages offer emails
    found, names = [], iter([each for each in gallery.pages if each not in FILMS])
    batches = [*((name,) for name in FILMS), *iter(lambda: tuple(islice(names, 3)), ())]
    window = {"width": width, "height": height}
    with poor_line(live_server.url) as address:
        shown = tabs(language, viewport=window, base_url=address, **MOVING)
        for few in batches:
            for name, page in zip(few, shown.show(*few), strict=True):
                page.wait_for_load_state("load")
                page.wait_for_timeout(300)  # what comes after the load: late fonts, first news
                found += [(name, *shift) for shift in page.evaluate(SHIFTS)]
            shown.leave()
    assert found == []


def weight(page: Page) -> int:
    """Bytes that go over the wire in production: the document and files from static/ compressed
    (fonts are already), pictures, films and scenes left out.
    """
    loaded = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    files = [Path(url.partition("?")[0].partition("/static/")[2]) for url in loaded]
    assert any(file.suffix == ".css" for file in files), loaded
    total = len(gzip.compress(page.content().encode(), 6))
    for file in files:
        if file.suffix in (".css", ".js"):
            total += len(gzip.compress((ROOT / "static" / file).read_bytes()))
        elif file.suffix == ".woff2":
            total += (ROOT / "static" / file).stat().st_size
    return total


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browse: Any, gallery: Gallery
) -> None:
    with browse("wall") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        reached = []
        for _ in range(60):
            reached.append(
                page.evaluate(
                    """() => {
                      const at = document.activeElement;
                      const { outlineStyle, outlineWidth } = getComputedStyle(at);
                      const box = at.getBoundingClientRect();
                      return [at.tagName, at.textContent.trim() || at.ariaLabel || at.name || "",
                        outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
                        box.width >= 20 && box.height >= 20];
                    }"""
                )
            )
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('footer') !== null"):
                break
        names = " ".join(name for _, name, _, _ in reached)
        for wanted in ("Choose photos", "Motion, strength", "Ready", "dandelion.jpg", "Delete"):
            assert wanted in names
        assert [each for each in reached if not each[2]] == []
        assert [each for each in reached if not each[3]] == []


def test_who_wants_less_motion_gets_none(browse: Any, gallery: Gallery) -> None:
    for name in ("landing", "photo", "wall", "shared"):
        with browse(name) as page:
            page.wait_for_load_state("networkidle")
            # The page's script may come to it later than all that it has asked for.
            page.wait_for_function(
                "() => [...document.querySelectorAll('video')].every((v) => v.paused)"
            )


def test_what_asks_for_news_does_not_blink(browse: Any) -> None:
    with browse("photo-working") as page:
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        # At one moment: the page's own news replace the button.
        opacity = page.evaluate(
            """() => {
              document.querySelector("#work").classList.add("htmx-request");
              return getComputedStyle(document.querySelector("#work button")).opacity;
            }"""
        )
        assert opacity == "1"


@pytest.mark.parametrize("where", ["landing", "shared", "embed"])
def test_it_is_a_film_until_somebody_moves_then_a_scene(
    browse: Any, gallery: Gallery, where: str
) -> None:
    with browse("landing" if where == "landing" else "shared", **MOVING) as page:
        if where == "embed":
            page.goto(f"{gallery.shared}embed")
        page.wait_for_load_state("networkidle")
        video = page.locator("photo-3d video")
        page.wait_for_function("video => video.currentTime > 0.2", arg=video.element_handle())
        assert page.locator("photo-3d canvas").count() == 0
        page.mouse.move(300, 300)
        page.locator("photo-3d[data-state=ready] canvas").wait_for()
        page.wait_for_function("video => video.paused", arg=video.element_handle())
