"""How long a queued job will wait, from how things stand in the queue now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Final

from django.db.models import Count, F, Func, IntegerField, Value

from amena.jobs.models import Job, State

_RECENT_JOBS: Final = 50


class Line:
    """One look at the queue on behalf of some jobs. Each number is asked for at most once."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._times = sorted({job.created_at for job in jobs if job.state == State.QUEUED})

    @cached_property
    def _ahead(self) -> dict[datetime, int]:
        """Queued jobs that are older than each of the times.

        The database counts those between each two of them: a long queue is never fetched.
        """
        between = Func(
            F("created_at"),
            Value(self._times),
            function="width_bucket",
            output_field=IntegerField(),
        )
        older = Job.objects.filter(state=State.QUEUED, created_at__lt=self._times[-1])
        counts = dict(older.values_list(between).annotate(Count("pk")))
        totals = accumulate(counts.get(place, 0) for place in range(len(self._times)))
        return dict(zip(self._times, totals, strict=True))

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
        """Queued jobs of everybody that are older than one of these; 0 unless it is queued."""
        return self._ahead[job.created_at] if job.state == State.QUEUED else 0

    def expected_wait(self, job: Job, ahead: int) -> timedelta | None:
        """Until a worker takes it up: with n workers, one gets free every nth of a job's time.

        None where the job waits for nothing or nothing is known.
        """
        if job.state != State.QUEUED or self.typical is None:
            return None
        before = ahead + (1 if self.running else 0)
        return self.typical * before / max(self.running, 1)
