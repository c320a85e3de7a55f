"""A provider in Google's place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts import openid_provider
from tests.accounts.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, person


@pytest.fixture(scope="session")
def openid_server() -> Iterator[Provider]:
    """One for all tests."""
    with openid_provider.running() as provider:
        yield provider


@pytest.fixture
def provider(openid_server: Provider, settings: Any) -> Provider:
    """The provider, well-behaved again, and the site set up for it."""
    openid_server.account, openid_server.wrong = person(), {}
    openid_server.signing_key, openid_server.state = None, ""
    openid_server.requests.clear()
    settings.SOCIAL_AUTH_GOOGLE_KEY = CLIENT_ID
    settings.SOCIAL_AUTH_GOOGLE_SECRET = CLIENT_SECRET
    settings.SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT = openid_server.issuer
    policy = settings.CONTENT_SECURITY_POLICY
    actions = ["'self'", openid_server.issuer]
    settings.CONTENT_SECURITY_POLICY = policy | {
        "DIRECTIVES": policy["DIRECTIVES"] | {"form-action": actions}
    }
    return openid_server
