"""Who may do what: by token, by session, in scope, and only with one's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from amena.accounts.models import Token, User
from amena.api.urls import urlpatterns
from amena.jobs.models import Job, Photo
from amena.webhooks.models import Delivery, Endpoint
from tests.api.conftest import Program, problem, token

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"


def addresses(job: Job) -> dict[str, str]:
    """Every address of the API by name, filled with one person's ids."""
    endpoint = Endpoint.objects.create(user=job.photo.owner, url="https://hooks.example/")
    delivery = Delivery.objects.create(endpoint=endpoint, event="ping", deliver_at=job.created_at)
    ids: dict[str, Any] = {
        "webhook_id": endpoint.public_id,
        "delivery_id": delivery.public_id,
        "photo_id": job.photo.public_id,
        "job_id": job.public_id,
        "artifact_id": job.artifacts_by_kind["video"].public_id,
    }
    return {
        pattern.name: reverse(
            f"api:{pattern.name}", kwargs={name: ids[name] for name in pattern.pattern.converters}
        )
        for pattern in urlpatterns
        if pattern.name
    }


def test_nobody_reaches_somebody_else_s_photo(stranger: Program, done: Job) -> None:
    guarded = {name: where for name, where in addresses(done).items() if where.count("-") >= 4}
    assert len(guarded) == 19
    for name, where in guarded.items():
        answers = {
            stranger.get(where).status_code,
            stranger.post(where, {}).status_code,
            stranger.delete(where).status_code,
            stranger.put(where).status_code,
        }
        assert answers <= {404, 405}, name
        assert 404 in answers, name
    for listed in ("photos", "jobs", "webhooks"):
        assert stranger.get(f"/api/v1/{listed}").json()["results"] == []
    assert Photo.objects.get().deleted_at is None


def test_everything_but_the_reference_asks_for_a_token(done: Job) -> None:
    for name, where in addresses(done).items():
        if name in ("docs", "openapi"):
            continue
        for response in (Client().get(where), Client().post(where), Client().delete(where)):
            assert problem(response) == "unauthenticated", name
            assert response["WWW-Authenticate"] == 'Bearer realm="Amena"'


@pytest.mark.parametrize("header", ["Bearer amena_x", "Bearer", "Bearer ümläut", "Bearer \x00"])
def test_a_made_up_token_is_refused(user: User, header: str) -> None:
    response = Client(headers={"Authorization": header}).get(ME)
    assert problem(response) == "unauthenticated"


def test_an_expired_or_revoked_token_is_refused(user: User) -> None:
    assert (
        problem(Program(token(user, lifetime=timedelta(seconds=-1))).get(ME)) == "unauthenticated"
    )
    program = Program(token(user))
    assert program.get(ME).status_code == 200
    Token.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert problem(program.get(ME)) == "unauthenticated"


def test_a_token_for_reading_changes_nothing(user: User, done: Job) -> None:
    reader = Program(token(user, "read"))
    where = addresses(done)
    assert reader.get(where["photo"]).status_code == 200
    refused = [reader.upload(), reader.delete(where["photo"])]
    posted = ("photo-jobs", "photo-depth", "job-exports", "job-cancel", "job-retry")
    refused += [reader.post(where[name], {}) for name in posted]
    posted = ("webhooks", "webhook-secret", "webhook-enable", "webhook-ping", "redelivery")
    refused += [reader.post(where[name], {}) for name in posted]
    refused += [reader.delete(where["webhook"])]
    refused += [reader.put(where["photo-share"]), reader.delete(where["photo-share"])]
    assert {problem(response) for response in refused} == {"scope_missing"}


def test_the_site_s_session_is_enough_but_only_with_its_token_against_forgery(
    user: User, sent: list[str]
) -> None:
    page = Client(enforce_csrf_checks=True)
    page.force_login(user)
    assert page.get(ME).json()["email"] == "ada@example.com"
    assert problem(page.post("/api/v1/photos", {})) == "csrf_failed"


def test_me_tells_the_quota(program: Program, user: User) -> None:
    assert program.upload().status_code == 202
    assert program.get(ME).json() == {
        "id": str(user.public_id),
        "email": "ada@example.com",
        "name": "",
        "quota": {
            "active": 1,
            "active_limit": 3,
            "held": 0,
            "held_limit": 100,
            "today": 1,
            "daily_limit": 50,
        },
    }


def test_each_token_has_its_own_pace(user: User, settings: Any, sent: list[str]) -> None:
    settings.API_READS_PER_MINUTE, settings.API_WRITES_PER_MINUTE = 2, 1
    first, second = Program(token(user)), Program(token(user))
    answers = [first.get(ME) for _ in range(4)]
    # The minute may turn in between, once.
    assert 1 <= [each.status_code for each in answers].count(429) <= 2
    refused = next(each for each in answers if each.status_code == 429)
    assert problem(refused) == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert second.get(ME).status_code == 200
    assert first.upload().status_code == 202  # writes are counted apart


def test_unknown_addresses_and_methods_are_problems_too(program: Program) -> None:
    assert problem(program.get("/api/v1/nothing")) == "not_found"
    assert problem(program.get("/api/v1/photos/")) == "not_found"
    assert problem(Client().get("/api/")) == "not_found"
    response = program.post(ME)
    assert problem(response) == "method_not_allowed"
    assert "GET" in response["Allow"]


def test_a_bug_is_a_problem_without_details(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("amena.jobs.services.quotas.usage", crash)
    program.client.raise_request_exception = False
    response = program.get(ME)
    assert problem(response) == "internal"
    assert b"secret" not in response.content


def test_a_storage_that_is_away_is_a_503(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import EndpointConnectionError

    def away(*_args: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://bucket")

    monkeypatch.setattr("amena.jobs.storage.save", away)
    response = program.upload()
    assert problem(response) == "unavailable"
    assert response["Retry-After"] == "5"


def test_answers_are_for_their_asker_alone(program: Program) -> None:
    response = program.get(ME)
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {each.strip() for each in response["Vary"].split(",")}
