"""What happens with a photo and its owner leaves no trace of who they are in the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts import tokens
from amena.accounts.models import Token, User
from tests.accounts.openid_provider import Provider, person
from tests.accounts.test_google import sign_in
from tests.fixtures.log import Lines
from tests.jobs.samples import uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
ADDRESS = "203.0.113.77"


def test_the_log_names_nobody(
    provider: Provider,
    log: Lines,
    settings: Any,
    sent: list[str],
    media: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TRUSTED_PROXIES = 1
    provider.account = person(sub="googles-id-of-ada")
    client = Client(headers={"X-Forwarded-For": ADDRESS}, raise_request_exception=False)
    wall = reverse("wall")
    sign_in(client, "deny")
    sign_in(client)
    user = User.objects.get()
    secret = tokens.issue(user, "Laptop", Token.Scope.READ, None)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(wall, {"motion": "circle", "photo": uploaded(name="ada-at-home.jpg")})
    client.post(wall, {"motion": "circle", "photo": uploaded(b"x", "ada-broken.jpg")})
    client.get("/photos/nothing/")
    client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}x"})
    client.post(reverse("admin:login"), {"username": "ada@example.com", "password": "my secret"})

    def crash(*_args: object) -> None:
        raise ZeroDivisionError("of ada@example.com\nDETAIL:  Key (name)=(Ada Lovelace)")

    monkeypatch.setattr("amena.jobs.services.quotas.usage", crash)
    assert client.get(reverse("account")).status_code == 500
    client.post(reverse("delete-account"), {"confirmation": "ada@example.com"})

    assert "ZeroDivisionError" in log.text
    assert f"Signed in: {user.public_id}" in log.text
    assert f"Account deleted: {user.public_id}" in log.text
    for personal in (
        "ada@", "example.com", "Lovelace", "ada-at-home", "ada-broken", ADDRESS, secret,
        "my secret", "googles-id", session,
    ):  # fmt: skip
        assert personal not in log.text, personal
