"""Waiting for the service to do something, and looking at how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from amena.jobs import storage
from amena.jobs.files import ALWAYS
from amena.jobs.models import Job, State
from amena.jobs.services import quotas


def wait_until(happened: Callable[[], object], seconds: float = 60.0) -> None:
    """Returns when it has happened; fails when it has not after `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It has not happened within {seconds:.0f} s."
        time.sleep(0.1)


def is_in_the_middle(job: Job) -> bool:
    """A worker is on the job and has come some way."""
    job.refresh_from_db()
    return job.state == State.RUNNING and job.progress > 0


def has_ended(job: Job) -> bool:
    """Nobody will work on the job any more."""
    job.refresh_from_db()
    return not job.is_active


def assert_done_once(job: Job, media: Path) -> None:
    """The job has succeeded, each file is there once, in one folder, and its place is free."""
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED, (job.state, job.error_code)
    kinds = sorted(job.artifacts.values_list("kind", flat=True))
    assert kinds == sorted(file.kind for file in ALWAYS.values())
    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    on_disk = {str(path.relative_to(media)) for path in folder.rglob("*") if path.is_file()}
    assert on_disk == set(job.artifacts.values_list("key", flat=True))
    assert quotas.usage(job.photo.owner).active == 0
