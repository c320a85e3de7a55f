"""The same key: done once, answered the same, also when many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from amena.accounts.models import Quota, User
from amena.api import idempotency
from amena.api.models import IdempotencyRecord
from amena.jobs.models import Job, Photo
from amena.site import housekeeping
from tests.fixtures.programs import Program, problem, token

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "holiday-1"}


def test_the_same_upload_again_is_the_same_photo(program: Program, sent: list[str]) -> None:
    first = program.upload(headers=KEY, motion="swing")
    second = program.upload(headers=KEY, motion="swing")
    assert second.status_code == 202
    assert second.json() == first.json()
    assert second["Location"] == first["Location"]
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Photo.objects.count() == 1


def test_without_a_key_it_is_another_photo(program: Program) -> None:
    program.upload()
    program.upload()
    assert Photo.objects.count() == 2


def test_a_key_with_another_request_is_a_422(program: Program, done: Job) -> None:
    assert program.upload(headers=KEY).status_code == 202
    for other in (program.upload(headers=KEY, motion="swing"), program.upload(b"x", headers=KEY)):
        assert problem(other) == "idempotency_mismatch"
        assert other.status_code == 422
    where = f"/api/v1/photos/{done.photo.public_id}/jobs"
    assert problem(program.post(where, {}, **KEY)) == "idempotency_mismatch"


def test_jobs_are_ordered_once_whatever_the_order_of_the_fields(
    program: Program, done: Job
) -> None:
    where = f"/api/v1/photos/{done.photo.public_id}/jobs"
    first = program.post(where, {"motion": "swing", "fps": 30}, **KEY)
    second = program.post(where, {"fps": 30, "motion": "swing"}, **KEY)
    assert first.json() == second.json()
    assert Job.objects.filter(kind="restyle").count() == 1


def test_keys_of_two_people_do_not_meet(program: Program, stranger: Program) -> None:
    first, second = program.upload(headers=KEY), stranger.upload(headers=KEY)
    assert first.json()["id"] != second.json()["id"]


def test_a_refusal_is_not_kept(program: Program, user: User) -> None:
    Quota.objects.filter(user=user).update(active_jobs=0)
    assert problem(program.upload(headers=KEY)) == "quota_active_jobs"
    Quota.objects.filter(user=user).update(active_jobs=1)
    assert program.upload(headers=KEY).status_code == 202


def test_answers_are_kept_for_a_day(program: Program) -> None:
    program.upload(headers=KEY)
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert "Idempotency-Replayed" in program.upload(headers=KEY)
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in program.upload(headers=KEY)
    assert Photo.objects.count() == 2


@pytest.mark.attack(
    "names in answers kept for a repeated request, after their day", "the sweeper forgets them"
)
def test_answers_of_people_who_ask_no_more_are_forgotten_too(program: Program) -> None:
    """They hold the names of photos that may have been deleted since."""
    program.upload(headers=KEY)
    housekeeping.sweep()
    assert IdempotencyRecord.objects.count() == 1
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    housekeeping.sweep()
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "ümläut"])
def test_a_key_that_is_none_is_refused(program: Program, key: str) -> None:
    assert problem(program.upload(headers={"Idempotency-Key": key})) == "invalid"


@pytest.mark.attack("sixteen requests of one key at once", "one is done, all are answered alike")
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done_and_all_are_answered_alike(
    user: User, sent: list[str]
) -> None:
    Quota.objects.filter(user=user).update(active_jobs=100)
    secret = token(user)

    def ask(_number: int) -> Any:
        try:
            return Program(secret).upload(headers=KEY, motion="swing")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    assert {each.status_code for each in answers} == {202}
    assert len({each.content for each in answers}) == 1
    assert sum("Idempotency-Replayed" not in each for each in answers) == 1
    assert Photo.objects.count() == Job.objects.count() == 1
    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_first_is_asked_to_come_back(
    user: User, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE_SECONDS", 1)
    secret = token(user)

    def ask() -> Any:
        try:
            return Program(secret).upload(headers=KEY)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        IdempotencyRecord.objects.create(user=user, key=KEY["Idempotency-Key"], fingerprint="x")
        response = pool.submit(ask).result()
    assert problem(response) == "idempotency_busy"
    assert response["Retry-After"] == "1"
    assert not Photo.objects.exists()
