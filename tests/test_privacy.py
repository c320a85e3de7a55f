"""What happens with a photo and its owner leaves no trace of who they are in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts import tokens
from amena.accounts.models import Token, User
from amena.logs import JsonFormatter
from tests.accounts.conftest import openid_server, provider  # noqa: F401  fixtures
from tests.accounts.openid_provider import Provider, person
from tests.accounts.test_google import sign_in
from tests.jobs.conftest import media, sent  # noqa: F401  fixtures
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.77"


class Lines(logging.Handler):
    """All that is logged at whatever level, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        # The provider is not ours, and the database's statements are written by no setting.
        if not record.name.startswith(("werkzeug", "django.db", "urllib3")):
            self.text += self.format(record) + "\n"


@pytest.fixture
def log() -> Iterator[Lines]:
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(lines)
    root.setLevel(level)


def test_the_log_names_nobody(
    provider: Provider,  # noqa: F811
    log: Lines,
    settings: Any,
    sent: list[str],  # noqa: F811
    media: Any,  # noqa: F811
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
