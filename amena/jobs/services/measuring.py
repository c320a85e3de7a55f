"""What a successful job has taken, added to the tallies that `/metrics` shows."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from amena.jobs.models import Job
from amena.metrics import tallies

logger = logging.getLogger(__name__)


def note_success(job: Job, stages: dict[str, float]) -> None:
    """Adds a job that has succeeded to the tallies. Never raises: the job is done.

    Args:
        job: counted by its kind, with its work and its wait.
        stages: seconds by stage.
    """
    try:
        tallies.observe("job_stage_seconds", "stage", stages)
        job.refresh_from_db(fields=["queued_at", "started_at", "finished_at"])
        if job.started_at and job.finished_at:
            work = (job.finished_at - job.started_at).total_seconds()
            wait = (job.started_at - job.queued_at).total_seconds()
            tallies.observe("job_seconds", "kind", {job.kind: work})
            tallies.observe("job_wait_seconds", "kind", {job.kind: wait})
    except (DatabaseError, InterfaceError, Job.DoesNotExist):
        logger.warning("What the job took could not be counted.")


def stage_seconds(report: Path) -> dict[str, float]:
    """The seconds of each stage, from the engine's report; empty where it names none."""
    try:
        stages = json.loads(report.read_text("utf-8"))["stages"]
        return {str(stage["name"]): float(stage["seconds"]) for stage in stages}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
