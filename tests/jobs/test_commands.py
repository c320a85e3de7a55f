"""Management commands: what an operator or a cron job runs."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models.functions import Now

from amena.jobs.models import Job, Photo, State
from amena.jobs.services import dispatch
from amena.local.aws import AwsServer
from amena.site import housekeeping
from amena.site.management.commands.sweep import Command

MakeJob = Callable[..., Job]


def run(command: str, *arguments: object) -> Any:
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def lost(make_job: MakeJob) -> Job:
    """A job whose worker is gone."""
    job = make_job(State.RUNNING)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=Now() - timedelta(hours=1))
    return job


@pytest.mark.django_db
def test_reap_jobs_says_what_it_did(lost: Job, make_job: MakeJob) -> None:
    make_job(State.RUNNING)
    nothing = {"cancelled": 0, "returned": 0, "failed": 0}
    assert run("reap_jobs", "--dry-run") == {"dry_run": True, **nothing, "returned": 1}
    assert run("reap_jobs") == {"dry_run": False, **nothing, "returned": 1}
    assert run("reap_jobs") == {"dry_run": False, **nothing}


@pytest.mark.django_db
def test_reap_jobs_foretells_each_end(make_job: MakeJob) -> None:
    gone = Now() - timedelta(hours=1)
    for fields in ({"attempts_left": 0}, {"cancel_requested": True}, {"attempts_left": 1}):
        job = make_job(State.RUNNING)
        Job.objects.filter(pk=job.pk).update(lease_expires_at=gone, **fields)
    would = run("reap_jobs", "--dry-run")
    assert would == {"dry_run": True, "cancelled": 1, "returned": 1, "failed": 1}
    assert run("reap_jobs") == would | {"dry_run": False}


@pytest.mark.django_db
def test_dispatch_outbox_says_how_many_it_sent(make_job: MakeJob, sent: list[str]) -> None:
    make_job(dispatch_at=Now())
    make_job()
    assert run("dispatch_outbox", "--dry-run") == {
        "dry_run": True,
        "people_to_fill_for": 0,
        "dispatched": 1,
    }
    assert sent == []
    assert run("dispatch_outbox") == {"dry_run": False, "released": 0, "dispatched": 1}
    assert len(sent) == 1


@pytest.mark.django_db
def test_purge_expired_takes_deleted_photos_and_old_ones(make_job: MakeJob, settings: Any) -> None:
    old, kept, deleted = (make_job(State.SUCCEEDED) for _ in range(3))
    long_ago = Now() - timedelta(days=settings.RETENTION_DAYS + 1)
    Job.objects.filter(pk=old.pk).update(finished_at=long_ago)
    Photo.objects.filter(jobs=deleted).update(deleted_at=Now())
    would = run("purge_expired", "--dry-run")
    assert would == {
        "dry_run": True,
        "deleted": 1,
        "expired": 1,
        "orphans": 0,
        "strays": 0,
        "accounts": 0,
    }
    assert Photo.objects.count() == 3
    assert run("purge_expired") == would | {"dry_run": False}
    assert run("purge_expired") == {
        "dry_run": False, "deleted": 0, "expired": 0, "orphans": 0, "strays": 0, "accounts": 0,
    }  # fmt: skip
    assert set(Job.objects.values_list("pk", "state")) == {
        (old.pk, State.EXPIRED),
        (kept.pk, State.SUCCEEDED),
    }


@pytest.mark.django_db
def test_requeue_jobs_queues_named_jobs_and_refuses_those_that_do_not_fit(
    make_job: MakeJob, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    fit = [make_job(state) for state in (State.FAILED, State.CANCELLED, State.QUEUED)]
    unfit = [make_job(state) for state in (State.RUNNING, State.SUCCEEDED, State.EXPIRED)]
    ids = [job.public_id for job in (*fit, *unfit)]
    answer = {"requeued": 3, "refused": [str(job.public_id) for job in unfit]}
    assert run("requeue_jobs", "--dry-run", *ids) == {"dry_run": True, **answer}
    assert Job.objects.filter(state=State.QUEUED).count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert run("requeue_jobs", *ids) == {"dry_run": False, **answer}
    assert sent == [str(job.public_id) for job in fit]
    for job in fit:
        job.refresh_from_db()
        assert (job.state, job.error_code) == (State.QUEUED, "")


@pytest.mark.django_db
def test_requeue_jobs_finds_failures_by_code_and_age(make_job: MakeJob, sent: list[str]) -> None:
    recent, old, other, deleted = (make_job(State.FAILED) for _ in range(4))
    Job.objects.exclude(pk=other.pk).update(error_code="storage")
    Job.objects.filter(pk=old.pk).update(finished_at=Now() - timedelta(hours=30))
    Photo.objects.filter(jobs=deleted).update(deleted_at=Now())
    assert run("requeue_jobs", "--dry-run", "--code", "storage")["requeued"] == 1
    assert run("requeue_jobs", "--dry-run", "--code", "storage", "--hours", 48)["requeued"] == 2
    assert run("requeue_jobs", "--code", "storage")["requeued"] == 1
    recent.refresh_from_db()
    assert recent.state == State.QUEUED
    assert Job.objects.filter(state=State.FAILED).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [[], [uuid.uuid4(), "--code", "storage"]])
def test_requeue_jobs_wants_to_be_told_which(arguments: list[object]) -> None:
    with pytest.raises(CommandError, match="Say which"):
        run("requeue_jobs", *arguments)


@pytest.mark.django_db
def test_queue_stats_shows_database_and_queue_side_by_side(
    lost: Job, make_job: MakeJob, queue: AwsServer
) -> None:
    waiting = make_job(dispatch_at=Now())
    make_job(State.FAILED)
    dispatch.send(waiting.public_id)
    Job.objects.filter(pk=waiting.pk).update(
        dispatch_at=Now(), queued_at=Now() - timedelta(minutes=1)
    )
    stats = run("queue_stats")
    assert 60 <= stats.pop("oldest_queued_seconds") < 300
    assert stats == {
        "jobs": {"queued create": 1, "running create": 1},
        "messages_due": 1,
        "leases_run_out": 1,
        "photos_to_purge": 0,
        "failed_last_day": {"broken": 1},
        "messages": {"visible": 1, "in_flight": 0},
        "dead_letters": {"visible": 0, "in_flight": 0},
    }


@pytest.mark.django_db
def test_queue_stats_answers_also_without_a_queue(settings: Any) -> None:
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    settings.SQS_QUEUE_URL, settings.SQS_DEAD_LETTER_URL = "http://127.0.0.1:9/1/amena", ""
    stats = run("queue_stats")
    assert stats["messages"] is None
    assert stats["dead_letters"] is None


@pytest.mark.django_db
def test_redrive_says_in_one_line_that_the_queue_does_not_answer(settings: Any) -> None:
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    settings.SQS_DEAD_LETTER_URL = "http://127.0.0.1:9/1/amena-dead-letters"
    with pytest.raises(CommandError, match="does not answer"):
        run("redrive_dead_letters")
    settings.SQS_DEAD_LETTER_URL = ""
    with pytest.raises(CommandError, match="SQS_DEAD_LETTER_URL"):
        run("redrive_dead_letters")


@pytest.mark.django_db
def test_sweep_sends_a_lost_job_again_in_the_same_sweep(lost: Job, sent: list[str]) -> None:
    swept = run("sweep")
    assert swept["reaped"]["returned"] == swept["dispatched"] == 1
    assert sent == [str(lost.public_id)]


def test_a_sweep_that_fails_does_not_end_the_sweeper(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(housekeeping, "sweep", fail)
    Command()._sweep_and_go_on()
    assert "A sweep failed" in caplog.text
