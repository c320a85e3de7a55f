"""Help, contact, privacy and terms: for everybody, and as true as the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from django.test import Client

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The theme, and the colour of its texts; a page is opened in the first.
SCHEMES: tuple[tuple[Literal["dark", "light"], str], ...] = (
    ("dark", "rgb(239, 242, 246)"),
    ("light", "rgb(27, 32, 36)"),
)
PAGES = ("/help/", "/contact/", "/privacy/", "/terms/")


def plain(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.text.replace("\u00a0", " ").replace("\u2060", "")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/", "/login/", "/help/"])
def test_they_are_linked_where_nobody_has_signed_in(client: Client, where: str) -> None:
    text = client.get(where).text
    assert all(f'href="{page}"' in text for page in PAGES)


@pytest.mark.django_db
def test_they_say_who_runs_the_site(client: Client, settings: Any) -> None:
    settings.OPERATOR_NAME, settings.OPERATOR_EMAIL = "Ada <b>& Co", "ada@amena.example"
    settings.OPERATOR_ADDRESS, settings.OPERATOR_COUNTRY = "1 Loop Road, Leeds", "England"
    for page in ("/contact/", "/privacy/", "/terms/"):
        text = plain(client, page)
        assert "Ada &lt;b&gt;&amp; Co" in text
        assert "1 Loop Road, Leeds" in text
        assert 'href="mailto:ada@amena.example"' in text
    assert "The law of this country applies: England." in plain(client, "/terms/")


@pytest.mark.django_db
def test_they_say_so_where_nobody_has_put_a_name_to_the_site(client: Client) -> None:
    assert "has not entered a name yet" in plain(client, "/contact/")
    assert "The law of this country" not in plain(client, "/terms/")


@pytest.mark.django_db
def test_limits_and_times_are_those_that_are_set(client: Client, settings: Any) -> None:
    settings.RETENTION_DAYS, settings.BACKUP_DAYS = 17, 3
    settings.SESSION_COOKIE_AGE = 5 * 24 * 3600
    settings.SESSION_COOKIE_NAME = "__Host-session"
    settings.QUOTA_ACTIVE_JOBS, settings.QUOTA_DAILY_JOBS, settings.QUOTA_DAILY_CHANGES = 4, 61, 77
    privacy, terms = plain(client, "/privacy/"), plain(client, "/terms/")
    for text in (privacy, terms, plain(client, "/help/")):
        assert "17 days after" in text
    assert "for 3 days more" in privacy
    assert "They end after 5 days" in privacy
    assert "__Host-session" in privacy
    assert "up to 61 new photos and 77 changes and further files a day. Up to 4" in terms
    assert "17日後" in plain(client, "/privacy/?lang=ja")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DATA_LOCATION": "Frankfurt, Germany"}, "Frankfurt, Germany"),
        ({"STORAGE": "s3", "AWS_REGION": "eu-north-1"}, "Amazon Web Services, region eu-north-1"),
        ({"STORAGE": "s3", "S3_ENDPOINT_URL": "https://s3.example"}, "the server that runs"),
        ({"STORAGE": "local"}, "the server that runs this site"),
    ],
)
def test_where_photos_lie(
    client: Client, settings: Any, changed: dict[str, str], said: str
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert f"worked on here: {said}" in plain(client, "/privacy/")


def test_the_admin_has_our_name_and_icon(client: Client, db: None) -> None:
    text = client.get("/admin/login/").text
    assert "Django" not in text
    assert "Amena</title>" in text
    assert "img/favicon.ico" in text


def test_the_reference_looks_like_the_site_and_fits(page: Page) -> None:
    """Also on a phone, and in the theme of the device: at first, and when it changes."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto("/api/docs")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Try requests here").click()
    page.locator("#operations-photos-photos_create button").first.click()
    page.locator(".opblock-body").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme, colour in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        colours = page.evaluate(
            """() => [document.body, document.querySelector(".opblock-description-wrapper p")]
              .map((each) => getComputedStyle(each).color)"""
        )
        assert set(colours) == {colour}, scheme
    assert page.get_by_role("link", name="Privacy").is_visible()
