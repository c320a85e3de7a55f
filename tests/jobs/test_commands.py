"""Management commands: what an operator or a cron job runs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models.functions import Now

from amena.jobs.management.commands.sweep import Command
from amena.jobs.models import Job, State
from amena.jobs.services import sweeping

MakeJob = Callable[..., Job]


def run(command: str) -> Any:
    out = io.StringIO()
    call_command(command, stdout=out)
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
    assert run("reap_jobs") == {"cancelled": 0, "returned": 1, "failed": 0}
    assert run("reap_jobs") == {"cancelled": 0, "returned": 0, "failed": 0}


@pytest.mark.django_db
def test_dispatch_outbox_says_how_many_it_sent(make_job: MakeJob, sent: list[str]) -> None:
    make_job(dispatch_at=Now())
    make_job()
    assert run("dispatch_outbox") == {"dispatched": 1}
    assert len(sent) == 1


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

    monkeypatch.setattr(sweeping, "sweep", fail)
    Command()._sweep_and_go_on()
    assert "A sweep failed" in caplog.text
