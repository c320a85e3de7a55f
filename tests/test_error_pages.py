"""Every error page, made to happen: in the site's style, in both languages, saying what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.jobs.models import Job, State
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.usefixtures("media")

LANGUAGES = ("en", "ja")
MakeJob = Callable[..., Job]
#: Status → how title and advice begin, by language.
WORDS = {
    400: {"en": "We could not read that request", "ja": "送信内容を正しく受け取れませんでした"},
    403: {"en": "This page has expired", "ja": "ページの有効期限が切れたか"},
    404: {"en": "Page not found", "ja": "ページが見つかりません"},
    413: {"en": "That file is too large", "ja": "ファイルが大きすぎます"},
    429: {"en": "Too many tries in a short time", "ja": "操作の回数が多すぎます"},
    500: {"en": "Something went wrong on our side", "ja": "サーバーで問題が発生しました"},
}


@pytest.fixture
def client(user: User, sent: list[str]) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def malformed(client: Client, _done: Job, _patch: pytest.MonkeyPatch, headers: Any) -> Any:
    """More fields than any form of ours has."""
    return client.post("/photos/", {f"f{n}": n for n in range(600)}, headers=headers)


def without_token(client: Client, _done: Job, _patch: pytest.MonkeyPatch, headers: Any) -> Any:
    client.handler.enforce_csrf_checks = True
    return client.post("/photos/", headers=headers)


def nowhere(client: Client, _done: Job, _patch: pytest.MonkeyPatch, headers: Any) -> Any:
    return client.get("/nowhere/", headers=headers)


def too_large(client: Client, done: Job, patch: pytest.MonkeyPatch, headers: Any) -> Any:
    from django.conf import settings

    patch.setattr(settings, "UPLOAD_MAX_BYTES", 100)
    address = reverse("edit-depth", args=[done.photo.public_id])
    return client.post(address, {"mode": "replace", "picture": uploaded()}, headers=headers)


def over_quota(client: Client, done: Job, patch: pytest.MonkeyPatch, headers: Any) -> Any:
    from django.conf import settings

    patch.setattr(settings, "QUOTA_ACTIVE_JOBS", 0)
    address = reverse("restyle", args=[done.photo.public_id])
    return client.post(address, {"motion": "swing"}, headers=headers)


def crash(client: Client, _done: Job, patch: pytest.MonkeyPatch, headers: Any) -> Any:
    def fall(*_args: object) -> None:
        raise ZeroDivisionError

    patch.setattr("amena.jobs.selectors.wall", fall)
    return client.get("/photos/", headers=headers)


CASES = {
    400: malformed,
    403: without_token,
    404: nowhere,
    413: too_large,
    429: over_quota,
    500: crash,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", CASES)
def test_the_page_of_an_error(
    client: Client,
    make_job: MakeJob,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    language: str,
) -> None:
    done = make_job(State.SUCCEEDED)
    response = CASES[status](client, done, monkeypatch, {"accept-language": language})
    page = response.content.decode()
    assert response.status_code == status
    assert f'<html lang="{language}">' in page
    assert WORDS[status][language] in page
    assert f'<p class="status">{status}</p>' in page
    assert "css/site.css" in page
    assert page.count("<h1") == 1
    assert 'href="/photos/"' in page


@pytest.mark.fault(
    "the database is away while somebody looks at a page, at its beginning or its end",
    "503 page, that of an outage",
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("when", ["load", "save"])
def test_a_database_that_fails_before_or_after_the_view_is_an_outage(
    client: Client, monkeypatch: pytest.MonkeyPatch, language: str, when: str
) -> None:
    """The session is looked for by whatever comes before the view, and stored after it."""

    def fail(*_args: object, **_options: object) -> None:
        raise OperationalError("connection is bad")

    monkeypatch.setattr(f"amena.accounts.sessions.SessionStore.{when}", fail)
    monkeypatch.setattr("django.conf.settings.SESSION_SAVE_EVERY_REQUEST", True)
    response = client.get("/photos/", headers={"accept-language": language})
    page = response.content.decode()
    assert response.status_code == 503
    assert f'<html lang="{language}">' in page
    assert WORDS[500][language] in page
    assert response["Retry-After"] == "60"
    if when == "load":
        answer = client.get("/api/v1/photos")
        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/problem+json"
