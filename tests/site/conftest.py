"""The site in a real browser, before real worker processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser as SyncBrowser

from tests.conftest import PATIENCE
from tests.site.gallery import Gallery, make_gallery, session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from tests.fixtures.windows import OpenWindow


@pytest.fixture(autouse=True)
def development(settings: Any) -> None:
    """The development sign-in exists, as it does under `make run`."""
    settings.DEVELOPMENT = settings.DEV_LOGIN = True


#: Of a browser whose pages move, unless a person asks for calm.
MOVING = {"reduced_motion": "no-preference"}
#: A device that draws without effort, for pages that move on while their test waits for something
#: else: on a slow one the film takes the scene's place. Drawn eight times a second and not as often
#: as can be, which without a GPU takes a processor of its own. What a style sheet has in motion, a
#: bar that sweeps for instance, stands where it begins: it moves nothing around it.
UNHURRIED = """const real = requestAnimationFrame;
    window.requestAnimationFrame = (draw) =>
      setTimeout(() => real((time) => draw(time / 50)), 125);
    window.cancelAnimationFrame = clearTimeout;
    const held = new CSSStyleSheet();
    held.replaceSync("*, *::before, *::after { animation-play-state: paused !important; }");
    document.adoptedStyleSheets.push(held);"""

#: What a 3D view is told of the screen. Without a GPU a processor paints each of its pixels, so
#: that views have a sixteenth of them, unless a test looks at their picture or their pace. All else
#: on a page is as sharp as ever.
_PIXELS = "Object.defineProperty(window, 'devicePixelRatio', {{ value: {}, configurable: true }});"
COARSE, SHARP = _PIXELS.format(0.25), _PIXELS.format(1)


@pytest.fixture(autouse=True, scope="session")
def alone_and_calm() -> Iterator[None]:
    """Pages stand alone, as a new visitor's do, unless a test says `service_workers="allow"`, and
    hold still, as for people who want less motion, unless it says `**MOVING`: without a GPU, a 3D
    view that moves keeps a processor busy for as long as its page is open. Views are coarse until a
    test adds the script `SHARP`. Tests have patience with pages.
    """
    patch, new_context = pytest.MonkeyPatch(), SyncBrowser.new_context

    def open_(browser: Browser, **options: Any) -> Any:
        context = new_context(
            browser, **{"service_workers": "block", "reduced_motion": "reduce", **options}
        )
        context.add_init_script(COARSE)
        context.set_default_timeout(PATIENCE)
        return context

    patch.setattr(SyncBrowser, "new_context", open_)
    yield
    patch.undo()


@pytest.fixture
def sign_in() -> Callable[[Page], None]:
    """From the landing page to the wall, the way people go."""

    def go(page: Page) -> None:
        page.goto("/")
        page.get_by_role("link", name="Sign in").click()
        page.get_by_label("Email address").fill("ada@example.com")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/photos/$"))

    return go


@pytest.fixture
def gallery(transactional_db: None, media: Any, settings: Any) -> Gallery:
    """An account with a photo in every state, on a site as strangers see it."""
    settings.DEVELOPMENT = settings.DEV_LOGIN = False
    settings.SOCIAL_AUTH_GOOGLE_KEY = settings.SOCIAL_AUTH_GOOGLE_SECRET = "set"
    return make_gallery()


@pytest.fixture
def enter(open_window: OpenWindow, live_server: LiveServer) -> Callable[..., Page]:
    """Opens the wall of somebody who has just signed in; how is a matter of other tests."""
    from amena.accounts.models import User

    def go(language: str = "en", **options: Any) -> Page:
        email = "ada@example.com"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email)
        locale = {"en": "en-GB", "ja": "ja-JP"}[language]
        context = open_window(locale=locale, **options)
        cookie = {"name": "sessionid", "value": session(user), "url": live_server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto("/photos/")
        return page

    return go


@pytest.fixture
def visit(
    open_window: OpenWindow, live_server: LiveServer, gallery: Gallery
) -> Callable[..., Page]:
    """Opens a page as the gallery's owner, in a browser with the given options."""

    def go(path: str, **options: Any) -> Page:
        context = open_window(locale="en-GB", **options)
        context.add_cookies(
            [{"name": "sessionid", "value": gallery.cookie, "url": live_server.url}]
        )
        page = context.new_page()
        page.goto(path)
        return page

    return go
