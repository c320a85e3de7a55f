"""Gives photos to the running service one by one, as a person would, and looks at the jobs.

    python -m benchmarks.speed.submit PHOTO COUNT

Takes the service's own environment. Prints one JSON line: seconds from a job's order to the start
of its work, and of the work, by the database's clock.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from amena.jobs.models import Job

_PATIENCE_SECONDS = 300


def main(photo: Path, count: int) -> dict[str, Any]:
    """Runs the command line that the module's text describes."""
    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile

    from amena.accounts.models import User
    from amena.jobs.services import submission
    from amena.jobs.uploads import accept

    user = User.objects.create_user(f"{uuid.uuid4()}@example.com")
    created, restyled, scenes = [], [], []
    for _ in range(count):
        upload = accept(SimpleUploadedFile(photo.name, photo.read_bytes()))
        began = time.monotonic()
        kept = submission.submit(user, upload, {}, uuid.uuid4())
        scenes.append(shown(kept.jobs.get()) - began)
        created.append(finished(kept.jobs.get()))
        restyled.append(finished(submission.restyle(kept, {"motion": "swing"})))
    jobs = created + restyled
    waits = sorted((job.started_at - job.created_at).total_seconds() for job in jobs)
    return {
        "jobs": len(jobs),
        "waits": [round(wait, 3) for wait in waits],
        "wait_median": round(statistics.median(waits), 3),
        "wait_p95": round(waits[min(len(waits) - 1, int(0.95 * len(waits)))], 3),
        "scene_median": round(statistics.median(scenes), 3),
        "create_seconds": working(created),
        "restyle_seconds": working(restyled),
        "restyle_stages": stages(restyled[-1]),
    }


def shown(job: Job) -> float:
    """When the job's scene can be looked at, by this process's clock."""
    while job.is_active and job.preview is None:
        time.sleep(0.01)
        job.refresh_from_db()
    return time.monotonic()


def finished(job: Job) -> Job:
    """The job, once it has succeeded."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while job.is_active and time.monotonic() < deadline:
        time.sleep(0.02)
        job.refresh_from_db()
    if job.state != "succeeded":
        raise RuntimeError(f"a job is {job.state}: {job.error_message}")
    return job


def working(jobs: list[Job]) -> float:
    """Fastest job, from start to finish."""
    return round(min((job.finished_at - job.started_at).total_seconds() for job in jobs), 2)


def stages(job: Job) -> list[str]:
    """The stages that the job's report names."""
    from django.core.files.storage import default_storage

    with default_storage.open(job.artifacts.get(kind="report").key) as file:
        return [stage["name"] for stage in json.load(file)["stages"]]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
