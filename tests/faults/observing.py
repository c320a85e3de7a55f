"""Waiting for the service to do something, and looking at how it ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, connections
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from amena.jobs import storage
from amena.jobs.error_texts import error_text
from amena.jobs.models import Job, State
from amena.jobs.services import quotas
from tests.jobs.samples import STANDARD_FILES


def wait_until(happened: Callable[[], object], seconds: float = 120.0) -> None:
    """Returns when it has happened; fails when it has not after `seconds`.

    The longer it has waited, the less often it looks: looking takes what it waits for its time.
    """
    began = time.monotonic()
    while not happened():
        waited = time.monotonic() - began
        assert waited < seconds, f"It has not happened within {seconds:.0f} s."
        time.sleep(min(0.02 + waited / 10, 0.25))


def is_at(job: Job, stage: str) -> bool:
    """A worker is in that stage of the job, and has said so."""
    job.refresh_from_db()
    return job.state == State.RUNNING and job.stage == stage


def end_its_lease(job: Job) -> None:
    """What time does by itself to the lease of a worker that is gone."""
    Job.objects.filter(pk=job.pk, state=State.RUNNING).update(lease_expires_at=Now())


def has_ended(job: Job) -> bool:
    """Nobody will work on the job any more."""
    job.refresh_from_db()
    return not job.is_active


def assert_done_once(job: Job, media: Path) -> None:
    """The job has succeeded, each file is there once, in one folder, and its place is free."""
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED, (job.state, job.error_code)
    kinds = sorted(job.artifacts.values_list("kind", flat=True))
    assert kinds == sorted(file.kind for file in STANDARD_FILES.values())
    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    kept = set(job.artifacts.values_list("key", flat=True))

    def on_disk() -> set[str]:
        # Folders may go while they are looked through, which `rglob` does not bear.
        there = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
        return {str(path.relative_to(media)) for path in there}

    # The worker tidies up other attempts' files after the job is done.
    wait_until(lambda: on_disk() == kept)
    assert quotas.usage(job.photo.owner).active == 0


def assert_failed(job: Job, code: str, media: Path) -> None:
    """The job has failed, its owner reads why, no file of it is left, and its place is free."""
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, code)
    assert not job.artifacts.exists()
    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    assert not [path for path in folder.rglob("*") if path.is_file()]
    owner = job.photo.owner
    assert quotas.usage(owner).active == 0
    browser = Client()
    browser.force_login(owner)
    page = browser.get(reverse("photo", args=[job.photo.public_id]), follow=True)
    assert escape(error_text(code, job.error_message)) in page.content.decode()


def waits_for_a_lock() -> bool:
    """Some process hangs in the database because a test holds the row that it wants."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query ILIKE 'update%'"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def holding(job: Job) -> Iterator[None]:
    """Nobody else can change the job meanwhile: who tries waits."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM jobs_job WHERE id = %s FOR UPDATE", [job.pk])
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()
