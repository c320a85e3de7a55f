"""The reference in a real browser: complete, and within our own Content Security Policy."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.api.test_schema import DOCS, described
from tests.site.test_pages import AXE, RULES, faults

DESCRIBED = described()


def test_the_reference_has_every_request_field_and_type(page: Page) -> None:
    """Compared with the description itself, by what the browser has made of the page."""
    page.goto("/api/docs")
    for path, verbs in DESCRIBED["paths"].items():
        for verb, operation in verbs.items():
            article = page.locator(f"#{operation['operationId']}")
            expect(article.get_by_role("heading")).to_have_text(f"{verb.upper()} {path}")
            for parameter in operation.get("parameters", ()):
                if parameter["in"] != "header":
                    expect(row(article, parameter["name"])).to_have_count(1)
    for name, schema in DESCRIBED["components"]["schemas"].items():
        text = page.locator(f"#{name}").inner_text() if schema.get("properties") else ""
        assert all(field in text for field in schema.get("properties", ())), name
    expect(row(page.locator("#Options"), "amplitude")).to_contain_text("number, 0.002 to 0.1")
    expect(row(page.locator("#Options"), "easing")).to_contain_text("even or ease-in-out")
    broken = page.evaluate(
        """() => [...document.querySelectorAll("main a[href^='#']")].map((each) => each.hash)
          .filter((each) => !document.querySelector(each))"""
    )
    assert broken == []


def row(article: Locator, name: str) -> Locator:
    """The row of one field."""
    return article.locator("tr", has=article.page.get_by_text(name, exact=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1366])
def test_the_reference_is_accessible_and_fits(
    browser: Browser, live_server: LiveServer, transactional_db: None, scheme: Any, width: int
) -> None:
    with browser.new_context(
        base_url=live_server.url,
        bypass_csp=True,  # axe is brought in from outside the page
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    ) as context:
        page = context.new_page()
        page.goto("/api/docs")
        page.evaluate(AXE)
        assert faults(page, RULES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_cut_line_does_not_lose_the_console(page: Page) -> None:
    page.goto("/api/docs")
    page.route("**/*bundle*", lambda route: route.abort("internetdisconnected"))
    button = page.get_by_role("button", name="Try requests here")
    button.click()
    expect(button).to_be_enabled()
    expect(page.locator("#photos_create")).to_be_visible()
    page.unroute("**/*bundle*")
    button.click()
    page.locator("#operations-photos-photos_create").wait_for()
    expect(page.locator("#photos_create")).to_be_hidden()
    page.get_by_role("button", name="Back to the reference").click()
    expect(page.locator("#photos_create")).to_be_visible()
    expect(page.locator(".opblock").first).to_be_hidden()


def test_a_link_into_the_console_opens_it(page: Page) -> None:
    page.goto("/api/docs#/photos")
    page.locator("#operations-photos-photos_create").wait_for()


def test_the_console_shows_every_request_without_outside_requests(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    assert not any("swagger" in url for url in asked)
    page.get_by_role("button", name="Try requests here").click()
    page.locator("#operations-photos-photos_create").wait_for()
    described = (DOCS / "openapi.yaml").read_text().count("operationId:")
    expect(page.locator(".opblock")).to_have_count(described)
    here = page.url.removesuffix("/api/docs")
    assert all(url.startswith((here, "data:", "blob:")) for url in asked)
