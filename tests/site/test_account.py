"""The account page in a browser: taking all one's data along, and leaving."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from amena.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page


def answered(page: Page) -> None:
    """The form's answer is in the window, and has the focus."""
    answer = page.locator("#answer")
    expect(answer).to_be_focused()
    expect(answer).to_be_in_viewport(ratio=1)


def test_somebody_takes_their_data_along_and_leaves(
    page: Page, sign_in: Callable[[Page], None]
) -> None:
    sign_in(page)
    page.goto("/account/")
    expect(page.get_by_text("0 of 3 at a time")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download my data").click()
    assert re.fullmatch(r"amena-[\d-]+\.zip", downloading.value.suggested_filename)
    with zipfile.ZipFile(downloading.value.path()) as archive:
        rows = json.loads(archive.read("account.json"))
    assert rows["accounts.User"][0]["email"] == "ada@example.com"

    page.get_by_label("Type ada@example.com to confirm").fill("somebody else")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("alert")).to_contain_text("not the email address of your account")
    answered(page)
    page.get_by_label("Type ada@example.com to confirm").fill("ada@example.com")
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url(re.compile(r"//localhost:\d+/#answer$"))
    expect(page.get_by_role("status")).to_have_text("Your account and all your photos are deleted.")
    answered(page)
    assert not User.objects.exists()
    page.goto("/photos/")
    page.wait_for_url(re.compile("/login/"))


def test_a_token_is_made_shown_once_and_revoked(
    page: Page, sign_in: Callable[[Page], None]
) -> None:
    sign_in(page)
    page.goto("/account/")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Create a token").click()
    expect(page.locator("code.secret")).to_have_text(re.compile("^amena_"))
    answered(page)
    page.goto("/account/")
    expect(page.locator("code.secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()  # the question is not confirmed
    expect(page.get_by_role("button", name="Revoke")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_have_text("The token is revoked.")
    answered(page)
    page.get_by_label("URL").fill("https://localhost/amena")
    page.get_by_role("button", name="Add a webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("not on the public internet")
    answered(page)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out everywhere else.")
    answered(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("The language is saved.")
    answered(page)
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)


def test_who_tries_too_often_is_told_when_to_come_back(page: Page, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"sign_in": {"address": (1, 60), "person": (1, 60)}}
    for email in ("no address", "ada@example.com"):
        page.goto("/login/")
        page.get_by_label("Email address").evaluate("field => { field.type = 'text' }")
        page.get_by_label("Email address").fill(email)
        # The next one would cut it off before it has arrived.
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Too many tries")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Try again in \d+\sseconds"))).to_be_visible()
