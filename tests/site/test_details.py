"""Small things that browsers ask for, and where one is after a form."""

from __future__ import annotations

from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from amena.accounts.models import User
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import deletion
from amena.jobs.states import soon

pytestmark = pytest.mark.django_db


def photo_of(user: User) -> Photo:
    facts = {"format": "JPEG", "width": 64, "height": 48, "size": 1}
    return Photo.objects.create(owner=user, name="a.jpg", **facts)


def test_what_is_asked_for_at_fixed_addresses_is_there(client: Client) -> None:
    icon = client.get("/favicon.ico")
    assert icon["Location"].endswith("img/favicon.ico")
    robots = client.get("/robots.txt")
    assert robots["Content-Type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(robots.content.decode().splitlines())
    assert all(rules.can_fetch("bot", address) for address in ("/", "/help/", "/api/docs"))
    private = ("/photos/", "/jobs/1/estimates/", "/files/1/", "/account/", "/api/v1/photos")
    assert not any(rules.can_fetch("bot", address) for address in private)


def test_a_developer_sees_the_site_s_own_error_pages(client: Client) -> None:
    page = client.get("/nothing/")
    assert page.status_code == 404
    assert "Page not found" in page.content.decode()


def test_after_deleting_one_is_on_the_same_page_of_the_wall(client: Client) -> None:
    user = User.objects.create_user("ada@example.com")
    client.force_login(user)
    photo = photo_of(user)
    wall = "http://testserver/photos/?page=2&show=ready&q=cat&deleted=1&other=1"
    answer = client.post(reverse("delete", args=[photo.public_id]), headers={"referer": wall})
    assert answer["Location"] == f"/photos/?page=2&show=ready&q=cat&deleted={photo.public_id}"
    answer = client.post(reverse("restore", args=[photo.public_id]), headers={"referer": wall})
    assert answer["Location"] == f"/photos/?page=2&show=ready&q=cat&restored={photo.public_id}"
    several = [photo, photo_of(user), photo_of(user)]
    deletion.delete(*several, undoable=True)
    answer = client.post(reverse("restore", args=[photo.public_id]), headers={"referer": wall})
    assert answer["Location"].endswith(f"&restored={photo.public_id}&several=3")


@pytest.mark.parametrize(("code", "again"), [("bad_photo", False), ("storage", True)])
def test_another_try_is_offered_where_it_can_help(client: Client, code: str, again: bool) -> None:
    user = User.objects.create_user("ada@example.com")
    client.force_login(user)
    job = Job.objects.create(
        photo=photo_of(user), state=State.FAILED, error_code=code, dispatch_at=soon()
    )
    page = client.get(reverse("photo", args=[job.photo.public_id])).content.decode()
    assert ("Try again</button>" in page) is again
    assert ("Choose another photo" in page) is not again


@pytest.mark.parametrize(("language", "said"), [("en", "Turn one still photo"), ("ja", "3D")])
def test_a_phone_is_told_how_to_put_amena_among_its_apps(
    page: Page, live_server: Any, language: str, said: str
) -> None:
    page.goto(f"/?lang={language}")
    told = page.evaluate(
        """async () => {
            const { href } = document.querySelector("link[rel=manifest]");
            const answer = await fetch(href, { credentials: "omit" });
            const told = await answer.json();
            told.sizes = await Promise.all(told.icons.map(async ({ src }) => {
                const image = Object.assign(new Image(), { src });
                await image.decode();
                return `${image.naturalWidth}x${image.naturalHeight}`;
            }));
            return told;
        }"""
    )
    assert (told["lang"], told["start_url"], told["display"]) == (
        language,
        "/photos/",
        "standalone",
    )
    assert said in told["description"]
    assert told["sizes"] == [icon["sizes"] for icon in told["icons"]]
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    # Chromium's own word on what it would not install.
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getAppManifest")["errors"] == []
