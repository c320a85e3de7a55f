"""Who may do what: by token, by session, in scope, and only with one's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from amena.accounts.models import User
from tests.fixtures.programs import Program, problem, token

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"


@pytest.mark.parametrize("header", ["Bearer amena_x", "Bearer", "Bearer ümläut", "Bearer \x00"])
def test_a_made_up_token_is_refused(user: User, header: str) -> None:
    response = Client(headers={"Authorization": header}).get(ME)
    assert problem(response) == "unauthenticated"


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
            "changes_today": 0,
            "changes_limit": 300,
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
