"""Sign-in with Google in a real browser, with an OpenID provider of our own in Google's place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from amena.accounts.models import User
from tests.accounts.openid_provider import Provider, person

if TYPE_CHECKING:
    from playwright.sync_api import Page

WALL = re.compile(r"/photos/$")


def go_to_google(page: Page) -> None:
    page.goto("/login/")
    page.get_by_role("button", name="Google").click()
    page.wait_for_url(re.compile("/authorize"))


def answer(page: Page, button: str = "Allow") -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"//localhost"))


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(re.compile(r"//localhost:\d+/$"))


def is_signed_out(page: Page) -> None:
    page.goto("/account/")
    page.wait_for_url(re.compile("/login/"))


def test_somebody_signs_in_out_and_in_again_as_the_same_person(
    page: Page,
    provider: Provider,
) -> None:
    page.goto("/account/")  # where they wanted to go
    page.get_by_role("button", name="Google").click()
    answer(page)
    page.wait_for_url(re.compile("/account/$"))
    expect(page.get_by_text("ada@example.com").first).to_be_visible()
    cookies = {each["name"]: each for each in page.context.cookies()}
    assert cookies["sessionid"]["httpOnly"]
    assert cookies["sessionid"]["sameSite"] == "Lax"
    sign_out(page)
    is_signed_out(page)
    go_to_google(page)
    answer(page)
    page.wait_for_url(WALL)
    assert User.objects.count() == 1


def test_it_works_without_javascript(
    browser: Browser,
    live_server: LiveServer,
    provider: Provider,
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    go_to_google(page)
    answer(page)
    page.wait_for_url(WALL)
    context.close()


def test_who_refuses_comes_back_to_an_honest_page(
    page: Page,
    provider: Provider,
) -> None:
    go_to_google(page)
    answer(page, "Deny")
    expect(page.get_by_role("alert")).to_contain_text("The sign-in with Google was cancelled")
    expect(page.get_by_role("button", name="Google")).to_be_visible()
    is_signed_out(page)
    assert not User.objects.exists()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "wrong audience": ({"aud": "somebody.else", "azp": "somebody.else"}, "try again in a minute"),
    "wrong issuer": ({"iss": "https://accounts.evil.example"}, "try again in a minute"),
    "expired token": ({"exp": 1_600_000_000}, "sign in again"),
    "unverified address": ({"email_verified": False}, "Verify it in your Google account"),
}


def test_what_is_wrong_with_a_token_keeps_one_out(
    page: Page,
    provider: Provider,
) -> None:
    for wrong, message in WRONG.values():
        provider.wrong = wrong
        go_to_google(page)
        answer(page)
        expect(page.get_by_role("alert")).to_contain_text(message)
    provider.wrong = {}
    provider.signing_key = rsa.generate_private_key(65537, 2048)
    go_to_google(page)
    answer(page)
    expect(page.get_by_role("alert")).to_contain_text("try again in a minute")
    is_signed_out(page)
    assert not User.objects.exists()


def test_a_forged_state_keeps_one_out(page: Page, provider: Provider) -> None:
    provider.state = "forged"
    go_to_google(page)
    answer(page)
    expect(page.get_by_role("alert")).to_contain_text("started in another browser")
    is_signed_out(page)
    assert "/token" not in provider.requests


def test_another_google_account_with_the_same_address_keeps_one_out(
    page: Page,
    provider: Provider,
) -> None:
    go_to_google(page)
    answer(page)
    page.wait_for_url(WALL)
    sign_out(page)
    provider.account = person(sub="2002")
    go_to_google(page)
    answer(page)
    expect(page.get_by_role("alert")).to_contain_text("already belongs to another account")
    is_signed_out(page)
