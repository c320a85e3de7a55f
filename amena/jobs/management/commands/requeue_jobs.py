"""The command `manage.py requeue_jobs`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from amena.commands import JsonCommand
from amena.jobs.services import staff_actions


class Command(JsonCommand):
    """Queues failed jobs again once their cause is mended."""

    help = "Queue jobs again: those named, or failed ones by error code. Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the ways to say which jobs are meant."""
        super().add_arguments(parser)
        parser.add_argument("jobs", nargs="*", type=UUID, metavar="JOB", help="public ids")
        parser.add_argument(
            "--code", action="append", default=[], help="failed jobs with this error code; repeat"
        )
        parser.add_argument(
            "--hours", type=float, default=24.0, help="that failed so long ago at most (24)"
        )
        parser.add_argument("--limit", type=int, default=500, help="so many at most (500)")

    def do(self, **options: Any) -> dict[str, Any]:
        """Each by itself: one that cannot be queued holds up no other."""
        chosen = list(_chosen(**options))
        requeued = [job_id for job_id in chosen if staff_actions.requeue(job_id)]
        refused = [str(job_id) for job_id in chosen if job_id not in requeued]
        return {"requeued": len(requeued), "refused": refused}

    def would(self, **options: Any) -> dict[str, Any]:
        """Says which jobs would be queued again."""
        chosen = list(_chosen(**options))
        fit = set(staff_actions.requeuable(chosen))
        refused = [str(job_id) for job_id in chosen if job_id not in fit]
        return {"requeued": len(chosen) - len(refused), "refused": refused}


def _chosen(
    *, jobs: list[UUID], code: list[str], hours: float, limit: int, **_options: Any
) -> Iterator[UUID]:
    if bool(jobs) == bool(code):
        raise CommandError("Say which: ids of jobs, or --code with an error code.")
    if jobs:
        yield from jobs
        return
    found = staff_actions.failed(code, timedelta(hours=hours))
    yield from found.values_list("public_id", flat=True)[:limit]
