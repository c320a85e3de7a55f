"""The reference in a real browser: complete, and within our own Content Security Policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.api.test_schema import DOCS

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_reference_shows_every_operation_without_outside_requests(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    page.locator("#operations-photos-photos_create").wait_for()
    described = (DOCS / "openapi.yaml").read_text().count("operationId:")
    expect(page.locator(".opblock")).to_have_count(described)
    here = page.url.removesuffix("/api/docs")
    assert all(url.startswith((here, "data:", "blob:")) for url in asked)
