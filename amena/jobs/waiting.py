"""How long a queued job will wait, from how things stand in the queue now."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from django.db.models import F

from amena.jobs.models import Job, State

_RECENT_JOBS: Final = 50


class Line:
    """One look at the queue. Each number is asked for at most once."""

    def __init__(self) -> None:
        self._asked = False

    @cached_property
    def _queued(self) -> list[datetime]:
        queued = Job.objects.filter(state=State.QUEUED).order_by("created_at")
        return list(queued.values_list("created_at", flat=True))

    @cached_property
    def running(self) -> int:
        """Jobs that workers are on: as many as there are workers, once jobs wait."""
        return Job.objects.filter(state=State.RUNNING).count()

    @cached_property
    def typical(self) -> timedelta | None:
        """How long a job takes, on average of the last ones; None where none has succeeded yet."""
        ended = Job.objects.filter(state=State.SUCCEEDED).order_by("-pk")
        times = ended.annotate(took=F("finished_at") - F("started_at"))
        recent = [took for took in times.values_list("took", flat=True)[:_RECENT_JOBS] if took]
        return sum(recent, timedelta()) / len(recent) if recent else None

    def ahead(self, job: Job) -> int:
        """Queued jobs of everybody that are older; 0 unless it is queued itself."""
        if job.state != State.QUEUED:
            return 0
        if self._asked:  # for a list, then: one query answers for all that follow
            return bisect_left(self._queued, job.created_at)
        self._asked = True
        queued = Job.objects.filter(state=State.QUEUED)
        return queued.filter(created_at__lt=job.created_at).count()

    def expected_wait(self, job: Job, ahead: int) -> timedelta | None:
        """Until a worker takes it up: with n workers, one gets free every nth of a job's time.

        None where the job waits for nothing or nothing is known.
        """
        if job.state != State.QUEUED or self.typical is None:
            return None
        before = ahead + (1 if self.running else 0)
        return self.typical * before / max(self.running, 1)
