"""The site in a real browser, before real worker processes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.conftest import gate, media, service  # noqa: F401  fixtures
from tests.site.gallery import Gallery, make_gallery

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(autouse=True)
def development(settings: Any) -> None:
    """The development sign-in exists, as it does under `make run`."""
    settings.DEBUG = settings.DEV_LOGIN = True


@pytest.fixture
def sign_in() -> Callable[[Page], None]:
    """From the landing page to the wall, the way people go."""

    def go(page: Page) -> None:
        page.goto("/")
        page.get_by_role("link", name="Make a 3D photo").click()
        page.get_by_label("Email address").fill("ada@example.com")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/photos/$"))

    return go


@pytest.fixture
def gallery(transactional_db: None, media: Any, settings: Any) -> Gallery:  # noqa: F811
    """An account with a photo in every state, on a site as strangers see it."""
    settings.DEBUG = settings.DEV_LOGIN = False
    settings.SOCIAL_AUTH_GOOGLE_KEY = settings.SOCIAL_AUTH_GOOGLE_SECRET = "set"
    return make_gallery()
